"""Compares files in onnxruntime: the latency of a run, and the difference of the outputs."""

import statistics
import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from onnx import ModelProto, helper

from zoo.edge.sessions import Session

Feed = dict[str, np.ndarray]

#: Rounds of a comparison; least seconds per file and round; seconds after which no further round starts.
ROUNDS, ROUND_S, MOST_S = 25, 0.004, 4.0


def feed(proto: ModelProto, arrays: Sequence[np.ndarray]) -> Feed:
    """The arrays by the names of the graph's inputs, in order; the remaining inputs are states, which start at 0."""
    fed: Feed = {}
    for number, info in enumerate(proto.graph.input):
        tensor = info.type.tensor_type
        sizes = [size.dim_value or len(arrays[0]) for size in tensor.shape.dim]
        array = arrays[number] if number < len(arrays) else np.zeros(sizes)
        fed[info.name] = np.ascontiguousarray(array, helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    return fed


def latencies(sessions: Mapping[str, Session], feed: Feed) -> dict[str, float]:
    """Milliseconds per run, by session: the median over rounds in which all take turns, so that none is favoured."""
    start = time.perf_counter()
    for session in sessions.values():  # the first run of a session allocates its memory
        session.run(None, feed)
    slowest = max(_seconds(session, feed, 1) for session in sessions.values())
    runs = max(1, round(ROUND_S / max(slowest, 1e-6)))
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for number in range(ROUNDS):
        if number >= 3 and time.perf_counter() - start > MOST_S:
            break
        for name, session in sessions.items():
            times[name].append(_seconds(session, feed, runs))
    return {name: 1000 * statistics.median(seconds) for name, seconds in times.items()}


def change(reference: Session, other: Session, feeds: Iterable[Feed]) -> float:
    """The largest difference of any output, as a share of that output's range over all inputs.

    Infinite if a constant output changes, or if a number becomes NaN.
    """
    pairs = [(reference.run(None, feed), other.run(None, feed)) for feed in feeds]
    largest = 0.0
    for output in range(len(pairs[0][0])):
        expected = np.concatenate([np.ravel(outputs[output]).astype(np.float64) for outputs, _ in pairs])
        got = np.concatenate([np.ravel(outputs[output]).astype(np.float64) for _, outputs in pairs])
        apart = np.where(np.isnan(expected) & np.isnan(got), 0, np.abs(got - expected))
        most = float(np.nan_to_num(apart, nan=np.inf).max(initial=0))
        spread = float(np.ptp(expected[np.isfinite(expected)])) if np.isfinite(expected).any() else 0.0
        largest = max(largest, 0.0 if most == 0 else most / spread if spread > 0 else np.inf)
    return largest


def _seconds(session: Session, feed: Feed, runs: int) -> float:
    start = time.perf_counter()
    for _ in range(runs):
        session.run(None, feed)
    return (time.perf_counter() - start) / runs
