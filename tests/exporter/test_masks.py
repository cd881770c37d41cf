"""Recurrent layers agree with Keras under any mask, for any number of rows and steps."""

from collections.abc import Callable
from functools import cache

import keras
import numpy as np
import onnxruntime as ort
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import layers as kl
from model_cases.making import FEATURES, UNITS, randomised

from zoo.exporter.lowering import lower

CELLS = {"SimpleRNN": kl.SimpleRNN, "LSTM": kl.LSTM, "GRU": kl.GRU}


def backwards(layer: kl.RNN) -> kl.Layer:
    return type(layer).from_config(layer.get_config() | {"go_backwards": True})


def zeroed(layer: kl.RNN) -> kl.Layer:
    return type(layer).from_config(layer.get_config() | {"zero_output_for_mask": True})


WAYS: dict[str, Callable[[kl.RNN], kl.Layer]] = {
    "forwards": lambda layer: layer,
    "backwards": backwards,
    "zeroed": zeroed,
    "zeroed-backwards": lambda layer: zeroed(backwards(layer)),
    "both": kl.Bidirectional,
}

#: (batch, time) bool.
MASKS = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9))
#: Number of valid steps of each row, and number of steps.
ENDS = st.integers(1, 9).flatmap(lambda time: st.tuples(st.lists(st.integers(0, time), min_size=1), st.just(time)))

#: The Keras model, and the files without and with the promise of right padding.
Model = tuple[Callable[..., list[tf.Tensor]], ort.InferenceSession, ort.InferenceSession]


@cache
def exported(cell: str, sequences: bool, way: str) -> Model:
    """One layer that takes a mask and initial states, and returns its final states."""
    layer = WAYS[way](CELLS[cell](UNITS, return_sequences=sequences, return_state=True))
    x, mask = keras.Input((None, FEATURES), name="input"), keras.Input((None,), dtype="bool", name="mask")
    states = [keras.Input((UNITS,), name=f"state{number}") for number in range(len(layer(x)) - 1)]
    model = randomised(keras.Model([x, mask, *states], layer(x, initial_state=states, mask=mask)))
    written = [lower(model, right_padded=promised).proto.SerializeToString() for promised in (False, True)]
    general, promised = (ort.InferenceSession(proto, providers=["CPUExecutionProvider"]) for proto in written)
    signature = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in model.inputs]
    # Traced once for all sizes, because eager loops of Keras would take most of this file's time.
    return tf.function(lambda *tensors: model(list(tensors), training=False), signature), general, promised


def inputs(session: ort.InferenceSession, mask: np.ndarray) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    batch, time = mask.shape
    shapes = {"input": (batch, time, FEATURES), "mask": (batch, time)}
    shapes |= {tensor.name: (batch, UNITS) for tensor in session.get_inputs()[2:]}
    arrays = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    return arrays | {"mask": mask}


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=25, deadline=None)
@given(mask=MASKS)
def test_any_mask_gives_the_results_of_keras(cell: str, sequences: bool, way: str, mask: np.ndarray) -> None:
    model, general, _ = exported(cell, sequences, way)
    feed = inputs(general, mask)
    for got, expected in zip(general.run(None, feed), model(*feed.values()), strict=True):
        np.testing.assert_allclose(np.asarray(got), np.asarray(expected), rtol=0, atol=1e-5)


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=25, deadline=None)
@given(ends=ENDS)
def test_the_promise_of_right_padding_changes_nothing(
    cell: str, sequences: bool, way: str, ends: tuple[list[int], int]
) -> None:
    _, general, promised = exported(cell, sequences, way)
    valid, time = ends
    feed = inputs(general, np.arange(time) < np.array(valid)[:, np.newaxis])
    for got, expected in zip(promised.run(None, feed), general.run(None, feed), strict=True):
        np.testing.assert_allclose(np.asarray(got), np.asarray(expected), rtol=0, atol=1e-5)
