"""Decides whether int8 is worthwhile: measures the float32 file and its int8 forms together, and chooses one."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
from onnx import ModelProto

from zoo.core.choices import Int8
from zoo.core.errors import RequestError
from zoo.core.predictor import Predictor
from zoo.core.progress import SILENT, Progress
from zoo.core.provenance import Int8Row
from zoo.edge.sessions import Session
from zoo.exporter.cases import random_cases
from zoo.exporter.int8.dynamic import dynamic_int8
from zoo.exporter.int8.measuring import Feed, change, feed, latencies
from zoo.exporter.int8.report import DYNAMIC, FLOAT32, WEIGHTS, Int8Comparison, Metric
from zoo.exporter.int8.weights import FEWEST_PER_SCALE, SMALLEST, weights_int8
from zoo.exporter.lowering import Lowered
from zoo.exporter.parity import opened

#: What `auto` requires of an int8 file: the least reduction in size, and the largest share of the metric lost.
SMALLER, MOST_LOST = 2.5, 0.005
#: Least speedup over float32 of a file that only onnxruntime runs; below it, the portable int8 file is preferred.
FASTER = 1.25

#: The candidates in order of preference, each with the reason for choosing it.
_WHY = {DYNAMIC: "faster; runs in onnxruntime only", WEIGHTS: "runs wherever float32 runs"}

#: Reason why there is no int8 file.
_NOTHING = f"no weight is large enough (at least {SMALLEST} numbers, {FEWEST_PER_SCALE} to an output)"


def choose(
    lowered: Lowered,
    asked: Int8,
    *,
    rows: Sequence[np.ndarray] = (),
    metric: Metric | None = None,
    progress: Progress = SILENT,
) -> tuple[ModelProto, Int8Comparison]:
    """Measures a model in float32 and in int8, and chooses the file to write.

    `auto` chooses an int8 file if it is at least 2.5 times smaller and loses at most 0.5 % of the metric, otherwise
    float32; `on` chooses the best int8 file whatever it loses.

    Args:
        lowered: the verified float32 model, with its metadata, which counts towards the file's size.
        asked: auto or on.
        rows: real inputs without the batch axis; runs are timed on the one of median length.
        metric: the metric to compare the files by. Default: the change of their outputs on random inputs.
        progress: receives notes on the current step.

    Raises:
        RequestError: `asked` is `on`, and no weight can be rounded or the file would not become smaller.
    """
    if asked not in get_args(Int8):
        raise RequestError(f"int8: expected {', '.join(get_args(Int8))}, got {asked!r}.")
    plain = lowered.proto
    # Dynamic int8 rounds by the range of each run's inputs, so the pieces of a stream would give other outputs.
    dynamic = None if lowered.piece is not None else dynamic_int8(plain)
    quantised = {DYNAMIC: dynamic, WEIGHTS: weights_int8(plain)}
    protos = {FLOAT32: plain} | {name: proto for name, proto in quantised.items() if proto is not None}
    progress.note("Comparing float32 and int8")
    sessions = {name: opened(proto) for name, proto in protos.items()}
    reference, *candidates = _measured(lowered, protos, sessions, rows)
    hurdles = {row.candidate: _hurdle(row, reference, asked) for row in candidates}
    if not all(hurdles.values()) and metric is not None:
        reference = replace(reference, metric=metric.score(_predictor(plain, sessions[FLOAT32])))
    candidates = [
        replace(row, why=hurdle) if hurdle else _judged(row, reference, metric, plain, sessions[row.candidate])
        for row, hurdle in zip(candidates, hurdles.values(), strict=True)
    ]
    best = _best([row for row in candidates if not hurdles[row.candidate]], asked)
    if best is None and asked == "on":
        raise RequestError(_refusal(reference, candidates))
    report = Int8Comparison(
        asked, None if metric is None else f"{metric.name}, {metric.split}", _marked(reference, candidates, best)
    )
    return protos[report.chosen.candidate], report


def _measured(
    lowered: Lowered,
    protos: dict[str, ModelProto],
    sessions: dict[str, Session],
    rows: Sequence[np.ndarray],
) -> list[Int8Row]:
    """Size, latency and change of every file, float32 first."""
    feeds = [feed(lowered.proto, case.inputs) for case in random_cases(lowered)]
    times = latencies(sessions, _typical(lowered.proto, feeds, rows))
    sizes = {name: proto.ByteSize() for name, proto in protos.items()}
    return [
        Int8Row(
            name,
            sizes[name],
            sizes[FLOAT32] / sizes[name],
            times[name],
            change(sessions[FLOAT32], session, feeds),
        )
        for name, session in sessions.items()
    ]


def _typical(proto: ModelProto, feeds: list[Feed], rows: Sequence[np.ndarray]) -> Feed:
    """A batch of one: the real row of median length, or the first row of the longest random input."""
    if rows:
        row = sorted(rows, key=len)[len(rows) // 2]
        return feed(proto, [row[np.newaxis]])
    longest = max(feeds, key=lambda inputs: max(array.size / max(1, len(array)) for array in inputs.values()))
    free = {info.name for info in proto.graph.input if info.type.tensor_type.shape.dim[0].dim_param}
    return {name: array[:1] if name in free else array for name, array in longest.items()}


def _predictor(proto: ModelProto, session: Session) -> Predictor:
    """Wraps the session as a predictor; the model has one input and one output."""
    return lambda batch: session.run(None, feed(proto, [batch]))[0]


def _hurdle(row: Int8Row, plain: Int8Row, asked: Int8) -> str:
    """Why a file is ruled out before its metric is measured; "" if it is not."""
    if row.ratio <= 1:
        return "not smaller than float32"
    if asked == "auto" and row.ratio < SMALLER:
        return f"less than {SMALLER:g} times smaller"
    if row.candidate == DYNAMIC and plain.latency_ms < FASTER * row.latency_ms:
        return f"less than {FASTER:g} times faster, and runs in onnxruntime only"
    return ""


def _judged(row: Int8Row, plain: Int8Row, metric: Metric | None, proto: ModelProto, session: Session) -> Int8Row:
    if metric is None:
        return replace(row, loss=row.change)
    assert plain.metric is not None
    value = metric.score(_predictor(proto, session))
    return replace(row, metric=value, loss=metric.loss(plain.metric, value))


def _best(rows: Sequence[Int8Row], asked: Int8) -> Int8Row | None:
    """The first row that loses little; if all lose more, `on` takes the one that loses least."""
    good = [row for row in rows if row.loss is not None and row.loss <= MOST_LOST]
    if good or not rows or asked == "auto":
        return good[0] if good else None
    return min(rows, key=lambda row: math.inf if row.loss is None else row.loss)


def _marked(plain: Int8Row, candidates: Sequence[Int8Row], best: Int8Row | None) -> tuple[Int8Row, ...]:
    """The rows with the reason for or against each."""
    if best is None:
        why = "no int8 file is small and good enough" if candidates else _NOTHING
        plain = replace(plain, chosen=True, why=why)
    return (
        plain,
        *(replace(row, chosen=row is best, why=row.why or _verdict(row, row is best)) for row in candidates),
    )


def _verdict(row: Int8Row, is_best: bool) -> str:
    if is_best:
        return _WHY[row.candidate] + ("; loses much, and was asked for" if _lossy(row) else "")
    return f"loses more than {MOST_LOST:.1%}" if _lossy(row) else "the other is faster"


def _lossy(row: Int8Row) -> bool:
    return row.loss is None or row.loss > MOST_LOST


def _refusal(plain: Int8Row, candidates: Sequence[Int8Row]) -> str:
    if not candidates:
        return f"int8: {_NOTHING}. Export with --int8 off."
    smallest = min(row.size_bytes for row in candidates)
    return (
        f"int8: expected a smaller file, got {smallest:,} bytes instead of {plain.size_bytes:,}. "
        "Export with --int8 off."
    )
