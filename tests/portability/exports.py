"""The files that are tried: the zoo's shelf and a choice of the table's models, each with inputs and the right answers.

The choice is every recurrent model, and of the others one of each kind: each runtime takes some minutes for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime as ort
from model_cases import CASES, randomised, recurrent_cases

from zoo.edge.bundle import MODEL_FILE, read_bundle
from zoo.edge.manifest import SensorInput, TextInput
from zoo.export.cases import random_cases
from zoo.export.lowering import lower

SHELF = Path(__file__).parents[2] / "exported"
#: Of the rows that are made up for a file of the shelf.
BATCH, TIME = 3, 40

Feeds = dict[str, np.ndarray]


@dataclass(frozen=True)
class Export:
    """One file to run.

    Attributes:
        name: the model's name in the table, or `exported/<name>`.
        path: the ONNX file.
        feeds: its inputs by name, with zeros for the states.
        expected: its outputs in onnxruntime, which the tests of the exporter hold to Keras on the same models.
        traits: what its recurrent nodes ask of a runtime that not every runtime does.
    """

    name: str
    path: Path
    feeds: Feeds
    expected: list[np.ndarray]
    traits: tuple[str, ...]


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
    exports = [_shelf_export(path) for path in sorted(SHELF.glob(f"*/{MODEL_FILE}"))]
    assert exports, f"{SHELF}: expected bundles there, got none."
    left_out: dict[str, str] = {}
    for number, name in enumerate(chosen()):
        try:
            exports.append(_export(name, folder / f"{number}.onnx"))
        except Exception as error:  # whatever it is: it is the exporter's tests that say what is wrong
            left_out[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return exports, left_out


def _export(name: str, path: Path) -> Export:
    keras.backend.clear_session()
    lowered = lower(randomised(CASES[name]()))
    onnx.save(lowered.proto, path)
    drawn = random_cases(lowered)
    inputs = drawn[len(drawn) // 2].inputs  # several rows and some steps, with every kind of padding
    given = lowered.proto.graph.input
    feeds = dict(zip([info.name for info in given], inputs, strict=False))
    for info in given[len(inputs) :]:
        feeds[info.name] = np.zeros([size.dim_value for size in info.type.tensor_type.shape.dim], np.float32)
    return _answered(name, path, lowered.proto, feeds)


def _shelf_export(path: Path) -> Export:
    """Random values in the sensor's range, or random words, each row but the first padded on the right."""
    spec, random = read_bundle(path).manifest.input, np.random.default_rng(0)
    if isinstance(spec, SensorInput):
        low, high = (np.array([getattr(feature, side) for feature in spec.features]) for side in ("low", "high"))
        x = random.uniform(low, high, (BATCH, TIME, len(spec.features))) / 4
    else:
        assert isinstance(spec, TextInput)
        x = random.integers(0, spec.vocabulary, (BATCH, TIME))
        x[x == spec.pad_id] += 1
        for row in range(1, BATCH):
            x[row, TIME // (row + 1) :] = spec.pad_id
    name = f"exported/{path.parent.name}"
    return _answered(name, path, onnx.load(path), {spec.name: x.astype(spec.dtype)})


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
