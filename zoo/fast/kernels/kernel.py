"""The interface of a kernel: the functions that `hoisted.run` calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import tensorflow as tf

#: Initial or final states, or their gradients: (batch, units) each.
States = tuple[tf.Tensor, ...]


class Weights(NamedTuple):
    """A cell's weights, in Keras's layout.

    Attributes:
        kernel: (features, gates * units).
        recurrent_kernel: (units, gates * units).
        bias: (gates * units,), or (2, gates * units) if the projected state has a separate bias.
    """

    kernel: tf.Tensor
    recurrent_kernel: tf.Tensor
    bias: tf.Tensor

    @property
    def units(self) -> int:
        """Size of the state."""
        return int(self.recurrent_kernel.shape[0])  # pyright: ignore[reportArgumentType] # known once it is built


class Sequence(NamedTuple):
    """The valid steps of the inputs, and the order in which to run them.

    Attributes:
        steps: () int32, number of time steps; the arrays may be padded to `length` steps.
        keep: (batch, length) bool, False at masked steps, which do not change the states; None: no step is masked.
        backwards: whether to run from the last step to the first.
    """

    steps: tf.Tensor
    keep: tf.Tensor | None
    backwards: bool


class Tape(NamedTuple):
    """The results of a forward run.

    Attributes:
        outputs: (batch, length, units), the first state after each step, at that step's index in the inputs.
        states: final states, (batch, units) each.
        saved: what the backward run needs in addition.
    """

    outputs: tf.Tensor
    states: States
    saved: tuple[tf.Tensor, ...]


class Gradients(NamedTuple):
    """The results of a backward run, from which the gradients of the weights follow.

    Attributes:
        inputs: (batch, length, gates * units), with respect to the projected inputs.
        recurrent: the same, with respect to the projected state; None: equal to `inputs`.
        states: with respect to the initial states, (batch, units) each.
        before: (batch, length, units), the first state before each step, which was projected.
    """

    inputs: tf.Tensor
    recurrent: tf.Tensor | None
    states: States
    before: tf.Tensor


#: (inputs, weights, initial states, sequence) -> tape
Forward = Callable[[tf.Tensor, Weights, States, Sequence], Tape]

#: (outputs' gradient or None, final states' gradients, weights, initial states, sequence, tape) -> gradients
Backward = Callable[[tf.Tensor | None, States, Weights, States, Sequence, Tape], Gradients]


@dataclass(frozen=True)
class Kernel:
    """The loops of one cell over time, forward and backward.

    Attributes:
        forward: runs the cell over time.
        backward: computes the gradients.
        built_in: the layer's options that the kernel fixes, with their values; it does not cover other values.
    """

    forward: Forward
    backward: Backward
    built_in: Mapping[str, Any]
