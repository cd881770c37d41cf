"""Builds the models of the table and fills them with random weights."""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers as kl

FEATURES, UNITS, WORDS = 3, 4, 11  # and batches of 5: no two sizes are equal

Build = Callable[[], keras.Model]


def sensor(*layers: kl.Layer, time: int | None = None) -> keras.Model:
    return keras.Sequential([keras.Input((time, FEATURES), name="input"), *layers])


def text(*layers: kl.Layer, masked: bool = True) -> keras.Model:
    """(batch, time) ids, embedded to FEATURES."""
    return keras.Sequential(
        [keras.Input((None,), dtype="int32", name="input"), kl.Embedding(WORDS, FEATURES, mask_zero=masked), *layers]
    )


def randomised(model: keras.Model, seed: int = 0) -> keras.Model:
    """Random numbers in every weight, biases and statistics included: a wrong order cannot hide behind zeros.

    Keeps the statistics of a Normalization, which its cases test, and the states of stateful layers.
    """
    random = np.random.default_rng(seed)
    kept = {id(weight) for layer in model.layers if isinstance(layer, kl.Normalization) for weight in layer.weights}
    for weight in model.weights:
        if id(weight) not in kept and "float" in weight.dtype and weight.name != "rnn_state":
            values = random.normal(0, 0.3, weight.shape)
            weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)
    return model
