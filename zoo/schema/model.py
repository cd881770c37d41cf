"""The model and its exported form, as a recipe writes them."""

from typing import Annotated, Literal

from pydantic import Field

from zoo.core.choices import Int8
from zoo.schema.layers import LayerSpec
from zoo.schema.spec import Flag, Spec, Whole

Cell = Literal["rnn", "lstm", "gru"]


class ModelSpec(Spec):
    """The layers of a model, from the input to just before the task's head."""

    cell: Cell
    """The cell of every recurrent layer: one switch for a fair comparison."""
    tie_embeddings: Flag = False
    """next-word only: score the words with the embedding matrix instead of a matrix of its own."""
    layers: Annotated[tuple[LayerSpec, ...], Field(min_length=1)]
    """The layers in order. The last one, which gives the answer, is added by the task."""


class ExportSpec(Spec):
    """What the exported file must be able to do."""

    streaming: Flag = False
    """The model must run on one time step at a time, without looking ahead."""
    opset: Annotated[Whole, Field(ge=13)] | None = None
    """ONNX operator set; without it the lowest that holds the model."""
    int8: Int8 | None = None
    """Weights as int8: on, off, or auto (if the file is 2.5 times smaller at 0.5 % loss); without it, off."""
