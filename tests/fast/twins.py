"""Pairs of Keras's own layer and the fast one, with equal weights, and their results and gradients."""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers as kl
from model_cases.making import FEATURES, UNITS

from zoo import fast as zl

#: Keras's class and ours.
CELLS: dict[str, tuple[Any, Any]] = {
    "SimpleRNN": (kl.SimpleRNN, zl.SimpleRNN),
    "LSTM": (kl.LSTM, zl.LSTM),
    "GRU": (kl.GRU, zl.GRU),
}
BATCH = 5
#: Largest allowed difference, relative to the largest value of the array.
TOLERANCE = 1e-5

Function = Callable[..., list[Any]]


def twins(cell: str, make: Callable[[Any], Any], *, batch: int | None = None, seed: int = 0) -> tuple[Any, Any]:
    """Keras's layer and ours as built by `make`, with equal random weights and biases.

    Args:
        cell: the name of the class.
        make: takes the class, returns an unbuilt layer or model.
        batch: batch size, for stateful layers.
        seed: seed of the weights.
    """
    both = tuple(make(of_class) for of_class in CELLS[cell])
    for layer in both:
        random = np.random.default_rng(seed)
        layer.build((batch, None, FEATURES))
        for weight in layer.weights:
            if weight.name != "rnn_state":
                weight.assign(random.normal(0, 0.5, weight.shape))
    return both


def inputs(time: int, seed: int = 0) -> np.ndarray:
    """Random inputs, (batch, time, features)."""
    return np.random.default_rng(seed).standard_normal((BATCH, time, FEATURES)).astype(np.float32)


def states(cell: str, seed: int = 0) -> list[np.ndarray]:
    """Random initial states, (batch, units) each."""
    random = np.random.default_rng(seed + 1000)
    return [random.standard_normal((BATCH, UNITS)).astype(np.float32) for _ in range(1 + (cell == "LSTM"))]


def results(layer: Any, x: tf.Tensor, mask: Any = None, *initial: tf.Tensor, **options: Any) -> list[Any]:
    """The results of a call, then their gradients with respect to inputs, initial states and weights."""
    watched = [x, *initial]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        if initial:
            options["initial_state"] = list(initial)
        returned = keras.tree.flatten(layer(x, mask=mask, **options))
        # The sine makes the gradients within an output differ; the shift makes them differ between outputs.
        loss = tf.add_n([tf.reduce_sum(tf.sin(3.0 * y + n)) for n, y in enumerate(returned)] + layer.losses)
    watched += [weight.value for weight in layer.trainable_weights]
    return [*returned, *tape.gradient(loss, watched, unconnected_gradients=tf.UnconnectedGradients.ZERO)]


def traced(
    layer: Any,
    *,
    batch: int | None = None,
    time: int | None = None,
    masked: bool = False,
    initial: int = 0,
    training: bool = False,
) -> Function:
    """`results` as a tf.function of (batch, time, features), with or without a mask, and with `initial` states."""
    signature = [tf.TensorSpec((batch, time, FEATURES))]
    signature += [tf.TensorSpec((batch, time), tf.bool)] * masked + [tf.TensorSpec((batch, UNITS))] * initial

    def call(x: tf.Tensor, *more: tf.Tensor) -> list[Any]:
        mask, first = (more[0], more[1:]) if masked else (None, more)
        return results(layer, x, mask, *first, training=training)

    return tf.function(call, signature, autograph=False)


def relative_difference(ours: Any, theirs: Any) -> float:
    """The largest difference of two arrays relative to the largest value; infinite if only `theirs` is all 0."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    if np.array_equal(ours, theirs):
        return 0.0
    largest = np.abs(theirs).max()
    return float(np.abs(ours - theirs).max() / largest) if largest else np.inf


def assert_same(ours: Iterable[Any], theirs: Iterable[Any], tolerance: float = TOLERANCE) -> None:
    differences = [relative_difference(got, expected) for got, expected in zip(ours, theirs, strict=True)]
    assert differences
    assert max(differences) <= tolerance, differences
