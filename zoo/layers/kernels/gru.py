"""GRU (Cho et al., 2014) with the reset after the product, as cuDNN and `reset_after=True` have it; gates z r h.

    z, r = sigmoid(a_z + u_z), sigmoid(a_r + u_r)    n = tanh(a_h + r u_h)    a = x W + b[0]    u = h U + b[1]
    h' = z h + (1 - z) n

Sigmoids are computed as sigmoid(a) = 1/2 + tanh(a/2)/2; the halves go into the weights.
"""

import tensorflow as tf

from zoo.layers.kernels.kernel import Gradients, Kernel, Sequence, States, Tape, Weights
from zoo.layers.kernels.over_time import back, before, compiled, forth, per_gate, project, put, zeros


@compiled
def _forward(inputs: tf.Tensor, weights: Weights, states: States, sequence: Sequence) -> Tape:
    keep = sequence.keep
    units, bias = weights.units, weights.bias
    halves = per_gate(units, 0.5, 0.5, 1.0)
    recurrent_kernel = weights.recurrent_kernel * halves
    # The two biases of z and r are added to the same sum; that of h stands inside r u_h.
    input_bias = (bias[0] + bias[1] * per_gate(units, 1.0, 1.0, 0.0)) * halves
    recurrent_bias = bias[1, 2 * units :]

    def step(
        t: tf.Tensor, h: tf.Tensor, outputs: tf.Tensor, rows: tf.Tensor, candidates: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        a, u = rows[:, t] + input_bias, tf.matmul(h, recurrent_kernel)
        tanh = tf.tanh(a[:, : 2 * units] + u[:, : 2 * units])
        z, r = _gates(tanh)
        u_h = u[:, 2 * units :] + recurrent_bias
        n = tf.tanh(a[:, 2 * units :] + r * u_h)
        after = n + z * (h - n)
        if keep is not None:
            after = tf.where(keep[:, t, None], after, h)
        return after, put(outputs, t, after), put(rows, t, tf.concat([tanh, n], 1)), put(candidates, t, u_h)

    rows = project(inputs, weights.kernel * halves)
    h, outputs, gates, u_h = forth(sequence, step, *states, zeros(rows, *states), rows, zeros(rows, *states))
    return Tape(outputs, (h,), (gates, u_h))


@compiled
def _backward(
    d_outputs: tf.Tensor | None, d_states: States, weights: Weights, states: States, sequence: Sequence, tape: Tape
) -> Gradients:
    """Each step's gradients are dh' times factors that are known beforehand.

        da_h = dh' (1 - z) (1 - n^2)    da_r = du_r = da_h u_h r (1 - r)    da_z = du_z = dh' (h - n) z (1 - z)
        du_h = da_h r    dh = dh' z + du U^T

    At a masked step da = du = 0, dh = dh'.
    """
    keep = sequence.keep
    gates, u_h = tape.saved
    units = weights.units
    transposed = tf.transpose(weights.recurrent_kernel)
    z, r = _gates(gates[:, :, : 2 * units])
    n = gates[:, :, 2 * units :]
    h = before(sequence, states[0], tape.outputs)
    of_a_h = (1.0 - z) * (1.0 - n * n)
    of_u = tf.concat([(h - n) * z * (1.0 - z), of_a_h * u_h * r * (1.0 - r), of_a_h * r], -1)
    if keep is not None:
        kept = keep[:, :, None]
        of_u, of_a_h, z = tf.where(kept, of_u, 0.0), tf.where(kept, of_a_h, 0.0), tf.where(kept, z, 1.0)

    def step(t: tf.Tensor, dh: tf.Tensor, rows: tf.Tensor, candidates: tf.Tensor) -> tuple[tf.Tensor, ...]:
        if d_outputs is not None:
            dh += d_outputs[:, t]
        du = tf.concat([dh, dh, dh], 1) * rows[:, t]
        through = dh * z[:, t] + tf.matmul(du, transposed)
        return through, put(rows, t, du), put(candidates, t, dh * candidates[:, t])

    dh, du, da_h = back(sequence, step, *d_states, of_u, of_a_h)
    return Gradients(tf.concat([du[:, :, : 2 * units], da_h], -1), du, (dh,), h)


def _gates(tanh: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    z, r = tf.split(tanh, 2, -1)
    return 0.5 * z + 0.5, 0.5 * r + 0.5


GRU = Kernel(_forward, _backward)
