"""The sections `model` and `export` of a recipe."""

from typing import Annotated, Literal

from pydantic import Field

from zoo.core.choices import Int8
from zoo.schema.layers import LayerSpec
from zoo.schema.spec import Flag, Spec, Whole

Cell = Literal["rnn", "lstm", "gru"]


class ModelSpec(Spec):
    """The layers of a model, from the input to just before the output layer, which the task adds."""

    cell: Cell
    """The cell of every recurrent layer, so that one word switches the whole model: SimpleRNN (rnn), LSTM or GRU."""
    tie_embeddings: Flag = False
    """Use the embedding matrix, transposed, as the output layer (Press & Wolf 2017). For next-word only; the last layer
    must have as many units as the embedding."""
    layers: Annotated[tuple[LayerSpec, ...], Field(min_length=1)]
    """The layers, from the input on. The task adds the output layer."""


class ExportSpec(Spec):
    """What the exported file must support."""

    streaming: Flag = False
    """Require a model that runs one time step at a time on live input: no layer may look ahead."""
    opset: Annotated[Annotated[Whole, Field(ge=13)] | None, Field(examples=[18])] = None
    """Version of the ONNX operator set. Default: 17."""
    int8: Int8 | None = None
    """Store weights as int8: on, off, or auto (only if the file becomes at least 2.5 times smaller and the metric on
    the validation part falls by at most 0.5 %). Default: off."""
