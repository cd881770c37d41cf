"""Every model of the table agrees with Keras in ONNX, in a graph of the promised form."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from keras import layers as kl

from zoo.core.errors import ExportError
from zoo.exporter.converters.table import CONVERTERS
from zoo.exporter.lowering import lower
from zoo.exporter.parity import verify

Make = Callable[..., keras.Model]


def nodes(model: keras.Model, **options: Any) -> Counter[str]:
    return Counter(node.op_type for node in lower(model, **options).proto.graph.node)


def run(model: keras.Model, x: np.ndarray) -> list[np.ndarray]:
    session = ort.InferenceSession(lower(model).proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})


@pytest.mark.table("zoo/exporter", "tests/model_cases", kinds=True)
def test_every_model_of_the_table_agrees_with_keras(case: keras.Model) -> None:
    lowered = lower(case)
    parity = verify(lowered)
    assert parity.cases >= 3
    assert parity.largest_absolute <= 1e-5
    assert not {"Loop", "Scan", "If"} & {node.op_type for node in lowered.proto.graph.node}


def test_the_table_of_models_covers_every_converter(make: Make) -> None:
    from_names = {type(layer) for name in REACHING for layer in make(name).layers}
    assert {kind for kind, row in CONVERTERS.items() if row.write is not None} <= from_names


#: Together, these cover every layer that has a converter.
REACHING = (
    "Average",
    "GRU-last",
    "LSTM-last",
    "Maximum",
    "Minimum",
    "Multiply",
    "SimpleRNN-last",
    "SimpleRNN-last-both",
    "SimpleRNN-last-of-cell",
    "Subtract",
    "activation-linear",
    "add-broadcast",
    "additive",
    "attention",
    "average-masked-by-values",
    "batch-normalization",
    "conv-2d-same",
    "conv-3d",
    "conv-causal",
    "conv-groups",
    "conv-transpose-3d",
    "conv-transpose-same-3-by-1",
    "conv-transpose-same-3-by-1-2d",
    "depthwise-2d-same",
    "depthwise-same",
    "distributed-dense",
    "grouped",
    "heads",
    "normalization",
    "rescaling",
    "separable-2d-same",
    "separable-same",
    "softmax",
    "tied",
)


ON_EVERY_OPSET = [
    "LSTM-sequence-both-masked",
    "layer-normalization",
    "average-masked",
    "MaxPooling1D-same-3-by-2",
    "merge-mul-False",
]


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("opset", [13, 18, 21])
@pytest.mark.parametrize("name", ON_EVERY_OPSET)
def test_every_opset_agrees(make: Make, name: str, opset: int) -> None:
    lowered = lower(make(name), opset=opset)
    assert lowered.proto.opset_import[0].version == opset
    assert verify(lowered).largest_absolute <= 1e-5


@pytest.mark.parametrize("name", ON_EVERY_OPSET)
def test_the_newest_opset_agrees_or_names_an_older_onnxruntime(make: Make, name: str) -> None:
    lowered = lower(make(name), opset=onnx.defs.onnx_opset_version())
    refusal = ""
    try:
        assert verify(lowered).largest_absolute <= 1e-5
    except ExportError as error:
        refusal = str(error)
    assert refusal == "" or refusal.endswith("Upgrade onnxruntime, or export with a lower --opset.")


@pytest.mark.parametrize("opset", [12, onnx.defs.onnx_opset_version() + 1])
def test_an_unsupported_opset_is_refused(make: Make, opset: int) -> None:
    with pytest.raises(ExportError, match=rf"^opset: expected 13 to \d+, got {opset}\. Omit it to use 17"):
        lower(make("GRU-last"), opset=opset)


def test_the_default_opset_and_ir_version_suit_old_devices(make: Make) -> None:
    proto = lower(make("GRU-last")).proto
    assert (proto.opset_import[0].version, proto.ir_version) == (17, 8)


@pytest.mark.parametrize(
    ("name", "operator", "count"),
    [
        ("GRU-sequence", "GRU", 1),
        ("LSTM-last-both", "LSTM", 1),
        ("LSTM-last-both-masked", "LSTM", 2),  # one per direction, each with the valid steps of a row in its order
        ("SimpleRNN-last", "RNN", 1),
        ("stacked-masked", "GRU", 1),
        ("shared", "GRU", 2),  # a layer that is called twice on the same value is written once
    ],
)
def test_a_layer_is_one_native_node(make: Make, name: str, operator: str, count: int) -> None:
    assert nodes(make(name))[operator] == count


def test_stacked_layers_stay_time_major_between_them(make_sensor: Make) -> None:
    model = make_sensor(kl.GRU(4, return_sequences=True), kl.LSTM(5, return_sequences=True), kl.SimpleRNN(6))
    assert nodes(model)["Transpose"] == 1


def test_an_unread_mask_leaves_no_node(make_text: Make) -> None:
    assert "Equal" not in nodes(make_text(kl.Dense(4)))


def test_lengths_are_counted_once_for_all_layers(make: Make) -> None:
    written = nodes(make("stacked-masked"))
    assert (written["Equal"], written["Not"], written["ReduceSum"]) == (1, 1, 1)


def test_unread_outputs_are_omitted(make: Make) -> None:
    (node,) = [node for node in lower(make("LSTM-last")).proto.graph.node if node.op_type == "LSTM"]
    assert next(iter(node.output)) == ""
    assert len(node.output) == 2


@pytest.mark.parametrize("name", ["tied", "tied-masked"])
def test_tied_embeddings_are_stored_once(make: Make, name: str) -> None:
    proto = lower(make(name)).proto
    assert [list(tensor.dims) for tensor in proto.graph.initializer].count([11, 4]) == 1
    assert [4, 11] not in [list(tensor.dims) for tensor in proto.graph.initializer]


def test_equal_models_give_equal_bytes(make: Make) -> None:
    first = lower(make("stacked-masked")).proto.SerializeToString()
    keras.backend.clear_session(free_memory=False)
    assert lower(make("stacked-masked")).proto.SerializeToString() == first
    keras.backend.clear_session(free_memory=False)
    assert lower(make("stacked-masked", seed=1)).proto.SerializeToString() != first


def test_the_model_is_not_changed(make: Make) -> None:
    model = make("stacked-masked")
    before, outputs = [w.copy() for w in model.get_weights()], [layer.output for layer in model.layers]
    lower(model)
    assert all(np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True))
    assert all(layer.output is output for layer, output in zip(model.layers, outputs, strict=True))


def test_axes_have_descriptive_names(make: Make) -> None:
    def sizes(name: str) -> list[list[list[int | str]]]:
        graph = lower(make(name)).proto.graph
        return [
            [[d.dim_param or d.dim_value for d in info.type.tensor_type.shape.dim] for info in infos]
            for infos in (graph.input, graph.output)
        ]

    assert sizes("GRU-sequence") == [[["batch", "time", 3]], [["batch", "time", 4]]]
    assert sizes("conv-same-strided") == [[["batch", "time", 3]], [["batch", "conv1d.time", 4]]]
    assert sizes("GRU-last-masked") == [[["batch", "time"]], [["batch", 4]]]
    assert sizes("LSTM-unrolled") == [[["batch", 7, 3]], [["batch", 4]]]


def test_a_custom_model_keeps_its_names() -> None:
    x = keras.Input((None, 3), name="movement")
    outputs = [kl.Dense(2, name="speed")(x), x]
    graph = lower(keras.Model(x, outputs, name="mine")).proto.graph
    assert graph.name == "mine"
    assert [info.name for info in graph.input] == ["movement"]
    assert [info.name for info in graph.output] == ["speed", "movement_2"]  # ONNX wants names that differ


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("cell", [kl.SimpleRNN, kl.LSTM, kl.GRU])
def test_a_row_of_padding_only_gives_the_initial_state(make: Make, cell: type, sequences: bool) -> None:
    for way in ("masked", "both-masked"):
        model = make(f"{cell.__name__}-{'sequence' if sequences else 'last'}-{way}")
        ids = np.array([[0, 0, 0, 0, 0], [1, 10, 2, 0, 0]], np.int32)
        (got,) = run(model, ids)
        np.testing.assert_allclose(got, lower(model).subject.run([ids])[0], atol=1e-6)
        assert not got[0].any()
        assert got[1].any()


def test_a_mean_over_no_steps_is_nan_as_in_keras(make: Make) -> None:
    ids = np.array([[0, 0], [1, 0]], np.int32)
    (got,) = run(make("average-masked"), ids)
    assert np.isnan(got[0]).all()
    assert np.isfinite(got[1]).all()


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
@pytest.mark.parametrize(
    "layers",
    [
        lambda: [kl.Conv1D(4, 2, padding="causal"), kl.GRU(5)],
        lambda: [kl.GlobalMaxPooling1D()],
        lambda: [kl.MaxPooling1D(2, padding="same"), kl.LSTM(5)],
    ],
)
def test_a_layer_without_masking_drops_the_mask(make_text: Make, layers: Callable) -> None:
    model = make_text(*layers())
    assert "Equal" not in nodes(model)
    assert verify(lower(model)).largest_absolute <= 1e-5


def test_an_explicit_mask_is_applied() -> None:
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = kl.Embedding(11, 3)(ids)
    model = keras.Model(ids, kl.GRU(4)(x, mask=keras.ops.not_equal(ids, 0)))
    assert nodes(model)["Equal"] == 1
    assert verify(lower(model)).largest_absolute <= 1e-5


def test_a_mask_reaches_a_layer_called_with_options() -> None:
    ids = keras.Input((None,), dtype="int32", name="ids")
    model = keras.Model(ids, kl.GRU(4)(kl.Embedding(11, 3, mask_zero=True)(ids), training=False))
    assert nodes(model)["Equal"] == 1
    assert verify(lower(model)).largest_absolute <= 1e-5
