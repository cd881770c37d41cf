"""The files that are tried: the zoo's shelf and a choice of the table's models, each with inputs and the right answers.

The choice is every recurrent model, and of the others one of each kind: each runtime takes some minutes for all.
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

SHELF = Path(__file__).parents[2] / "exported"
#: Rows that are made up for a bundle, and their length in the shortest pieces that it takes.
BATCH, TIME = 3, 40
#: Lengths of the pieces of such a row, in the same measure.
LENGTHS = (1, 1, 4, 1, 9, 24)

Feeds = dict[str, np.ndarray]


@dataclass(frozen=True)
class Export:
    """One file to run.

    Attributes:
        name: the model's name in the table, or `exported/<name>`.
        path: the ONNX file.
        feeds: its inputs by name, with the states that a recording begins with.
        expected: its outputs in onnxruntime, which the tests of the exporter hold to Keras on the same models.
        traits: what its recurrent nodes ask of a runtime that not every runtime does.
        cuts: where the input is cut into pieces that are run one after the other; None: it is run as a whole.
    """

    name: str
    path: Path
    feeds: Feeds
    expected: list[np.ndarray]
    traits: tuple[str, ...]
    cuts: Cuts | None = None


def chosen() -> list[str]:
    """Every recurrent model's name, and the first of each kind of the others: what stands before the first hyphen."""
    recurrent = recurrent_cases()
    kinds: dict[str, str] = {}
    for name in CASES:
        if name not in recurrent:
            kinds.setdefault(name.split("-")[0], name)
    return [*recurrent, *kinds.values()]


def write_exports(folder: Path) -> tuple[list[Export], dict[str, str]]:
    """Exports every chosen model once.

    Args:
        folder: where the files go.

    Returns:
        The files; and for each model that could not be exported, by its name, why.
    """
    exports = [export for path in sorted(SHELF.glob(f"*/{MODEL_FILE}")) for export in bundle_exports(path)]
    assert exports, f"{SHELF}: expected bundles there, got none."
    left_out: dict[str, str] = {}
    for number, name in enumerate(chosen()):
        try:
            exports.append(_export(name, folder / f"{number}.onnx"))
        except Exception as error:  # whatever it is: it is the exporter's tests that say what is wrong
            left_out[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return exports, left_out


def _export(name: str, path: Path) -> Export:
    keras.backend.clear_session(free_memory=False)
    lowered = lower(randomised(CASES[name]()))
    onnx.save(lowered.proto, path)
    drawn = random_cases(lowered)
    inputs = drawn[len(drawn) // 2].inputs  # several rows and some steps, with every kind of padding
    given = lowered.proto.graph.input
    feeds = dict(zip([info.name for info in given], inputs, strict=False))
    for info in given[len(inputs) :]:
        feeds[info.name] = np.zeros([size.dim_value for size in info.type.tensor_type.shape.dim], np.float32)
    return _answered(name, path, lowered.proto, feeds)


def bundle_exports(path: Path) -> list[Export]:
    """A bundle's file as a whole; and in pieces, held to the whole, if it runs on live input."""
    manifest = read_bundle(path).manifest
    streaming, name = manifest.streaming, f"exported/{path.parent.name}"
    feeds = {manifest.input.name: made_up(manifest)} | ({} if streaming is None else beginning(streaming, BATCH))
    whole = _answered(name, path, onnx.load(path), feeds)
    if streaming is None:
        return [whole]
    return [whole, replace(whole, name=f"{name}, in pieces", cuts=cuts(path, manifest, streaming))]


def cuts(path: Path, manifest: Manifest, streaming: Streaming) -> Cuts:
    """Where `made_up` input is cut, and which output is given back to which input."""
    names = [output.name for output in onnx.load(path).graph.output]
    assert names[0] == manifest.output.name, f"{path}: expected the scores in front of the states, got {names}."
    after = {state.output: state.input for state in streaming.states}
    lengths = tuple(streaming.piece * length for length in LENGTHS)
    return Cuts(manifest.input.name, tuple(after[name] for name in names[1:]), lengths)


def made_up(manifest: Manifest) -> np.ndarray:
    """Random values in the sensor's range, or random words.

    Each row of words but the first is padded on the right; not for live input, where there is no padding.
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


def _answered(name: str, path: Path, proto: onnx.ModelProto, feeds: Feeds) -> Export:
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    return Export(name, path, feeds, [np.asarray(output) for output in session.run(None, feeds)], traits(proto))


#: The activations that an operator has if it is told none.
DEFAULTS = {"RNN": [b"Tanh"], "GRU": [b"Sigmoid", b"Tanh"], "LSTM": [b"Sigmoid", b"Tanh", b"Tanh"]}


def traits(proto: onnx.ModelProto) -> tuple[str, ...]:
    """What recurrent nodes of the graph ask for beyond the plain operator; sorted."""
    found: set[str] = set()
    for node in proto.graph.node:
        if node.op_type not in DEFAULTS:
            continue
        attributes: Mapping[str, onnx.AttributeProto] = {attribute.name: attribute for attribute in node.attribute}
        if len(node.input) > 4 and node.input[4]:
            found.add("`sequence_lens`")
        if "direction" in attributes and attributes["direction"].s == b"reverse":
            found.add('`direction="reverse"`')
        default = DEFAULTS[node.op_type]
        if "activations" in attributes and set(attributes["activations"].strings) != set(default):
            found.add("`activations` other than the defaults")
    return tuple(sorted(found))
