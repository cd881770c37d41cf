"""What cannot be written exactly is refused, with the layer, the option and the remedy."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers as kl

from zoo.errors import ExportError
from zoo.export import to_onnx
from zoo.export.converters import lower

Make = Callable[..., keras.Model]


class Doubled(kl.Dense):
    def call(self, inputs):
        return super().call(inputs) * 2


class Subclass(keras.Model):
    def call(self, inputs):
        return inputs


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            lambda: kl.GaussianNoise(0.1, name="noise"),
            r"^layer 'noise' \(GaussianNoise\): this class cannot be exported\. Build the model from .*GRU.*\.$",
        ),
        (lambda: Doubled(2, name="d"), r"^layer 'd' \(Doubled\): this class cannot be exported"),
        (
            lambda: kl.Dense(2, activation=lambda x: x, name="d"),
            r"^layer 'd' \(Dense\): activation: expected one of elu, .*, got '<lambda>'\. Use one of them\.$",
        ),
        (
            lambda: kl.GRU(2, activation="gelu", name="g"),
            r"^layer 'g' \(GRU\): activation: expected one of elu, .*tanh, got 'gelu'",
        ),
        (
            lambda: kl.GRU(2, dtype="float16", name="g"),
            r"^layer 'g' \(GRU\): dtype: expected float32, got float16\. Rebuild the layer with dtype='float32'",
        ),
        (
            lambda: kl.Conv1D(2, 3, data_format="channels_first", name="c"),
            r"^layer 'c' \(Conv1D\): data_format: expected channels_last, got channels_first",
        ),
        (
            lambda: kl.LayerNormalization(axis=1, name="l"),
            r"^layer 'l' \(LayerNormalization\): expected the last axes and no rms_scaling, got axis=\[1\]",
        ),
        (
            lambda: kl.Bidirectional(kl.GRU(2), merge_mode=None, name="b"),
            r"^layer 'b' \(Bidirectional\): merge_mode: expected concat, sum, ave or mul, got None",
        ),
        (
            lambda: kl.Bidirectional(kl.GRU(2), backward_layer=kl.LSTM(2, go_backwards=True), name="b"),
            r"^layer 'b' \(Bidirectional\): expected two layers of one kind, .* got GRU and LSTM",
        ),
        (
            lambda: kl.Bidirectional(kl.GRU(2), backward_layer=kl.GRU(3, go_backwards=True), name="b"),
            r"^layer 'b' \(Bidirectional\): expected equal units in both directions, got 2 and 3",
        ),
        (
            lambda: kl.Normalization(mean=0.0, variance=1.0, invert=True, name="n"),
            r"^layer 'n' \(Normalization\): expected invert=False, got True",
        ),
        (
            lambda: kl.Softmax(axis=[1, 2], name="s"),
            r"^layer 's' \(Softmax\): expected no mask and one axis, got axis=",
        ),
    ],
)
def test_a_layer_that_cannot_be_written_is_named(make_sensor: Make, layer: Callable, message: str) -> None:
    model = make_sensor(layer(), time=7)
    with pytest.raises(ExportError, match=message):
        lower(model)


def test_a_stateful_layer_is_refused() -> None:
    model = keras.Sequential([keras.Input(batch_shape=(2, 5, 3)), kl.GRU(4, stateful=True, name="g")])
    with pytest.raises(ExportError, match=r"^layer 'g' \(GRU\): expected stateful=False, got True"):
        lower(model)


def test_zeroed_last_outputs_are_refused(make_text: Make) -> None:
    with pytest.raises(ExportError, match=r"^layer 'g' \(GRU\): expected zero_output_for_mask=False, got True"):
        lower(make_text(kl.GRU(4, zero_output_for_mask=True, name="g")))


def test_an_argument_that_no_converter_takes_is_refused() -> None:
    x, state = keras.Input((None, 3)), keras.Input((4,))
    model = keras.Model([x, state], kl.GRU(4, name="g")(x, initial_state=state))
    with pytest.raises(ExportError, match=r"^layer 'g' \(GRU\): is called with initial_state=, which cannot be"):
        lower(model)


def test_a_dropout_that_never_ends_is_refused() -> None:
    x = keras.Input((None, 3))
    with pytest.raises(ExportError, match=r"^layer 'd' \(Dropout\): expected a call without training=True"):
        lower(keras.Model(x, kl.Dropout(0.5, name="d")(x, training=True)))


def test_an_operation_that_is_not_known_is_named() -> None:
    x = keras.Input((None, 3))
    with pytest.raises(ExportError, match=r"^operation 'sin' \(Sin\): cannot be exported"):
        lower(keras.Model(x, keras.ops.sin(x)))


def test_a_model_without_layers_to_list_is_refused() -> None:
    with pytest.raises(ExportError, match=r"^model 'own' \(Subclass\): expected a Sequential or functional model"):
        lower(Subclass(name="own"))


def test_a_model_that_is_not_built_is_refused() -> None:
    with pytest.raises(ExportError, match=r"^model 'early': expected a built model\. Give it an Input"):
        lower(keras.Sequential([kl.Dense(2)], name="early"))


@pytest.mark.parametrize("spoilt", [np.nan, np.inf])
def test_weights_that_are_not_finite(spoilt: float) -> None:
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.GRU(4, name="g")])
    kernel, *rest = model.get_weights()
    kernel[1, 2] = spoilt
    model.set_weights([kernel, *rest])
    with pytest.raises(
        ExportError, match=r"g/gru_cell/kernel: expected finite weights, got NaN or infinity\. Train the"
    ):
        to_onnx(model)


def test_what_is_no_model() -> None:
    with pytest.raises(ExportError, match=r"^model: expected a Keras model, got int\."):
        to_onnx(3)  # type: ignore[arg-type]
