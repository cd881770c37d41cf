"""Complete models: how they are traced, what they are called, what stays unchanged."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime as ort
import pytest
import tensorflow as tf
from keras import layers as kl
from model_cases.making import randomised
from model_cases.whole import Subclassed, encoder, whole_cases

from zoo.core.errors import ExportError, ParityError
from zoo.exporter import to_onnx
from zoo.exporter.converters import table
from zoo.exporter.converters.recurrent.cells import OPERATOR_OF
from zoo.exporter.lowering import Lowered, lower
from zoo.exporter.parity import verify

Make = Callable[..., keras.Model]


class RawTensorFlow(kl.Layer):
    """Calls TensorFlow directly, which refuses symbolic tensors."""

    def call(self, x: Any) -> Any:
        return tf.math.cumsum(x, axis=1)


class EverySecond(kl.Layer):
    """Has a custom mask rule."""

    def __init__(self, raw: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.raw = raw
        self.supports_masking = True

    def call(self, x: Any) -> Any:
        return x * 1.0

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        if self.raw:
            return tf.greater(x[:, :, 0], 0.0)
        return keras.ops.greater(x[:, :, 0], 0.0)


class Sum(keras.Model):
    """Takes two arguments."""

    def __init__(self) -> None:
        super().__init__(name="sum")
        self.dense = kl.Dense(4)

    def call(self, left: Any, right: Any) -> Any:
        return self.dense(left) + right


class Unlisted(keras.Model):
    """Reads a free size."""

    def call(self, x: Any) -> Any:
        return tf.reshape(x, [-1])


def names(lowered: Lowered) -> tuple[list[str], list[str]]:
    graph = lowered.proto.graph
    return [info.name for info in graph.input], [info.name for info in graph.output]


def operators(lowered: Lowered) -> list[str]:
    return [node.op_type for node in lowered.proto.graph.node]


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("name", whole_cases())
def test_exporting_twice_gives_the_same_bytes(make: Make, name: str) -> None:
    model = make(name)
    assert lower(model).proto.SerializeToString() == lower(model).proto.SerializeToString()


@pytest.mark.parametrize("name", ["encoder-decoder", "mixed-float16", "nested", "subclassed", "two-states"])
def test_the_model_is_not_changed(make: Make, name: str) -> None:
    model = make(name)
    weights, policies = model.get_weights(), [layer.dtype_policy.name for layer in model.layers]
    verify(lower(model))
    assert all(np.array_equal(one, other) for one, other in zip(weights, model.get_weights(), strict=True))
    assert policies == [layer.dtype_policy.name for layer in model.layers]


def test_names_and_their_order_are_the_models_own(make: Make) -> None:
    assert names(lower(make("several-inputs-and-outputs"))) == (["movement", "person"], ["speed", "kind"])
    assert names(lower(make("dict-of-names"))) == (["a", "b"], ["scaled", "total"])
    assert names(lower(make("subclassed-several")))[1] == ["answer", "hidden"]


def test_states_come_after_the_models_own_inputs_and_outputs(make: Make) -> None:
    inputs, outputs = names(lower(make("two-states")))
    assert inputs[1:] == ["state.lower.h", "state.upper.h", "state.upper.c"]
    assert outputs[1:] == [f"{name}.next" for name in inputs[1:]]


def test_states_fed_back_continue_the_sequence(make: Make) -> None:
    model = make("two-states")
    lowered = lower(model)
    session = ort.InferenceSession(lowered.proto.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).standard_normal((2, 12, 3)).astype(np.float32)
    whole = session.run(None, {"input": x} | zero_states(lowered))
    first = session.run(None, {"input": x[:, :5]} | zero_states(lowered))
    second = session.run(None, {"input": x[:, 5:]} | dict(zip(lowered.states, first[1:], strict=True)))
    np.testing.assert_allclose(second[0], whole[0], atol=1e-6)


def zero_states(lowered: Lowered) -> dict[str, np.ndarray]:
    return {name: np.zeros(state.first.shape or (), np.float32) for name, state in lowered.states.items()}


def test_a_subclass_accepts_explicit_inputs() -> None:
    model = Subclassed()
    lowered = lower(model, inputs=keras.Input((None,), dtype="int32", name="words"))
    assert names(lowered) == (["words"], ["output"])
    assert verify(lowered).largest_absolute <= 1e-5
    assert "Loop" not in operators(lowered)


def test_a_subclass_gets_the_inputs_that_it_was_built_on() -> None:
    model = Subclassed()
    model(np.ones((2, 7), np.int32))
    sizes = [dim.dim_param or dim.dim_value for dim in lower(model).proto.graph.input[0].type.tensor_type.shape.dim]
    assert sizes == ["batch", 7]  # of two axes, the second may be features, so it stays fixed


def test_several_inputs_can_be_given_by_argument_name() -> None:
    inputs = {"left": keras.Input((None, 3), name="left"), "right": keras.Input((None, 4), name="right")}
    lowered = lower(Sum(), inputs=inputs)
    assert names(lowered)[0] == ["left", "right"]
    assert verify(lowered).cases >= 3


def test_several_inputs_can_be_given_in_order() -> None:
    inputs = [keras.Input((None, 3), name="one"), keras.Input((None, 4), name="other")]
    lowered = lower(Sum(), inputs=inputs)
    assert names(lowered)[0] == ["one", "other"]
    assert verify(lowered).cases >= 3


def test_a_subclass_called_on_several_arguments_needs_explicit_inputs() -> None:
    model = Sum()
    model(np.ones((2, 5, 3), np.float32), np.ones((2, 5, 4), np.float32))
    with pytest.raises(
        ExportError, match=r"^model 'sum' \(Sum\): expected known inputs, got .*\. Give inputs=.* or a dict"
    ):
        lower(model)


def test_a_subclass_called_on_a_dict_gets_the_inputs_that_it_was_built_on() -> None:
    class OfDict(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = kl.Dense(2)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs["a"]) + inputs["b"]

    model = OfDict()
    model({"a": np.ones((2, 3), np.float32), "b": np.ones((2, 2), np.float32)})
    lowered = lower(model)
    assert names(lowered)[0] == ["a", "b"]
    assert verify(lowered).cases >= 3


@pytest.mark.parametrize("inputs", [(None, 9), np.zeros((2, 9)), tf.TensorSpec((None, 9))])
def test_inputs_of_other_types_are_refused(inputs: Any) -> None:
    with pytest.raises(ExportError, match=r"^inputs: expected keras\.Input\(\.\.\.\), or a nest of them, got "):
        lower(Subclassed(), inputs=inputs)


def test_explicit_inputs_of_a_functional_model_are_refused(make: Make) -> None:
    with pytest.raises(
        ExportError, match=r"^model 'functional' \(Functional\): expected no inputs=, because it has its own inputs"
    ):
        lower(make("branches"), inputs=keras.Input((None, 3)))


def test_unnamed_inputs_are_called_input_whatever_ran_before() -> None:
    keras.Input((3,))
    assert names(lower(Subclassed(), inputs=keras.Input((None,), dtype="int32"))) == (["input"], ["output"])


def test_an_unbuilt_sequential_model_accepts_explicit_inputs() -> None:
    lowered = lower(keras.Sequential([kl.GRU(4), kl.Dense(2)]), inputs=keras.Input((None, 3), name="x"))
    assert verify(lowered).largest_absolute <= 1e-5


def test_text_inputs_are_refused() -> None:
    words = keras.Input((1,), dtype="string", name="words")
    with pytest.raises(ExportError, match=r"^input 'words': expected numbers, got text\. Convert text to ids before"):
        lower(keras.Model(words, kl.StringLookup(vocabulary=["a"])(words)))


def sizes_of(lowered: Lowered) -> dict[str, list[int | str]]:
    graph = lowered.proto.graph
    return {
        info.name: [dim.dim_param or dim.dim_value for dim in info.type.tensor_type.shape.dim]
        for info in (*graph.input, *graph.output)
    }


def test_an_output_shares_the_time_axis_of_the_input_that_it_follows() -> None:
    source, target = keras.Input((None, 8), name="source"), keras.Input((None, 8), name="target")
    outputs = [kl.Dense(3, name="of_target")(target), kl.Dense(4, name="of_source")(source)]
    found = sizes_of(lower(keras.Model([source, target], outputs)))
    assert found == {
        "source": ["batch", "time", 8],
        "target": ["batch", "target.time", 8],
        "of_target": ["batch", "target.time", 3],
        "of_source": ["batch", "time", 4],
    }


def test_the_only_free_time_axis_is_called_time() -> None:
    meta, x = keras.Input((10, 3), name="meta"), keras.Input((None, 3), name="x")
    found = sizes_of(lower(keras.Model([meta, x], [kl.GRU(2, return_sequences=True, name="y")(x), kl.Dense(2)(meta)])))
    assert (found["x"], found["y"]) == (["batch", "time", 3], ["batch", "time", 2])


def test_a_model_for_which_keras_gives_only_nan_is_refused() -> None:
    x = keras.Input((5,), name="x")
    model = keras.Model(x, kl.GRU(3)(kl.Reshape((5, 1))(keras.ops.log(x - 9.0))))
    with pytest.raises(
        ParityError, match=r"expected numbers from Keras, got NaN on every input\. Give other inputs with rows="
    ):
        to_onnx(model)
    assert to_onnx(model, rows=[np.full(5, 12, np.float32)]).graph.node


def test_nan_where_keras_has_a_number_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = dataclasses.replace(table.CONVERTERS[kl.ReLU], write=lambda graph, layer, x: graph.add("Sqrt", x))
    monkeypatch.setitem(table.CONVERTERS, kl.ReLU, wrong)
    with pytest.raises(ParityError, match=r"^layer 're_lu' \(ReLU\): .* got a difference of inf on "):
        to_onnx(keras.Sequential([keras.Input((5,)), kl.ReLU(name="re_lu")]))


def test_a_folder_as_the_file_is_refused(make: Make) -> None:
    with pytest.raises(ExportError, match=r"^\.: expected a file, got a folder\. Name a file, such as model\.onnx\."):
        to_onnx(make("branches"), ".")


def test_a_subclass_that_cannot_be_traced_is_refused_with_the_reason() -> None:
    with pytest.raises(
        ExportError, match=r"^model 'u' \(Unlisted\): cannot be taken apart: A KerasTensor .* keras\.ops"
    ):
        lower(Unlisted(name="u"), inputs=keras.Input((None, 3)))


def test_a_subclass_that_was_never_called_needs_explicit_inputs() -> None:
    with pytest.raises(ExportError, match=r"^model 'early' \(Unlisted\): expected a built model or its inputs"):
        lower(Unlisted(name="early"))


def test_a_layer_that_calls_tensorflow_is_converted_by_tf2onnx_and_reported() -> None:
    x = keras.Input((None, 3), name="input")
    lowered = lower(keras.Model(x, kl.GRU(4)(RawTensorFlow(name="raw")(x))))
    assert [(way.title, way.loops) for way in lowered.foreign] == [("layer 'raw' (RawTensorFlow)", 0)]
    assert verify(lowered).largest_absolute <= 1e-5
    assert {"CumSum", "GRU"} <= set(operators(lowered))


def test_to_onnx_warns_of_conversion_by_tf2onnx(tmp_path: Path) -> None:
    x = keras.Input((None, 3), name="input")
    model = keras.Model(x, RawTensorFlow(name="raw")(x))
    with pytest.warns(UserWarning, match=r"^layer 'raw' \(RawTensorFlow\): converted by tf2onnx to \d+ nodes\.$"):
        to_onnx(model, tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").exists()


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("name", whole_cases())
def test_models_of_keras_layers_need_no_tf2onnx(make: Make, name: str) -> None:
    assert lower(make(name)).foreign == ()


def test_a_custom_compute_mask_is_applied() -> None:
    x = keras.Input((None, 3), name="input")
    lowered = lower(keras.Model(x, kl.LSTM(4, return_sequences=True)(EverySecond()(x))))
    assert "Greater" in operators(lowered)
    assert verify(lowered).largest_absolute <= 1e-5


def test_a_compute_mask_that_cannot_be_traced_is_refused() -> None:
    x = keras.Input((None, 3), name="input")
    every = EverySecond(name="e")
    model = keras.Model(x, kl.LSTM(4)(every(x)))
    every.raw = True
    with pytest.raises(
        ExportError, match=r"^layer 'e' \(EverySecond\): expected a compute_mask that can be traced, got: "
    ):
        lower(model)


def test_a_promise_of_right_padding_saves_nodes() -> None:
    model = keras.Sequential([encoder(), kl.LSTM(5)])
    promised, free = lower(model, right_padded=True), lower(model)
    assert verify(promised).patterns == ("full", "right-padded", "empty")
    assert "left-padded" in verify(free).patterns
    assert len(operators(promised)) < len(operators(free))


def test_a_broken_promise_of_right_padding_gives_wrong_outputs() -> None:
    lowered = lower(randomised(keras.Sequential([encoder(), kl.LSTM(5)])), right_padded=True)
    session = ort.InferenceSession(lowered.proto.SerializeToString(), providers=["CPUExecutionProvider"])
    ids = np.array([[0, 0, 3, 4]], lowered.subject.inputs[0].dtype)
    assert (
        np.abs(session.run(None, {session.get_inputs()[0].name: ids})[0] - lowered.subject.run([ids])[0]).max() > 1e-3
    )


def test_a_differing_layer_of_a_nested_model_is_named_with_that_model(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OPERATOR_OF, kl.GRU, dataclasses.replace(OPERATOR_OF[kl.GRU], gates="rzh"))
    with pytest.raises(
        ParityError, match=r"^model 'encoder' \(Functional\), layer 'gru' \(GRU\): expected the values of"
    ):
        to_onnx(make("nested"))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_a_model_of_mixed_precision_gives_a_file_in_float32(make: Make, policy: str) -> None:
    graph = lower(make(policy.replace("_", "-"))).proto.graph
    kinds = {info.type.tensor_type.elem_type for info in (*graph.input, *graph.output)}
    assert kinds == {1}
    assert {tensor.data_type for tensor in graph.initializer} <= {1, 6, 7}  # float32 and integers


def test_a_model_that_cannot_be_rebuilt_in_float32_is_refused() -> None:
    model = Subclassed()
    model.dtype_policy = "mixed_float16"
    with pytest.raises(ExportError, match=r"expected float32, got float16, which cannot be rebuilt in float32: "):
        lower(model, inputs=keras.Input((None,), dtype="int32"))
