"""What a kernel is: the functions that `hoisted.run` calls."""

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
        bias: (gates * units,), or (2, gates * units) where the projected state has a bias of its own.
    """

    kernel: tf.Tensor
    recurrent_kernel: tf.Tensor
    bias: tf.Tensor

    @property
    def units(self) -> int:
        """Size of the state."""
        return int(self.recurrent_kernel.shape[0])  # pyright: ignore[reportArgumentType] # known once it is built


class Sequence(NamedTuple):
    """Which steps of the inputs count, and in which order they are gone through.

    Attributes:
        steps: () int32, number of time steps; the arrays may have room for more.
        keep: (batch, room) bool, False where a step is masked and the states stay as they are; None: none is.
        backwards: from the last step to the first.
    """

    steps: tf.Tensor
    keep: tf.Tensor | None
    backwards: bool


class Tape(NamedTuple):
    """What a forward run leaves behind.

    Attributes:
        outputs: (batch, room, units), the first state after each step, at that step's place in the inputs.
        states: final states, (batch, units) each.
        saved: what the way back needs beside them.
    """

    outputs: tf.Tensor
    states: States
    saved: tuple[tf.Tensor, ...]


class Gradients(NamedTuple):
    """What a run back gives, from which the gradients of the weights follow.

    Attributes:
        inputs: (batch, room, gates * units), with respect to the projected inputs.
        recurrent: the same, with respect to the projected state; None: equal to `inputs`.
        states: with respect to the initial states, (batch, units) each.
        before: (batch, room, units), the first state before each step: what was projected.
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
    """One cell's way over time and back.

    Attributes:
        forward: over time.
        backward: the gradients of that.
        built_in: options of the layer, with the values that the kernel computes with; with others it does not fit.
    """

    forward: Forward
    backward: Backward
    built_in: Mapping[str, Any]
