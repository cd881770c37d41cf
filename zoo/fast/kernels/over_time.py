"""The loop over time, compiled by XLA.

A compiled loop runs fast if each of its steps consists of a few kernels that work in place. XLA decides what becomes a
kernel; three measured rules guide it:

* If one kernel has two tanh, neither is vectorised: 23 us instead of 3 us for (64, 64). A tanh that is used in several
  places, or that is stored or returned, gets its own kernel.
* A pass over memory costs as much as the arithmetic. So the forward run computes the factors for the backward run,
  while their parts are at hand, instead of storing the parts; and a step overwrites its own inputs, which nothing
  reads any more: the factors replace the projected inputs, the gradients replace the factors. A program that returns a
  buffer twice copies it.
* Overwriting the inputs works in place only if one kernel reads the old value. A product that is both stored and
  multiplied with a matrix is one kernel; a product of which parts are used in several places is recomputed in each,
  and then XLA copies the complete buffer at every step.

A row is sliced as `values[:, t][:, :units]`, because XLA slices wrongly where a computed and a constant index meet, as
in `values[:, t, units:]`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.compiler.tf2xla.ops import gen_xla_ops

from zoo.fast.kernels.kernel import Sequence


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as one XLA program, compiled once for every shape."""
    return tf.function(function, jit_compile=True, autograph=False)


def forward(sequence: Sequence, step: Callable[..., tuple[Any, ...]], *values: Any) -> tuple[Any, ...]:
    """Runs `step(t, *values) -> values` over all time steps, in the sequence's order.

    Returns:
        The values after the last step.
    """
    return _loop(sequence.steps, sequence.backwards, step, values)


def backward(sequence: Sequence, step: Callable[..., tuple[Any, ...]], *values: Any) -> tuple[Any, ...]:
    """Like `forward`, in the opposite order."""
    return _loop(sequence.steps, not sequence.backwards, step, values)


def put(buffer: tf.Tensor, t: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    """The (batch, time, ...) buffer with `value` at step `t`, which TensorFlow's own ops cannot express to XLA."""
    # In a loop, where the old buffer is not used again, XLA writes in place.
    return gen_xla_ops.xla_dynamic_update_slice(buffer, value[:, None], tf.stack([0, t, 0]))


def before(sequence: Sequence, first: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """(batch, length, units): for each step the value after the previous step, in the sequence's order.

    Args:
        sequence: the steps.
        first: (batch, units), the value before the first step.
        values: (batch, length, units), the value after each step.
    """
    if not sequence.backwards:
        return tf.concat([first[:, None], values[:, :-1]], 1)
    last = tf.range(tf.shape(values)[1])[:, None] == sequence.steps - 1
    return tf.where(last, first[:, None], tf.concat([values[:, 1:], first[:, None]], 1))


def project(values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """(batch, time, features) times (features, units), as one product of two matrices."""
    shape = tf.concat([tf.shape(values)[:2], tf.shape(weights)[1:]], 0)
    return tf.reshape(tf.matmul(tf.reshape(values, [-1, weights.shape[0]]), weights), shape)


def buffer_for(rows: tf.Tensor, units: int) -> tf.Tensor:
    """(batch, length, units) of zeros to `put` values into, for `rows` of (batch, length, anything)."""
    return tf.zeros(tf.concat([tf.shape(rows)[:2], [units]], 0), rows.dtype)


def sigmoid(values: tf.Tensor) -> tf.Tensor:
    """1 / (1 + e^-x). XLA's own is 1/2 + tanh(x/2)/2, which leaves only rounding errors of a nearly closed gate."""
    return 1.0 / (1.0 + tf.exp(-values))


def per_gate(units: int, *factors: float) -> tf.Tensor:
    """(gates * units,): each factor repeated for all units of its gate."""
    return tf.constant(np.repeat(np.asarray(factors, np.float32), units))


def _loop(
    steps: tf.Tensor, from_last: bool, step: Callable[..., tuple[Any, ...]], values: tuple[Any, ...]
) -> tuple[Any, ...]:
    # The index is a loop variable, not computed from the number of steps: XLA would treat that as a constant, and
    # compile again for every length.
    def body(t: tf.Tensor, *values: Any) -> tuple[Any, ...]:
        return t - 1 if from_last else t + 1, *step(t, *values)

    start = steps - 1 if from_last else tf.constant(0)
    return tf.while_loop(lambda t, *_: t >= 0 if from_last else t < steps, body, (start, *values))[1:]
