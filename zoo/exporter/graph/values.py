"""What a graph is made of while it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
#: What an attribute of a node may hold here.
Attribute = int | float | str | Sequence[int] | Sequence[float] | Sequence[str]
#: A size that is known, or the name of one that is not.
Size = int | str


@dataclass(frozen=True)
class Value:
    """A tensor that the graph computes.

    Attributes:
        name: unique in the graph.
        shape: sizes as Keras knows them, None for a free one; None for a value inside a layer's lowering.
        dtype: numpy's name of the element type, where Keras told it.
        mask: (batch, time) bool, True where the step counts; the mask that Keras carries along with this tensor.
    """

    name: str
    shape: tuple[int | None, ...] | None = None
    dtype: str | None = None
    mask: "Value | None" = None

    @property
    def rank(self) -> int:
        """Number of axes.

        Raises:
            ValueError: the value is internal to a layer, so its shape was never told.
        """
        if self.shape is None:
            raise ValueError(f"{self.name}: expected a value whose shape is known.")
        return len(self.shape)


#: What a node takes: a value, an array that becomes a constant, or None for an optional input left out.
Operand = Value | Array | None


@dataclass
class State:
    """A tensor that is kept from one run to the next.

    Attributes:
        variable: Keras's variable of it, (batch, units), of a stateful layer; None where the file alone keeps it.
        first: what it is before a run: an input of the graph.
        now: what it is at the point that is being written.
    """

    variable: Any
    first: Value
    now: Value


@dataclass(frozen=True)
class Foreign:
    """A call that was converted through TensorFlow's own graph.

    Attributes:
        title: the layer, as errors name it.
        nodes: how many ONNX nodes it became, with those inside of loops.
        loops: how many of them are loops or conditions, which not every runtime takes.
    """

    title: str
    nodes: int
    loops: int

    def __str__(self) -> str:
        """What a user is told."""
        loops = f", {self.loops} of them loops or conditions, which are slow and which some runtimes refuse"
        return f"{self.title}: written through tf2onnx as {self.nodes} nodes{loops if self.loops else ''}."
