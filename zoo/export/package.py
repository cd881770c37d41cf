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
from onnx import helper

from zoo.edge import Runner, load
from zoo.edge.bundle import MANIFEST_FILE, MODEL_FILE, NO_DIGEST, digest
from zoo.edge.manifest import MANIFEST_KEY, RECIPE_KEY, SELFTEST_KEY, TOKENIZER_KEY, Manifest
from zoo.errors import BundleError, ExportError, ParityError
from zoo.evaluation.predictor import Predictor, keras_predictor
from zoo.export.card import card
from zoo.export.converters import Lowered, lower
from zoo.export.folder import appearing_folder
from zoo.export.parity import verify
from zoo.progress import SILENT, Progress
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
    """

    folder: Path
    manifest: Manifest
    size_bytes: int


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
        progress: hears about slow steps.

    Raises:
        ExportError: the model cannot be exported, or the folder cannot be written.
        ParityError: the file does not compute what Keras does. Nothing was written.
    """
    lowered = lower(model, opset=opset, outputs=[manifest.output.name], name=manifest.name)
    _check_input(lowered, manifest)
    progress.note("Comparing the file with Keras")
    parity = verify(lowered, rows)
    texts = {RECIPE_KEY: recipe_yaml} | ({} if tokenizer is None else {TOKENIZER_KEY: tokenizer})
    manifest = _filled(manifest, lowered, model, tokenizer)
    with appearing_folder(folder, FILES) as beside:
        runner = _loaded(beside, *_sealed(lowered, manifest, texts))
        progress.note("Scoring the file and Keras on the same data")
        measured = score(runner.run)
        pairs = _pairs(score(keras_predictor(model)), measured)
        manifest = dataclasses.replace(
            manifest,
            metrics={**manifest.metrics, "test": measured},
            parity={**parity.as_dict(), "metrics": pairs},
        )
        texts[SELFTEST_KEY] = json.dumps([_answered(runner, case) for case in selftest], ensure_ascii=False)
        content, manifest = _sealed(lowered, manifest, texts)
        runner = _loaded(beside, content, manifest)
        if differences := runner.self_test():
            raise ParityError(f"{folder}: {differences[0]} Nothing was written.")
        (beside / CARD_FILE).write_text(card(manifest), encoding="utf-8")
        if tokenizer is not None:
            (beside / TOKENIZER_FILE).write_text(tokenizer, encoding="utf-8")
    return Bundle(folder, manifest, len(content))


def _filled(manifest: Manifest, lowered: Lowered, model: keras.Model, tokenizer: str | None) -> Manifest:
    """The manifest with what only the exporter knows; what the caller said stays."""
    proto = lowered.proto
    nodes = Counter(node.op_type for node in proto.graph.node)
    runtime = {
        "opset": proto.opset_import[0].version,
        "ir_version": proto.ir_version,
        "nodes": dict(sorted(nodes.items())),
    }
    layers = [f"{layer.name}: {type(layer).__name__}" for layer in model.layers]
    return dataclasses.replace(
        manifest,
        runtime=runtime,
        model={"parameters": model.count_params(), "layers": layers} | manifest.model,
        made_with=manifest.made_with or versions(),
        tokenizer_sha256=None if tokenizer is None else hashlib.sha256(tokenizer.encode()).hexdigest(),
    )


def _sealed(lowered: Lowered, manifest: Manifest, texts: Mapping[str, str]) -> tuple[bytes, Manifest]:
    """The file with the manifest and its own hash in it, and that manifest."""

    def serialised(manifest: Manifest) -> bytes:
        helper.set_model_props(lowered.proto, {MANIFEST_KEY: manifest.to_json(), **texts})
        return lowered.proto.SerializeToString()

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


def _pairs(reference: Mapping[str, float], measured: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Both measurements by metric.

    Raises:
        ParityError: a metric differs by more than the tolerance.
    """
    pairs = {name: {"keras": value, "onnx": measured[name]} for name, value in reference.items()}
    for name, pair in pairs.items():
        one, other = pair["keras"], pair["onnx"]
        both_nan = math.isnan(one) and math.isnan(other)
        if not (math.isclose(one, other, rel_tol=METRIC_TOLERANCE, abs_tol=METRIC_TOLERANCE) or both_nan):
            raise ParityError(
                f"{name}: expected {one:.6g} as with Keras, got {other:.6g} with the ONNX file. Nothing was written."
            )
    return pairs


def _answered(runner: Runner, case: Mapping[str, Any]) -> dict[str, Any]:
    """The self-test's input with the answer to expect on every device."""
    given = case["input"]
    given = given.tolist() if isinstance(given, np.ndarray) else given
    if "label" in case:
        return {"input": given, "label": case["label"], "score": case["score"]}
    answer = runner.predict(given)
    return {"input": given, "label": answer.label, "score": answer.score}


def _check_input(lowered: Lowered, manifest: Manifest) -> None:
    names = [tensor.name for tensor in lowered.trace.inputs]
    if names != [manifest.input.name]:
        raise ExportError(f"model: expected one input named '{manifest.input.name}', got {names}. Rename it.")
