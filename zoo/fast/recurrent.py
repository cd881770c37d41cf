"""SimpleRNN, LSTM and GRU with Keras's arguments, weights and results that train faster on a CPU."""

from typing import Any

import keras
import tensorflow as tf
from keras import layers as kl

from zoo.fast import kernels
from zoo.fast.coverage import why_not


class Fast(kl.RNN):
    """The loop over time that the fast layers share."""

    fast_kernel: kernels.Kernel

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The kernels are compiled separately, because a fully compiled training step is slower.
        self.supports_jit = False

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """The loop over time, which Keras calls after preparing the states and before selecting the results."""
        masks = [leaf for leaf in keras.tree.flatten(mask) if leaf is not None]
        states = keras.tree.flatten(initial_state)
        covered = (
            why_not(self, self.fast_kernel) is None
            and len(states) >= len(self.state_size)
            and all(map(_of_steps, masks))
        )
        if not covered or _in_a_branch():
            return super().inner_loop(sequences, initial_state, mask, training=training)
        cell = self.cell
        inputs = tf.ensure_shape(tf.cast(sequences, self.compute_dtype), [None, None, cell.kernel.shape[0]])
        shape = tf.shape(inputs)
        if training and self.dropout:
            inputs = inputs * cell.get_dropout_mask(inputs[:, 0])[:, None]
        keep = None
        if masks:
            keep = tf.cast(masks[0], tf.bool)
            keep = tf.broadcast_to(keep[..., 0] if keep.shape.rank == 3 else keep, shape[:2])
        outputs, states = kernels.run(
            self.fast_kernel,
            inputs,
            kernels.Weights(*map(tf.convert_to_tensor, (cell.kernel, cell.recurrent_kernel, cell.bias))),
            tuple(tf.broadcast_to(state, [shape[0], self.state_size[0]]) for state in states[: len(self.state_size)]),
            keep,
            backwards=self.go_backwards,
            every_step=self.return_sequences,
        )
        last = states[0]
        if keep is not None:
            counts = keep if self.zero_output_for_mask else _begun(keep, self.go_backwards)
            last = tf.where(counts[:, 0 if self.go_backwards else -1, None], last, 0.0)
            outputs = None if outputs is None else tf.where(counts[:, :, None], outputs, 0.0)
        if outputs is None:
            outputs = last[:, None]
        elif self.go_backwards:
            outputs = tf.reverse(outputs, [1])  # Keras returns them in the order of computation
        return last, outputs, list(states)


def _in_a_branch() -> bool:
    """Whether the code is traced in a branch of `tf.cond`, whose gradient cannot refer to tensors inside the branch."""
    graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
    while graph is not None and type(graph).__name__ != "CondBranchFuncGraph":
        graph = getattr(graph, "outer_graph", None)
    return graph is not None


def _of_steps(mask: Any) -> bool:
    """Whether a mask is per time step; Keras also accepts one for each unit."""
    return len(mask.shape) < 3 or mask.shape[-1] == 1


def _begun(keep: tf.Tensor, backwards: bool) -> tf.Tensor:
    """(batch, time), False before the first valid step, where Keras's outputs are 0 instead of the initial state."""
    return tf.cumsum(tf.cast(keep, tf.int32), 1, reverse=backwards) > 0


@keras.saving.register_keras_serializable("zoo")
class SimpleRNN(Fast, kl.SimpleRNN):
    """`keras.layers.SimpleRNN` on a fast kernel."""

    fast_kernel = kernels.SIMPLE_RNN


@keras.saving.register_keras_serializable("zoo")
class LSTM(Fast, kl.LSTM):
    """`keras.layers.LSTM` on a fast kernel."""

    fast_kernel = kernels.LSTM


@keras.saving.register_keras_serializable("zoo")
class GRU(Fast, kl.GRU):
    """`keras.layers.GRU` on a fast kernel."""

    fast_kernel = kernels.GRU
