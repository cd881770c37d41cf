"""The loop over time, compiled by XLA.

A compiled loop runs fast if each of its steps is a few kernels that work in place. XLA decides what becomes a kernel;
three habits make it decide well, each measured:

* Of two tanh in one kernel neither is vectorised: 23 us instead of 3 us for (64, 64). A tanh that is used in several
  places, or that is stored or returned, gets a kernel of its own.
* A pass over memory costs as much as the arithmetic. So what the way back multiplies with is computed on the way
  forth, where its parts are at hand, instead of the parts being stored and read again; and a step writes its results
  over its own inputs, which nothing reads any more: the factors over the projected inputs, the gradients over the
  factors. A program that returns a buffer twice copies it.
* Writing over the inputs works in place only if the old value is read by one kernel. A product of it that is both
  stored and multiplied with a matrix is one; a product of which parts are used in several places is computed anew in
  each, and then XLA copies the whole buffer at every step.

A row is cut as `values[:, t][:, :units]`: of `values[:, t, units:]`, with a place that is computed beside one that is
not, XLA makes the wrong slice.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.compiler.tf2xla.ops import gen_xla_ops

from zoo.fast.kernels.kernel import Sequence


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as one XLA program, compiled anew for every shape."""
    return tf.function(function, jit_compile=True, autograph=False)


def forth(sequence: Sequence, step: Callable[..., tuple[Any, ...]], *values: Any) -> tuple[Any, ...]:
    """Runs `step(t, *values) -> values` over all time steps, in the sequence's order.

    Returns:
        The values after the last step.
    """
    return _loop(sequence.steps, sequence.backwards, step, values)


def back(sequence: Sequence, step: Callable[..., tuple[Any, ...]], *values: Any) -> tuple[Any, ...]:
    """The same in the opposite order."""
    return _loop(sequence.steps, not sequence.backwards, step, values)


def put(buffer: tf.Tensor, t: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    """The (batch, time, ...) buffer with `value` at step `t`. TensorFlow's own ops cannot say this to XLA."""
    # In a loop whose result is used no more, XLA writes in place.
    return gen_xla_ops.xla_dynamic_update_slice(buffer, value[:, None], tf.stack([0, t, 0]))


def before(sequence: Sequence, first: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """(batch, room, units): for each step the value after the step before it, in the sequence's order.

    Args:
        sequence: the steps.
        first: (batch, units), the value before the first step.
        values: (batch, room, units), the value after each step.
    """
    if not sequence.backwards:
        return tf.concat([first[:, None], values[:, :-1]], 1)
    last = tf.range(tf.shape(values)[1])[:, None] == sequence.steps - 1
    return tf.where(last, first[:, None], tf.concat([values[:, 1:], first[:, None]], 1))


def project(values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """(batch, time, features) times (features, units), as one product of two matrices."""
    shape = tf.concat([tf.shape(values)[:2], tf.shape(weights)[1:]], 0)
    return tf.reshape(tf.matmul(tf.reshape(values, [-1, weights.shape[0]]), weights), shape)


def room_for(rows: tf.Tensor, units: int) -> tf.Tensor:
    """(batch, room, units) of zeros to `put` values into, for the (batch, room, anything) `rows`."""
    return tf.zeros(tf.concat([tf.shape(rows)[:2], [units]], 0), rows.dtype)


def sigmoid(values: tf.Tensor) -> tf.Tensor:
    """1 / (1 + e^-x). XLA's own is 1/2 + tanh(x/2)/2: of a nearly closed gate that leaves nothing but rounding."""
    return 1.0 / (1.0 + tf.exp(-values))


def per_gate(units: int, *factors: float) -> tf.Tensor:
    """(gates * units,), each factor repeated for all units of its gate."""
    return tf.constant(np.repeat(np.asarray(factors, np.float32), units))


def _loop(
    steps: tf.Tensor, from_last: bool, step: Callable[..., tuple[Any, ...]], values: tuple[Any, ...]
) -> tuple[Any, ...]:
    # The place is carried along rather than computed from the number of steps: XLA would take that for a constant, and
    # compile anew for every length.
    def body(t: tf.Tensor, *values: Any) -> tuple[Any, ...]:
        return t - 1 if from_last else t + 1, *step(t, *values)

    start = steps - 1 if from_last else tf.constant(0)
    return tf.while_loop(lambda t, *_: t >= 0 if from_last else t < steps, body, (start, *values))[1:]
