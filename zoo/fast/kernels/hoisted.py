"""Runs a recurrent layer over complete sequences, hoisting everything out of the loop that needs no previous step.

One matrix product projects the inputs of all steps, and one gives each weight's gradient; only the product with the
state stays in the loop (as on a GPU in Appleyard et al., https://arxiv.org/abs/1604.01946).
"""

from typing import cast

import keras
import tensorflow as tf

from zoo.core.errors import TrainError
from zoo.fast.kernels.kernel import Backward, Gradients, Kernel, Sequence, States, Tape, Weights
from zoo.fast.kernels.over_time import project


def run(
    cell: Kernel,
    inputs: tf.Tensor,
    weights: Weights,
    states: States,
    keep: tf.Tensor | None,
    *,
    backwards: bool,
    every_step: bool,
) -> tuple[tf.Tensor | None, States]:
    """Runs a cell over the inputs; differentiable once with respect to inputs, weights and states.

    Args:
        cell: the kernel.
        inputs: (batch, time, features) float32.
        weights: the cell's weights.
        states: initial states.
        keep: (batch, time) bool, False at masked steps, which do not change the states; None: no step is masked.
        backwards: whether to run from the last step to the first.
        every_step: whether to return the state after each step.

    Returns:
        (batch, time, units), the first state after each step at that step's index, or None; and the final states.
    """
    batch, time, _ = inputs.shape
    steps = tf.shape(inputs)[1]
    if inputs.shape[1] is None or tf.executing_eagerly():
        more = padded_length(steps) - steps

        def padded(values: tf.Tensor) -> tf.Tensor:
            return tf.pad(values, [[0, 0], [0, more], [0, 0]][: values.shape.rank])

        def cut(values: tf.Tensor) -> tf.Tensor:
            return values[:, :steps]
    else:
        padded = cut = tf.identity
    sequence = Sequence(steps, None if keep is None else padded(keep), backwards)

    @tf.custom_gradient
    def differentiable(inputs: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor, *states: tf.Tensor):
        weights = Weights(kernel, recurrent, bias)
        # A persistent tape would request the gradient of the loop itself, which has none.
        unwatched = keras.tree.map_structure(tf.stop_gradient, (padded(inputs), weights, states))
        tape = Tape(*cell.forward(*cast("tuple[tf.Tensor, Weights, States]", unwatched), sequence))

        def gradient(*results: tf.Tensor) -> tuple[tf.Tensor, ...]:
            d_outputs, d_states = (padded(results[0]), results[1:]) if every_step else (None, results)
            d = _once(cell.backward, d_outputs, d_states, weights, states, sequence, tape)
            d_inputs = cut(d.inputs)
            d_recurrent = d_inputs if d.recurrent is None else cut(d.recurrent)
            d_input_bias = _sum(d_inputs)
            d_bias = d_input_bias if bias.shape.rank == 1 else tf.stack([d_input_bias, _sum(d_recurrent)])
            return (
                project(d_inputs, tf.transpose(kernel)),
                _product_over_time(inputs, d_inputs),
                _product_over_time(cut(d.before), d_recurrent),
                d_bias,
                *d.states,
            )

        return ((cut(tape.outputs), *tape.states) if every_step else tape.states), gradient

    results = cast("States", differentiable(inputs, *weights, *states))
    for result in results:
        is_sequence = every_step and result is results[0]
        result.set_shape((batch, time, weights.units) if is_sequence else (batch, weights.units))
    return (results[0], results[1:]) if every_step else (None, results)


def _once(
    backward: Backward,
    d_outputs: tf.Tensor | None,
    d_states: States,
    weights: Weights,
    states: States,
    sequence: Sequence,
    tape: Tape,
) -> Gradients:
    """Calls `backward`. An outer tape may record it; only a request for second derivatives is refused."""
    arguments = (d_outputs, d_states, weights, states)

    def stopped(leaf: tf.Tensor | None) -> tf.Tensor | None:
        return None if leaf is None else tf.stop_gradient(leaf)

    @tf.custom_gradient
    def shielded(*_: tf.Tensor):
        unwatched = cast(
            "tuple[tf.Tensor | None, States, Weights, States]", keras.tree.map_structure(stopped, arguments)
        )
        gradients = Gradients(*backward(*unwatched, sequence, tape))
        recurrent = () if gradients.recurrent is None else (gradients.recurrent,)
        return (gradients.inputs, gradients.before, *gradients.states, *recurrent), _refused

    tensors = (leaf for leaf in keras.tree.flatten(arguments) if leaf is not None)
    inputs, before, *others = cast("States", shielded(*tensors))
    count = len(d_states)
    return Gradients(inputs, others[count] if len(others) > count else None, tuple(others[:count]), before)


def _refused(*_: tf.Tensor) -> tuple[tf.Tensor, ...]:
    raise TrainError(
        "zoo.fast: expected one reverse-mode derivative, got a second or a forward-mode one. "
        "Use zoo.fast.stock(model), or Keras's own layers."
    )


def padded_length(steps: tf.Tensor) -> tf.Tensor:
    """Rounds up to one of a few lengths, so that each is compiled once; adds at most an eighth on average.

    16, 32, 48, ... 128, 160, ... 256, 320, ... 512: four per doubling.
    """
    # The largest power of 2 below `steps`, as a shift: floating-point logarithms are off by one near powers.
    below = tf.reduce_sum(tf.cast(tf.bitwise.left_shift(1, tf.range(30)) < steps, tf.int32)) - 1
    size = tf.maximum(16, tf.bitwise.left_shift(1, tf.maximum(below - 2, 0)))
    return -(-steps // size) * size


def _rows(values: tf.Tensor) -> tf.Tensor:
    return tf.reshape(values, [-1, values.shape[-1]])


def _product_over_time(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """(batch, time, a) and (batch, time, b) to (a, b)."""
    return tf.matmul(_rows(left), _rows(right), transpose_a=True)


def _sum(values: tf.Tensor) -> tf.Tensor:
    """(batch, time, b) to (b,), as a product, which is three times as fast as TensorFlow's sum."""
    rows = _rows(values)
    return tf.matmul(tf.ones([1, tf.shape(rows)[0]], rows.dtype), rows)[0]
