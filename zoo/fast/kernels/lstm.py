"""LSTM (Hochreiter & Schmidhuber, 1997; forget gate: Gers et al., 2000); gates i f g o, in Keras's order.

i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)    g = tanh(a_g)    a = x W + h U + b
c' = f c + i g    h' = o tanh(c')
"""

import keras
import tensorflow as tf

from zoo.fast.kernels.kernel import Gradients, Kernel, Sequence, States, Tape, Weights
from zoo.fast.kernels.over_time import backward, before, buffer_for, compiled, forward, per_gate, project, put, sigmoid


@compiled
def _forward(inputs: tf.Tensor, weights: Weights, states: States, sequence: Sequence) -> Tape:
    """Saves the factors of each step's gradients, see `_backward`."""
    units, keep = weights.units, sequence.keep

    def step(
        t: tf.Tensor, h: tf.Tensor, c: tf.Tensor, outputs: tf.Tensor, rows: tf.Tensor, saved: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        a = rows[:, t] + tf.matmul(h, weights.recurrent_kernel) + weights.bias
        i, f, _, o = tf.split(sigmoid(a), 4, -1)
        g = tf.tanh(a[:, 2 * units : 3 * units])
        c_after = f * c + i * g
        tanh_c = tf.tanh(c_after)
        h_after = o * tanh_c
        of_a = tf.concat([g * i * (1.0 - i), c * f * (1.0 - f), i * (1.0 - g * g), tanh_c * o * (1.0 - o)], 1)
        factors = tf.concat([o * (1.0 - tanh_c * tanh_c), f], 1)
        if keep is not None:
            kept = keep[:, t, None]
            h_after, c_after = tf.where(kept, h_after, h), tf.where(kept, c_after, c)
            of_a, factors = tf.where(kept, of_a, 0.0), tf.where(kept, factors, per_gate(units, 0.0, 1.0))
        return h_after, c_after, put(outputs, t, h_after), put(rows, t, of_a), put(saved, t, factors)

    rows = project(inputs, weights.kernel)
    h, c, outputs, of_a, saved = forward(
        sequence, step, *states, buffer_for(rows, units), rows, buffer_for(rows, 2 * units)
    )
    return Tape(outputs, (h, c), (of_a, saved))


@compiled
def _backward(
    d_outputs: tf.Tensor | None, d_states: States, weights: Weights, states: States, sequence: Sequence, tape: Tape
) -> Gradients:
    """Each step's gradients are incoming gradients times precomputed factors.

        e = dh' o (1 - tanh(c')^2) + dc'    dc = e f    dh = da U^T
        da_i = e g i (1 - i)    da_f = e c f (1 - f)    da_g = e i (1 - g^2)    da_o = dh' tanh(c') o (1 - o)

    At a masked step da = 0, dc = dc', dh = dh'.
    """
    units, keep = weights.units, sequence.keep
    of_a, saved = tape.saved
    transposed = tf.transpose(weights.recurrent_kernel)

    def step(t: tf.Tensor, dh: tf.Tensor, dc: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, ...]:
        if d_outputs is not None:
            dh += d_outputs[:, t]
        of_h, of_c = saved[:, t][:, :units], saved[:, t][:, units:]
        e = dh * of_h + dc
        da = tf.concat([e, e, e, dh], 1) * rows[:, t]
        through = tf.matmul(da, transposed)
        if keep is not None:
            through += tf.where(keep[:, t, None], 0.0, dh)
        return through, e * of_c, put(rows, t, da)

    dh, dc, da = backward(sequence, step, *d_states, of_a)
    return Gradients(da, None, (dh, dc), before(sequence, states[0], tape.outputs))


LSTM = Kernel(
    _forward, _backward, {"activation": keras.activations.tanh, "recurrent_activation": keras.activations.sigmoid}
)
