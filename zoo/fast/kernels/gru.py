"""GRU (Cho et al., 2014) with the reset after the product, as cuDNN and `reset_after=True` have it; gates z r h.

z, r = sigmoid(a_z + u_z), sigmoid(a_r + u_r)    n = tanh(a_h + r u_h)    a = x W + b[0]    u = h U + b[1]
h' = z h + (1 - z) n
"""

import keras
import tensorflow as tf

from zoo.fast.kernels.kernel import Gradients, Kernel, Sequence, States, Tape, Weights
from zoo.fast.kernels.over_time import backward, before, buffer_for, compiled, forward, per_gate, project, put, sigmoid


@compiled
def _forward(inputs: tf.Tensor, weights: Weights, states: States, sequence: Sequence) -> Tape:
    """Saves the factors of each step's gradients, see `_backward`."""
    units, bias, keep = weights.units, weights.bias, sequence.keep
    # The two biases of z and r go into the same sum; the recurrent bias of h is inside r u_h.
    input_bias = bias[0] + bias[1] * per_gate(units, 1.0, 1.0, 0.0)
    recurrent_bias = bias[1, 2 * units :]

    def step(
        t: tf.Tensor, h: tf.Tensor, outputs: tf.Tensor, rows: tf.Tensor, saved: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        a, u = rows[:, t] + input_bias, tf.matmul(h, weights.recurrent_kernel)
        z, r = tf.split(sigmoid(a[:, : 2 * units] + u[:, : 2 * units]), 2, -1)
        u_h = u[:, 2 * units :] + recurrent_bias
        n = tf.tanh(a[:, 2 * units :] + r * u_h)
        after = n + z * (h - n)
        of_a_h = (1.0 - z) * (1.0 - n * n)
        of_u = tf.concat([(h - n) * z * (1.0 - z), of_a_h * u_h * r * (1.0 - r), of_a_h * r], 1)
        factors = tf.concat([of_a_h, z], 1)
        if keep is not None:
            kept = keep[:, t, None]
            after = tf.where(kept, after, h)
            of_u, factors = tf.where(kept, of_u, 0.0), tf.where(kept, factors, per_gate(units, 0.0, 1.0))
        return after, put(outputs, t, after), put(rows, t, of_u), put(saved, t, factors)

    rows = project(inputs, weights.kernel)
    h, outputs, of_u, saved = forward(
        sequence, step, *states, buffer_for(rows, units), rows, buffer_for(rows, 2 * units)
    )
    return Tape(outputs, (h,), (of_u, saved))


@compiled
def _backward(
    d_outputs: tf.Tensor | None, d_states: States, weights: Weights, states: States, sequence: Sequence, tape: Tape
) -> Gradients:
    """Each step's gradients are dh' times precomputed factors.

        da_h = dh' (1 - z) (1 - n^2)    da_r = du_r = da_h u_h r (1 - r)    da_z = du_z = dh' (h - n) z (1 - z)
        du_h = da_h r    dh = dh' z + du U^T

    At a masked step da = du = 0, dh = dh'.
    """
    units = weights.units
    of_u, saved = tape.saved
    transposed = tf.transpose(weights.recurrent_kernel)

    def step(t: tf.Tensor, dh: tf.Tensor, rows: tf.Tensor, candidates: tf.Tensor) -> tuple[tf.Tensor, ...]:
        if d_outputs is not None:
            dh += d_outputs[:, t]
        of_a_h, of_h = saved[:, t][:, :units], saved[:, t][:, units:]
        du = tf.concat([dh, dh, dh], 1) * rows[:, t]
        through = dh * of_h + tf.matmul(du, transposed)
        return through, put(rows, t, du), put(candidates, t, dh * of_a_h)

    dh, du, da_h = backward(sequence, step, *d_states, of_u, buffer_for(of_u, units))
    da = tf.concat([du[:, :, : 2 * units], da_h], -1)
    return Gradients(da, du, (dh,), before(sequence, states[0], tape.outputs))


GRU = Kernel(
    _forward,
    _backward,
    {"activation": keras.activations.tanh, "recurrent_activation": keras.activations.sigmoid, "reset_after": True},
)
