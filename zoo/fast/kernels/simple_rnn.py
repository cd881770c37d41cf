"""SimpleRNN (Elman, Cognitive Science 14, 1990): h' = tanh(x W + h U + b)."""

import keras
import tensorflow as tf

from zoo.fast.kernels.kernel import Gradients, Kernel, Sequence, States, Tape, Weights
from zoo.fast.kernels.over_time import backward, before, compiled, forward, project, put


@compiled
def _forward(inputs: tf.Tensor, weights: Weights, states: States, sequence: Sequence) -> Tape:
    keep = sequence.keep

    def step(t: tf.Tensor, h: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        after = tf.tanh(rows[:, t] + tf.matmul(h, weights.recurrent_kernel) + weights.bias)
        if keep is not None:
            after = tf.where(keep[:, t, None], after, h)
        return after, put(rows, t, after)

    h, outputs = forward(sequence, step, states[0], project(inputs, weights.kernel))
    return Tape(outputs, (h,), ())


@compiled
def _backward(
    d_outputs: tf.Tensor | None, d_states: States, weights: Weights, states: States, sequence: Sequence, tape: Tape
) -> Gradients:
    """With a = x W + h U + b: da = dh' (1 - h'^2), dh = da U^T; at a masked step da = 0, dh = dh'."""
    keep = sequence.keep
    transposed = tf.transpose(weights.recurrent_kernel)
    slope = 1.0 - tape.outputs * tape.outputs
    if keep is not None:
        slope = tf.where(keep[:, :, None], slope, 0.0)

    def step(t: tf.Tensor, dh: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        if d_outputs is not None:
            dh += d_outputs[:, t]
        da = dh * rows[:, t]
        through = tf.matmul(da, transposed)
        if keep is not None:
            through += tf.where(keep[:, t, None], 0.0, dh)
        return through, put(rows, t, da)

    dh, da = backward(sequence, step, d_states[0], slope)
    return Gradients(da, None, (dh,), before(sequence, states[0], tape.outputs))


SIMPLE_RNN = Kernel(_forward, _backward, {"activation": keras.activations.tanh})
