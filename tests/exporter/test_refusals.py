"""What cannot be written exactly is refused, with the layer, the option and the remedy."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from zoo.core.errors import ExportError
from zoo.exporter import to_onnx
from zoo.exporter.converters.table import CONVERTERS
from zoo.exporter.lowering import lower

Make = Callable[..., keras.Model]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            lambda: kl.GRU(2, activation="gelu", name="g"),
            r"^layer 'g' \(GRU\): activation: expected one of .*tanh, got 'gelu'\. Use one of them\.$",
        ),
        (
            lambda: kl.RNN(kl.LSTMCell(2, recurrent_activation="silu", name="l")),
            r"^layer 'l' \(LSTMCell\): recurrent_activation: expected one of .*, got 'silu'",
        ),
    ],
)
def test_a_layer_that_cannot_be_written_is_refused(make_sensor: Make, layer: Callable, message: str) -> None:
    model = make_sensor(layer(), time=7)
    with pytest.raises(ExportError, match=message):
        lower(model)


def test_a_loop_is_never_written_in_place_of_a_refused_recurrent_layer() -> None:
    class Block(kl.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inner = kl.GRU(2, activation="gelu", name="g")

        def build(self, shape: tuple[int, ...]) -> None:
            self.inner.build(shape)

        def call(self, x: Any) -> Any:
            return self.inner(x)

    with pytest.raises(ExportError, match=r"^layer 'g' \(GRU\): activation: expected one of"):
        lower(keras.Sequential([keras.Input((None, 3)), Block()]))


def test_an_argument_unknown_to_the_converter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    x, state = keras.Input((None, 3)), keras.Input((4,))
    model = keras.Model([x, state], kl.GRU(4, name="g")(x, initial_state=state))
    monkeypatch.setitem(
        CONVERTERS, kl.GRU, replace(CONVERTERS[kl.GRU], write=lambda graph, layer, sequences: sequences)
    )
    with pytest.raises(
        ExportError, match=r"^layer 'g' \(GRU\): expected a call without initial_state=, which cannot be"
    ):
        lower(model)


def test_dropout_at_inference_is_refused() -> None:
    x = keras.Input((None, 3))
    with pytest.raises(ExportError, match=r"^layer 'd' \(Dropout\): expected a call without training=True"):
        lower(keras.Model(x, kl.Dropout(0.5, name="d")(x, training=True)))


def test_an_unbuilt_model_is_refused() -> None:
    with pytest.raises(ExportError, match=r"^model 'early': expected a built model\. Give it an Input"):
        lower(keras.Sequential([kl.Dense(2)], name="early"))


@pytest.mark.parametrize("spoilt", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(spoilt: float) -> None:
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.GRU(4, name="g")])
    kernel, *others = model.get_weights()
    kernel[1, 2] = spoilt
    model.set_weights([kernel, *others])
    with pytest.raises(
        ExportError, match=r"g/gru_cell/kernel: expected finite weights, got NaN or infinity\. Train the"
    ):
        to_onnx(model)


def test_an_object_other_than_a_model_is_refused() -> None:
    with pytest.raises(ExportError, match=r"^model: expected a Keras model, got int\."):
        to_onnx(3)  # type: ignore[arg-type]
