"""The same layer twice, Keras's own and the fast one, with equal weights; and what each of them computes."""

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
#: Largest difference, over the largest value of the array.
TOLERANCE = 1e-5

Function = Callable[..., list[Any]]


def twins(cell: str, make: Callable[[Any], Any], *, batch: int | None = None, seed: int = 0) -> tuple[Any, Any]:
    """What `make` makes of Keras's class and of ours, with equal random weights and biases.

    Args:
        cell: the name of the class.
        make: takes the class, returns a layer or a model that is not built yet.
        batch: its size, for layers that keep their states.
        seed: of the weights.
    """
    both = tuple(make(of_class) for of_class in CELLS[cell])
    for one in both:
        random = np.random.default_rng(seed)
        one.build((batch, None, FEATURES))
        for weight in one.weights:
            if weight.name != "rnn_state":
                weight.assign(random.normal(0, 0.5, weight.shape))
    return both


def inputs(time: int, seed: int = 0) -> np.ndarray:
    """(batch, time, features) of random numbers."""
    return np.random.default_rng(seed).standard_normal((BATCH, time, FEATURES)).astype(np.float32)


def states(cell: str, seed: int = 0) -> list[np.ndarray]:
    """Random initial states, (batch, units) each."""
    random = np.random.default_rng(seed + 1000)
    return [random.standard_normal((BATCH, UNITS)).astype(np.float32) for _ in range(1 + (cell == "LSTM"))]


def results(layer: Any, x: tf.Tensor, mask: Any = None, *initial: tf.Tensor, **options: Any) -> list[Any]:
    """What a call returns; then the gradients of all of that with respect to inputs, initial states and weights."""
    watched = [x, *initial]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        if initial:
            options["initial_state"] = list(initial)
        returned = keras.tree.flatten(layer(x, mask=mask, **options))
        # A sine, so that no two gradients of an output are equal; a shift, so that none belongs to two outputs.
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
    """`results` as a tf.function of (batch, time, features), with a mask or without, and so many initial states."""
    signature = [tf.TensorSpec((batch, time, FEATURES))]
    signature += [tf.TensorSpec((batch, time), tf.bool)] * masked + [tf.TensorSpec((batch, UNITS))] * initial

    def call(x: tf.Tensor, *more: tf.Tensor) -> list[Any]:
        mask, first = (more[0], more[1:]) if masked else (None, more)
        return results(layer, x, mask, *first, training=training)

    return tf.function(call, signature, autograph=False)


def apart(ours: Any, theirs: Any) -> float:
    """The largest difference of two arrays over the largest value; infinite where one is 0 and the other is not."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    if np.array_equal(ours, theirs):
        return 0.0
    largest = np.abs(theirs).max()
    return float(np.abs(ours - theirs).max() / largest) if largest else np.inf


def assert_same(ours: Iterable[Any], theirs: Iterable[Any], tolerance: float = TOLERANCE) -> None:
    found = [apart(one, other) for one, other in zip(ours, theirs, strict=True)]
    assert found
    assert max(found) <= tolerance, found
