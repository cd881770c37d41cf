"""Layers: properties that the table of models cannot express."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import onnx
import pytest
from keras import layers as kl
from model_cases.layers import ACTIVATIONS, PARTS, image, layer_cases

from zoo.core.errors import ExportError
from zoo.exporter.lowering import lower
from zoo.exporter.parity import verify

Make = Callable[..., keras.Model]


def nodes(model: keras.Model, **options: Any) -> Counter[str]:
    return Counter(node.op_type for node in lower(model, **options).proto.graph.node)


def only(model: keras.Model, op: str) -> dict[str, Any]:
    """Attributes of the only node of a kind."""
    (node,) = [node for node in lower(model).proto.graph.node if node.op_type == op]
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def test_every_activation_of_keras_has_cases() -> None:
    excluded = {"deserialize", "get", "serialize", "threshold", "glu"}  # the last two have separate cases
    names = {name for name, value in vars(keras.activations).items() if callable(value)} - excluded
    assert {getattr(keras.activations, name) for name in names} == set(ACTIVATIONS)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("conv-causal", {"Transpose": 2, "Conv": 1, "Relu": 1}),
        ("conv-stack", {"Transpose": 2, "Conv": 2}),
        ("separable-same", {"Transpose": 2, "Conv": 2, "Tanh": 1}),
        ("conv-transpose-same-4-by-2", {"Transpose": 2, "ConvTranspose": 1, "Relu": 1}),
        ("layer-normalization", {"LayerNormalization": 1}),
        ("layer-normalization-plain", {"LayerNormalization": 1}),
        ("batch-normalization", {"Mul": 1, "Add": 1}),
        ("einsum-last", {"MatMul": 1, "Add": 1, "Tanh": 1}),
        ("distributed-dense", {"MatMul": 1, "Add": 1, "Relu": 1}),
        ("Maximum", {"Max": 2, "MatMul": 2, "Add": 2}),
    ],
)
def test_a_layer_uses_as_few_nodes_as_onnx_allows(make: Make, name: str, written: dict[str, int]) -> None:
    assert nodes(make(name)) == written


@pytest.mark.parametrize(
    ("layer", "pads"),
    [
        (lambda: kl.Conv1D(2, 4, padding="same"), [1, 2]),
        (lambda: kl.Conv1D(2, 4, padding="same", dilation_rate=2), [3, 3]),
        (lambda: kl.Conv1D(2, 4, padding="causal", dilation_rate=2), [6, 0]),
        (lambda: kl.Conv1D(2, 4, padding="same", strides=2), [1, 2]),  # of 7 steps
        (lambda: kl.Conv1D(2, 4, padding="same", strides=5), [1, 1]),  # two windows, the last one of three steps
    ],
)
def test_padding_of_known_lengths_is_explicit(make_sensor: Make, layer: Callable, pads: list[int]) -> None:
    model = make_sensor(layer(), time=7)
    assert only(model, "Conv")["pads"] == pads
    assert verify(lower(model)).largest_absolute <= 1e-5


@pytest.mark.parametrize(
    "layer", [lambda: kl.MaxPooling1D(2, padding="same"), lambda: kl.Conv1D(2, 2, strides=3, padding="same")]
)
def test_padding_of_two_steps_never_needs_the_length(make_sensor: Make, layer: Callable) -> None:
    model = make_sensor(layer())
    (node,) = [node for node in lower(model).proto.graph.node if node.op_type in ("MaxPool", "Conv")]
    assert "auto_pad" not in {attribute.name for attribute in node.attribute}
    assert verify(lower(model)).largest_absolute <= 1e-5


def test_padding_of_free_lengths_is_left_to_the_runtime(make_sensor: Make) -> None:
    attributes = only(make_sensor(kl.Conv1D(2, 4, padding="same", strides=2)), "Conv")
    assert attributes["auto_pad"] == b"SAME_UPPER"


@pytest.mark.parametrize(
    ("layer", "got"),
    [
        (
            lambda: kl.DepthwiseConv1D(3, strides=2, dilation_rate=2, padding="same"),
            r"got strides \(2,\), windows of \(3,\) and dilations \(2,\)",
        ),
        (
            lambda: kl.AveragePooling1D(3, strides=5, padding="same"),
            r"got strides \(5,\), windows of \(3,\) and dilations \(1,\)",
        ),
    ],
)
def test_padding_without_an_onnx_equivalent_is_refused(make_sensor: Make, layer: Callable, got: str) -> None:
    with pytest.raises(ExportError, match=rf"^padding: expected windows without gaps.*{got}\. Fix the lengths"):
        lower(make_sensor(layer()))
    assert verify(lower(make_sensor(layer(), time=9))).largest_absolute <= 1e-5


def test_one_axis_that_needs_its_length_leaves_all_padding_to_the_runtime(make: Make) -> None:
    model = image(kl.MaxPooling2D((2, 3), strides=(2, 2), padding="same"))
    assert only(model, "MaxPool")["auto_pad"] == b"SAME_UPPER"
    assert verify(lower(model)).largest_absolute <= 1e-5


def test_a_row_without_a_valid_step_averages_to_nan_as_in_keras(make: Make) -> None:
    lowered = lower(make("average-masked"))
    assert np.isnan(lowered.subject.model(np.zeros((1, 3), np.int32))).all()
    assert verify(lowered, rows=[np.zeros(3, np.int32)]).rows == 1


def test_a_fully_masked_softmax_is_zero(make: Make) -> None:
    model = make("softmax-masked")
    assert verify(lower(model), rows=[np.full((7, 3), -1.0, np.float32)]).rows == 1


def test_a_function_that_cannot_be_taken_apart_is_refused(make_sensor: Make) -> None:
    def outside(x: Any) -> Any:
        return np.sin(np.asarray(x))

    with pytest.raises(ExportError, match=r"^layer 'f' \(Lambda\): cannot be exported"):
        lower(make_sensor(kl.Dense(2, kl.Lambda(outside, output_shape=lambda sizes: sizes, name="f"))))


OPSETS = [
    "layer-normalization-over-time",
    "softmax-masked-over-both",
    "relu-all",
    "distributed-lstm",
    "normalization-back",
]


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("opset", [13, 21])
@pytest.mark.parametrize("name", OPSETS)
def test_the_oldest_and_a_recent_opset_agree(make: Make, name: str, opset: int) -> None:
    assert verify(lower(make(name), opset=opset)).largest_absolute <= 1e-5


def test_no_case_hides_another_of_its_name() -> None:
    assert len(layer_cases()) == sum(len(part()) for part in PARTS) > 250
