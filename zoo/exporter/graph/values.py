"""The values that a graph under construction is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
#: Possible values of a node's attribute.
Attribute = int | float | str | Sequence[int] | Sequence[float] | Sequence[str]
#: A known size, or the name of a free one.
Size = int | str


@dataclass(frozen=True)
class Value:
    """A tensor that the graph computes.

    Attributes:
        name: unique in the graph.
        shape: sizes as Keras declares them, None for a free one; None for a value internal to a converter.
        dtype: numpy's name of the element type, where Keras declares it.
        mask: (batch, time) bool, True for valid steps; the mask that this tensor carries in Keras.
    """

    name: str
    shape: tuple[int | None, ...] | None = None
    dtype: str | None = None
    mask: "Value | None" = None

    @property
    def rank(self) -> int:
        """Number of axes.

        Raises:
            ValueError: the value is internal to a converter, so its shape is not known.
        """
        if self.shape is None:
            raise ValueError(f"{self.name}: expected a value of known shape, got one of unknown shape.")
        return len(self.shape)


#: An operand of a node: a value, an array to store as a constant, or None for an omitted optional input.
Operand = Value | Array | None


@dataclass
class State:
    """A tensor that persists from one run to the next.

    Attributes:
        variable: the variable of a stateful Keras layer, (batch, units); None if only the file keeps the state.
        first: its value before a run, an input of the graph.
        now: its value at the current point of writing.
    """

    variable: Any
    first: Value
    now: Value


@dataclass(frozen=True)
class Foreign:
    """A call that tf2onnx converted from TensorFlow's graph.

    Attributes:
        title: the layer, as errors name it.
        nodes: number of its ONNX nodes, including those inside loops.
        loops: number of loops and conditions among them, which some runtimes refuse.
    """

    title: str
    nodes: int
    loops: int

    def __str__(self) -> str:
        """The note shown to users."""
        loops = f", {self.loops} of them loops or conditions, which are slow and which some runtimes refuse"
        return f"{self.title}: converted by tf2onnx to {self.nodes} nodes{loops if self.loops else ''}."
