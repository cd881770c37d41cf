"""The bundle: one verified, self-describing ONNX file, with its manifest and a card for people beside it."""

import dataclasses
import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from onnx import helper

from zoo.bundles.card import card
from zoo.core.choices import Int8
from zoo.core.errors import BundleError, ExportError, ParityError
from zoo.core.folder import appearing_folder
from zoo.core.manifest import (
    MANIFEST_KEY,
    RECIPE_KEY,
    SELFTEST_KEY,
    TOKENIZER_KEY,
    Manifest,
    ModelInput,
    State,
    Streaming,
)
from zoo.core.predictor import Predictor
from zoo.core.progress import SILENT, Progress
from zoo.core.provenance import MetricPair, Runtime
from zoo.edge import Runner, load
from zoo.edge.bundle import MANIFEST_FILE, MODEL_FILE, NO_DIGEST, digest
from zoo.evaluation.predictor import keras_predictor
from zoo.exporter.int8.choice import choose
from zoo.exporter.int8.report import FLOAT32, Int8Comparison, Metric
from zoo.exporter.lowering import Lowered, lower
from zoo.exporter.onnx_file import report_foreign
from zoo.exporter.parity import Parity, again_in_pieces, verify
from zoo.rundir import versions

TOKENIZER_FILE = "tokenizer.json"
CARD_FILE = "card.md"
FILES = frozenset({MODEL_FILE, MANIFEST_FILE, TOKENIZER_FILE, CARD_FILE})

#: Largest difference between a metric of the ONNX file and that of Keras, relative to the metric, or absolute below 1.
METRIC_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Bundle:
    """A bundle that was written and verified.

    Attributes:
        folder: the folder with its files.
        manifest: its description.
        size_bytes: size of `model.onnx`.
        int8: the measurements in float32 and int8, if int8 was requested.
    """

    folder: Path
    manifest: Manifest
    size_bytes: int
    int8: Int8Comparison | None = None


@dataclass(frozen=True)
class _Scored:
    """A file that was scored as a device runs it.

    Attributes:
        proto: the graph.
        metrics: the results of the caller's `score`.
        selftest: JSON text of the self-test's inputs, each with the answer to expect.
    """

    proto: onnx.ModelProto
    metrics: dict[str, float]
    selftest: str


def write_bundle(
    model: keras.Model,
    manifest: Manifest,
    folder: Path,
    *,
    tokenizer: str | None,
    selftest: Sequence[Mapping[str, Any]],
    rows: Sequence[np.ndarray],
    score: Callable[[Predictor], dict[str, float]],
    recipe_yaml: str,
    opset: int | None = None,
    streaming: bool = False,
    int8: Int8 = "off",
    headline: Metric | None = None,
    progress: Progress = SILENT,
) -> Bundle:
    """Exports a trained model, verifies that the file computes the same, and writes the bundle.

    Args:
        model: one input, named as `manifest.input`; its output gets the name of `manifest.output`.
        manifest: the facts that the caller knows; runtime, parity, versions and hashes are added here.
        folder: the bundle's folder; an existing bundle is replaced completely.
        tokenizer: the tokeniser's JSON text, for a text model.
        selftest: inputs in a user's form, `{"input": text or rows}`; the verified file's answers are recorded, unless
            `label` and `score` are present.
        rows: real validation inputs, (time, features) float32 or (time,) int32 each.
        score: computes the task's metrics on the test split for a predictor; called for Keras and for the file. The
            file's metrics become the manifest's `metrics["test"]`.
        recipe_yaml: the resolved recipe.
        opset: version of ONNX's operator set. Default: 17.
        streaming: whether the file also runs on live input, with its states as inputs and outputs.
        int8: off, on or auto, see `zoo.exporter.int8.choice.choose`. float32 is verified first.
        headline: the metric that compares float32 and int8; without it, the change of the outputs does.
        progress: reports slow steps.

    Raises:
        ExportError: the model cannot be exported, the requested int8 gains nothing, or the folder cannot be written.
        ParityError: the file does not compute what Keras computes. Nothing was written.
    """
    # The edge pads on the right. The file does not rely on it: nodes with row lengths are wrong in other runtimes.
    lowered = lower(model, opset=opset, outputs=[manifest.output.name], name=manifest.name, streaming=streaming)
    report_foreign(lowered, progress)
    _check_input(lowered, manifest)
    parity = verify(lowered, rows)
    progress.note(str(parity))
    texts = {RECIPE_KEY: recipe_yaml} | ({} if tokenizer is None else {TOKENIZER_KEY: tokenizer})
    manifest = _with_model_facts(manifest, model, tokenizer, lowered)
    report = None
    with appearing_folder(folder, FILES) as draft:
        progress.note("Scoring the file and Keras on the same data")
        scored = _write_and_score(draft, lowered.proto, manifest, texts, selftest, score)
        pairs = _pairs(score(keras_predictor(model)), scored.metrics)
        complete = _with_results(manifest, scored, parity, pairs, report)
        if int8 != "off":
            _serialise(scored.proto, complete, texts | {SELFTEST_KEY: scored.selftest})  # texts add to the file's size
            chosen, report = choose(lowered, int8, rows=_truncated(manifest, rows), metric=headline, progress=progress)
            if report.chosen.candidate != FLOAT32:
                parity = again_in_pieces(parity, lowered, chosen, rows)
                scored = _write_and_score(draft, chosen, manifest, texts, selftest, score)
                pairs = {name: _int8_pair(pair, scored.metrics[name]) for name, pair in pairs.items()}
            complete = _with_results(manifest, scored, parity, pairs, report)
        content, manifest = _serialise(scored.proto, complete, texts | {SELFTEST_KEY: scored.selftest})
        runner = _write_and_load(draft, content, manifest)
        if differences := runner.self_test():
            raise ParityError(f"{folder}: {differences[0]} Nothing was written.")
        (draft / CARD_FILE).write_text(card(manifest), encoding="utf-8")
        if tokenizer is not None:
            (draft / TOKENIZER_FILE).write_text(tokenizer, encoding="utf-8")
    return Bundle(folder, manifest, len(content), report)


def _with_model_facts(manifest: Manifest, model: keras.Model, tokenizer: str | None, lowered: Lowered) -> Manifest:
    """The manifest with the facts that only the exporter knows; the caller's facts stay."""
    layers = tuple(f"{layer.name}: {type(layer).__name__}" for layer in model.layers)
    facts = manifest.model
    parameters = model.count_params() if facts.parameters is None else facts.parameters
    return dataclasses.replace(
        manifest,
        model=dataclasses.replace(facts, parameters=parameters, layers=facts.layers or layers),
        made_with=manifest.made_with or versions(),
        tokenizer_sha256=None if tokenizer is None else hashlib.sha256(tokenizer.encode()).hexdigest(),
        streaming=None if lowered.piece is None else _streaming(lowered, manifest.input),
    )


def _streaming(lowered: Lowered, source: ModelInput) -> Streaming:
    """How the file runs piece by piece; live input tolerates the same length of silence as a recording."""
    assert lowered.piece is not None
    live = Streaming(_states(lowered), lowered.piece)
    return live if source.silence_s is None else dataclasses.replace(live, reset_after_s=source.silence_s)


def _states(lowered: Lowered) -> tuple[State, ...]:
    """The states that the file passes from piece to piece, each without its first axis, the batch."""
    return tuple(
        State(name, f"{name}.next", tuple(size or 1 for size in (state.first.shape or ())[1:]))
        for name, state in lowered.states.items()
    )


def _with_results(
    manifest: Manifest,
    scored: _Scored,
    parity: Parity,
    pairs: Mapping[str, MetricPair],
    report: Int8Comparison | None,
) -> Manifest:
    """The manifest with the measured facts about the file."""
    nodes = Counter(node.op_type for node in scored.proto.graph.node)
    runtime = Runtime(
        opset=next(used.version for used in scored.proto.opset_import if used.domain == ""),
        ir_version=scored.proto.ir_version,
        nodes=dict(sorted(nodes.items())),
        int8=None if report is None else report.facts(),
    )
    return dataclasses.replace(
        manifest,
        runtime=runtime,
        metrics={**manifest.metrics, "test": {**scored.metrics}},
        parity=dataclasses.replace(parity.facts(), metrics=dict(pairs)),
    )


def _truncated(manifest: Manifest, rows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The rows, with texts truncated as on a device."""
    return [row[: manifest.input.most_steps] for row in rows]


def _write_and_score(
    folder: Path,
    proto: onnx.ModelProto,
    manifest: Manifest,
    texts: Mapping[str, str],
    selftest: Sequence[Mapping[str, Any]],
    score: Callable[[Predictor], dict[str, float]],
) -> _Scored:
    """Writes a draft of the file, loads it as a device does, scores it and records its answers."""
    runner = _write_and_load(folder, *_serialise(proto, manifest, texts))
    metrics = score(runner.run)
    return _Scored(proto, metrics, json.dumps([_with_answer(runner, case) for case in selftest], ensure_ascii=False))


def _serialise(proto: onnx.ModelProto, manifest: Manifest, texts: Mapping[str, str]) -> tuple[bytes, Manifest]:
    """The file, which contains the manifest with the file's own hash, and that manifest."""

    def serialised(manifest: Manifest) -> bytes:
        helper.set_model_props(proto, {MANIFEST_KEY: manifest.to_json(), **texts})
        return proto.SerializeToString()

    blank = serialised(dataclasses.replace(manifest, model_sha256=NO_DIGEST))
    manifest = dataclasses.replace(manifest, model_sha256=digest(blank, NO_DIGEST))
    return serialised(manifest), manifest


def _write_and_load(folder: Path, content: bytes, manifest: Manifest) -> Runner:
    """Writes the file and its manifest, and loads them as a device does."""
    (folder / MODEL_FILE).write_bytes(content)
    (folder / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")
    try:
        return load(folder)
    except BundleError as error:
        raise ExportError(f"the exported file cannot be loaded: {error}") from error


def _pairs(reference: Mapping[str, float], measured: Mapping[str, float]) -> dict[str, MetricPair]:
    """The Keras model's and the file's value of each metric.

    Raises:
        ParityError: a metric differs by more than the tolerance.
    """
    for name, keras_value in reference.items():
        value = measured[name]
        both_nan = math.isnan(keras_value) and math.isnan(value)
        if not (math.isclose(keras_value, value, rel_tol=METRIC_TOLERANCE, abs_tol=METRIC_TOLERANCE) or both_nan):
            raise ParityError(
                f"{name}: expected {keras_value:.6g} as in Keras, got {value:.6g} from the ONNX file. "
                "Nothing was written."
            )
    return {name: MetricPair(value, measured[name]) for name, value in reference.items()}


def _int8_pair(pair: MetricPair, measured: float) -> MetricPair:
    """The pair with the int8 file's value as `onnx`, and the float32 file's as `float32`."""
    return MetricPair(pair.keras, measured, float32=pair.onnx)


def _with_answer(runner: Runner, case: Mapping[str, Any]) -> dict[str, Any]:
    """A self-test's input with the answer to expect on every device."""
    raw = case["input"]
    raw = raw.tolist() if isinstance(raw, np.ndarray) else raw
    if "label" in case:
        return {"input": raw, "label": case["label"], "score": case["score"]}
    answer = runner.predict(raw)
    return {"input": raw, "label": answer.label, "score": answer.score}


def _check_input(lowered: Lowered, manifest: Manifest) -> None:
    names = [tensor.name for tensor in lowered.subject.inputs]
    if names != [manifest.input.name]:
        raise ExportError(f"model: expected one input named '{manifest.input.name}', got {names}. Rename it.")
