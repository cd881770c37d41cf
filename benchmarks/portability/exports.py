"""The files that are tested: the zoo's bundles and a selection of the exporter's test models, with inputs and outputs.

The selection has every recurrent model, and one of each other kind, because each runtime needs minutes for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime as ort
from model_cases import CASES, randomised, recurrent_cases

from benchmarks.portability.serving import Cuts
from zoo.core.manifest import Manifest, RecordingInput, Streaming
from zoo.edge.bundle import MODEL_FILE, read_bundle
from zoo.edge.pieces import beginning
from zoo.edge.sensor import limits
from zoo.exporter.cases import random_cases
from zoo.exporter.lowering import lower

EXPORTED = Path(__file__).parents[2] / "exported"
#: Number of rows of a bundle's synthetic input, and their length in multiples of its shortest piece.
BATCH, TIME = 3, 40
#: Lengths of the pieces of such a row, in the same unit.
LENGTHS = (1, 1, 4, 1, 9, 24)

Feeds = dict[str, np.ndarray]


@dataclass(frozen=True)
class Export:
    """One file to run.

    Attributes:
        name: name of the test model, or `exported/<name>`.
        path: the ONNX file.
        feeds: its inputs by name, with the initial states.
        expected: its outputs in onnxruntime, which the tests of the exporter compare with Keras for the same models.
        traits: features of its recurrent nodes that not every runtime supports.
        cuts: how the input is cut into pieces; None if it is run at once.
    """

    name: str
    path: Path
    feeds: Feeds
    expected: list[np.ndarray]
    traits: tuple[str, ...]
    cuts: Cuts | None = None


def selected_models() -> list[str]:
    """The names of all recurrent models and of the first of each other kind (the name up to the first hyphen)."""
    recurrent = recurrent_cases()
    kinds: dict[str, str] = {}
    for name in CASES:
        if name not in recurrent:
            kinds.setdefault(name.split("-")[0], name)
    return [*recurrent, *kinds.values()]


def write_exports(folder: Path) -> tuple[list[Export], dict[str, str]]:
    """Exports every selected model once.

    Args:
        folder: folder for the files.

    Returns:
        The files; and the reason for each model that could not be exported, by its name.
    """
    exports = [export for path in sorted(EXPORTED.glob(f"*/{MODEL_FILE}")) for export in bundle_exports(path)]
    assert exports, f"{EXPORTED}: expected bundles, got none."
    left_out: dict[str, str] = {}
    for number, name in enumerate(selected_models()):
        try:
            exports.append(_export(name, folder / f"{number}.onnx"))
        except Exception as error:  # of any kind: the exporter's tests report what is wrong
            left_out[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return exports, left_out


def _export(name: str, path: Path) -> Export:
    keras.backend.clear_session(free_memory=False)
    lowered = lower(randomised(CASES[name]()))
    onnx.save(lowered.proto, path)
    cases = random_cases(lowered)
    inputs = cases[len(cases) // 2].inputs  # several rows and steps, with every kind of padding
    graph_inputs = lowered.proto.graph.input
    feeds = dict(zip([info.name for info in graph_inputs], inputs, strict=False))
    for info in graph_inputs[len(inputs) :]:
        feeds[info.name] = np.zeros([size.dim_value for size in info.type.tensor_type.shape.dim], np.float32)
    return _with_outputs(name, path, lowered.proto, feeds)


def bundle_exports(path: Path) -> list[Export]:
    """A bundle's file with its complete input; and in pieces, with the same outputs, if it runs on live input."""
    manifest = read_bundle(path).manifest
    streaming, name = manifest.streaming, f"exported/{path.parent.name}"
    feeds = {manifest.input.name: synthetic_input(manifest)}
    feeds |= {} if streaming is None else beginning(streaming, BATCH)
    complete = _with_outputs(name, path, onnx.load(path), feeds)
    if streaming is None:
        return [complete]
    return [complete, replace(complete, name=f"{name}, in pieces", cuts=cuts(path, manifest, streaming))]


def cuts(path: Path, manifest: Manifest, streaming: Streaming) -> Cuts:
    """How the synthetic input is cut, and the input that receives each output state."""
    names = [output.name for output in onnx.load(path).graph.output]
    assert names[0] == manifest.output.name, f"{path}: expected the scores before the states, got {names}."
    receivers = {state.output: state.input for state in streaming.states}
    lengths = tuple(streaming.piece * length for length in LENGTHS)
    return Cuts(manifest.input.name, tuple(receivers[name] for name in names[1:]), lengths)


def synthetic_input(manifest: Manifest) -> np.ndarray:
    """Random values in the sensor's range, or random words.

    Rows of words are padded on the right, except the first; inputs for streams have no padding.
    """
    spec, random = manifest.input, np.random.default_rng(0)
    time = TIME * (1 if manifest.streaming is None else manifest.streaming.piece)
    if isinstance(spec, RecordingInput):
        low, high = (np.where(np.isfinite(side), side, sign) for side, sign in zip(limits(spec), (-1, 1), strict=True))
        x = random.uniform(low, high, (BATCH, time, len(spec.features))) / 4
        age = random.uniform(0, 1, (BATCH, time, spec.width - len(spec.features)))
        return np.concatenate([x, age], axis=2).astype(spec.dtype)
    x = random.integers(0, spec.vocabulary, (BATCH, time))
    x[x == spec.pad_id] += 1
    for row in range(1, BATCH if manifest.streaming is None else 1):
        x[row, time // (row + 1) :] = spec.pad_id
    return x.astype(spec.dtype)


def _with_outputs(name: str, path: Path, proto: onnx.ModelProto, feeds: Feeds) -> Export:
    """The export with onnxruntime's outputs as the expected ones."""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    return Export(name, path, feeds, [np.asarray(output) for output in session.run(None, feeds)], traits(proto))


#: Default activations of each recurrent operator.
DEFAULTS = {"RNN": [b"Tanh"], "GRU": [b"Sigmoid", b"Tanh"], "LSTM": [b"Sigmoid", b"Tanh", b"Tanh"]}


def traits(proto: onnx.ModelProto) -> tuple[str, ...]:
    """Features of the recurrent nodes beyond the plain operator; sorted."""
    names: set[str] = set()
    for node in proto.graph.node:
        if node.op_type not in DEFAULTS:
            continue
        attributes: Mapping[str, onnx.AttributeProto] = {attribute.name: attribute for attribute in node.attribute}
        if len(node.input) > 4 and node.input[4]:
            names.add("`sequence_lens`")
        if "direction" in attributes and attributes["direction"].s == b"reverse":
            names.add('`direction="reverse"`')
        default = DEFAULTS[node.op_type]
        if "activations" in attributes and set(attributes["activations"].strings) != set(default):
            names.add("`activations` other than the defaults")
    return tuple(sorted(names))
