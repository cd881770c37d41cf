"""The bundle: one verified ONNX file that says everything of itself, its manifest beside it, and a card for people."""

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
from zoo.exporter.int8.report import FLOAT32, Metric, Report
from zoo.exporter.lowering import Lowered, lower
from zoo.exporter.onnx_file import tell_foreign
from zoo.exporter.parity import Parity, again_in_pieces, verify
from zoo.rundir import versions

TOKENIZER_FILE = "tokenizer.json"
CARD_FILE = "card.md"
FILES = frozenset({MODEL_FILE, MANIFEST_FILE, TOKENIZER_FILE, CARD_FILE})

#: A metric measured on the ONNX file may differ from Keras's by this much of it, or of 1 if it is smaller.
METRIC_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Bundle:
    """A bundle that was written and verified.

    Attributes:
        folder: where it lies.
        manifest: what it says of itself.
        size_bytes: size of `model.onnx`.
        int8: what was measured in float32 and int8, if int8 was asked for.
    """

    folder: Path
    manifest: Manifest
    size_bytes: int
    int8: Report | None = None


@dataclass(frozen=True)
class _Tried:
    """A file that was scored as a device runs it.

    Attributes:
        proto: the graph.
        metrics: what the caller's score gave for it.
        answers: JSON text of the self-test's inputs with what the file says of them.
    """

    proto: onnx.ModelProto
    metrics: dict[str, float]
    answers: str


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
    """Exports a trained model, proves that the file computes the same, and puts the bundle in place.

    Args:
        model: one input, named as `manifest.input`; its output gets the name of `manifest.output`.
        manifest: what the caller knows; the runtime, parity, versions and hashes are filled in here.
        folder: where the bundle shall lie; a bundle that is there already is replaced as a whole.
        tokenizer: the tokeniser's JSON text, for text.
        selftest: inputs as a user would give them, `{"input": text or rows}`; what the verified file answers is
            recorded, unless `label` and `score` are given.
        rows: real validation inputs, (time, features) float32 or (time,) int32 each.
        score: the task's metrics on the test split for a predictor; called with Keras and with the file. What it
            gives for the file becomes the manifest's `metrics["test"]`.
        recipe_yaml: the resolved recipe.
        opset: version of ONNX's operator set; 17 if not given.
        streaming: the file shall run on live input too, keeping its states as inputs and outputs.
        int8: off, on or auto; `zoo.exporter.int8.choice.choose` tells what they mean. float32 is verified first.
        headline: what float32 and int8 are judged by; without it, the change of the outputs.
        progress: hears about slow steps.

    Raises:
        ExportError: the model cannot be exported, int8 was asked for in vain, or the folder cannot be written.
        ParityError: the file does not compute what Keras does. Nothing was written.
    """
    # The edge pads on the right. That is not promised here: nodes that are told so are wrong in other runtimes.
    lowered = lower(model, opset=opset, outputs=[manifest.output.name], name=manifest.name, streaming=streaming)
    tell_foreign(lowered, progress)
    _check_input(lowered, manifest)
    parity = verify(lowered, rows)
    progress.note(str(parity))
    texts = {RECIPE_KEY: recipe_yaml} | ({} if tokenizer is None else {TOKENIZER_KEY: tokenizer})
    manifest = _filled(manifest, model, tokenizer, lowered)
    report = None
    with appearing_folder(folder, FILES) as beside:
        progress.note("Scoring the file and Keras on the same data")
        tried = _tried(beside, lowered.proto, manifest, texts, selftest, score)
        pairs = _pairs(score(keras_predictor(model)), tried.metrics)
        whole = _complete(manifest, tried, parity, pairs, report)
        if int8 != "off":
            _sealed(tried.proto, whole, texts | {SELFTEST_KEY: tried.answers})  # its texts are part of its size
            chosen, report = choose(lowered, int8, rows=_as_run(manifest, rows), metric=headline, progress=progress)
            if report.chosen.candidate != FLOAT32:
                parity = again_in_pieces(parity, lowered, chosen, rows)
                tried = _tried(beside, chosen, manifest, texts, selftest, score)
                pairs = {name: _rounded(pair, tried.metrics[name]) for name, pair in pairs.items()}
            whole = _complete(manifest, tried, parity, pairs, report)
        content, manifest = _sealed(tried.proto, whole, texts | {SELFTEST_KEY: tried.answers})
        runner = _loaded(beside, content, manifest)
        if differences := runner.self_test():
            raise ParityError(f"{folder}: {differences[0]} Nothing was written.")
        (beside / CARD_FILE).write_text(card(manifest), encoding="utf-8")
        if tokenizer is not None:
            (beside / TOKENIZER_FILE).write_text(tokenizer, encoding="utf-8")
    return Bundle(folder, manifest, len(content), report)


def _filled(manifest: Manifest, model: keras.Model, tokenizer: str | None, lowered: Lowered) -> Manifest:
    """The manifest with what only the exporter knows; what the caller said stays."""
    layers = tuple(f"{layer.name}: {type(layer).__name__}" for layer in model.layers)
    said = manifest.model
    parameters = model.count_params() if said.parameters is None else said.parameters
    return dataclasses.replace(
        manifest,
        model=dataclasses.replace(said, parameters=parameters, layers=said.layers or layers),
        made_with=manifest.made_with or versions(),
        tokenizer_sha256=None if tokenizer is None else hashlib.sha256(tokenizer.encode()).hexdigest(),
        streaming=None if lowered.piece is None else _streaming(lowered, manifest.input),
    )


def _streaming(lowered: Lowered, source: ModelInput) -> Streaming:
    """How the file runs piece by piece; a sensor's silence is borne live for as long as in a recording."""
    assert lowered.piece is not None
    live = Streaming(_states(lowered), lowered.piece)
    return live if source.silence_s is None else dataclasses.replace(live, reset_after_s=source.silence_s)


def _states(lowered: Lowered) -> tuple[State, ...]:
    """What the file keeps from piece to piece; the first axis of each is the batch."""
    return tuple(
        State(name, f"{name}.next", tuple(size or 1 for size in (state.first.shape or ())[1:]))
        for name, state in lowered.states.items()
    )


def _complete(
    manifest: Manifest,
    tried: _Tried,
    parity: Parity,
    pairs: Mapping[str, MetricPair],
    report: Report | None,
) -> Manifest:
    """The manifest with what was found out about the file."""
    nodes = Counter(node.op_type for node in tried.proto.graph.node)
    runtime = Runtime(
        opset=next(used.version for used in tried.proto.opset_import if used.domain == ""),
        ir_version=tried.proto.ir_version,
        nodes=dict(sorted(nodes.items())),
        int8=None if report is None else report.facts(),
    )
    return dataclasses.replace(
        manifest,
        runtime=runtime,
        metrics={**manifest.metrics, "test": {**tried.metrics}},
        parity=dataclasses.replace(parity.facts(), metrics=dict(pairs)),
    )


def _as_run(manifest: Manifest, rows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The rows, texts no longer than a device gives them to the model."""
    return [row[: manifest.input.most_steps] for row in rows]


def _tried(
    folder: Path,
    proto: onnx.ModelProto,
    manifest: Manifest,
    texts: Mapping[str, str],
    selftest: Sequence[Mapping[str, Any]],
    score: Callable[[Predictor], dict[str, float]],
) -> _Tried:
    """Writes a draft of the file, opens it as a device does, scores it and notes its answers."""
    runner = _loaded(folder, *_sealed(proto, manifest, texts))
    metrics = score(runner.run)
    return _Tried(proto, metrics, json.dumps([_answered(runner, case) for case in selftest], ensure_ascii=False))


def _sealed(proto: onnx.ModelProto, manifest: Manifest, texts: Mapping[str, str]) -> tuple[bytes, Manifest]:
    """The file with the manifest and its own hash in it, and that manifest."""

    def serialised(manifest: Manifest) -> bytes:
        helper.set_model_props(proto, {MANIFEST_KEY: manifest.to_json(), **texts})
        return proto.SerializeToString()

    blank = serialised(dataclasses.replace(manifest, model_sha256=NO_DIGEST))
    manifest = dataclasses.replace(manifest, model_sha256=digest(blank, NO_DIGEST))
    return serialised(manifest), manifest


def _loaded(folder: Path, content: bytes, manifest: Manifest) -> Runner:
    """Writes the file and its manifest, and opens them as a device does."""
    (folder / MODEL_FILE).write_bytes(content)
    (folder / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")
    try:
        return load(folder)
    except BundleError as error:
        raise ExportError(f"the exported file cannot be loaded: {error}") from error


def _pairs(reference: Mapping[str, float], measured: Mapping[str, float]) -> dict[str, MetricPair]:
    """Both measurements by metric.

    Raises:
        ParityError: a metric differs by more than the tolerance.
    """
    for name, one in reference.items():
        other = measured[name]
        both_nan = math.isnan(one) and math.isnan(other)
        if not (math.isclose(one, other, rel_tol=METRIC_TOLERANCE, abs_tol=METRIC_TOLERANCE) or both_nan):
            raise ParityError(
                f"{name}: expected {one:.6g} as with Keras, got {other:.6g} with the ONNX file. Nothing was written."
            )
    return {name: MetricPair(value, measured[name]) for name, value in reference.items()}


def _rounded(pair: MetricPair, measured: float) -> MetricPair:
    """Both measurements, and that of the file with rounded weights in the place of the file with float32's."""
    return MetricPair(pair.keras, measured, float32=pair.onnx)


def _answered(runner: Runner, case: Mapping[str, Any]) -> dict[str, Any]:
    """The self-test's input with the answer to expect on every device."""
    given = case["input"]
    given = given.tolist() if isinstance(given, np.ndarray) else given
    if "label" in case:
        return {"input": given, "label": case["label"], "score": case["score"]}
    answer = runner.predict(given)
    return {"input": given, "label": answer.label, "score": answer.score}


def _check_input(lowered: Lowered, manifest: Manifest) -> None:
    names = [tensor.name for tensor in lowered.subject.inputs]
    if names != [manifest.input.name]:
        raise ExportError(f"model: expected one input named '{manifest.input.name}', got {names}. Rename it.")
