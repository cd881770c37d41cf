"""The layers that a model may be made of, named as Keras names them. The head of the task is added by the builder."""

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from zoo.recipe.spec import Count, Flag, Keyed, Positive, Share, kind_of

Activation = Literal["linear", "relu", "tanh", "sigmoid", "gelu", "elu", "selu", "silu", "softplus"]


class Normalization(Keyed):
    """Scales every sensor channel to mean 0 and variance 1, measured on the training part alone."""

    key: ClassVar[str] = "normalization"


class Embedding(Keyed):
    """One learnt vector for each token: (batch, time) ids to (batch, time, units)."""

    key: ClassVar[str] = "embedding"

    units: Count
    """Length of each token's vector."""
    mask_zero: Flag = True
    """Let the layers after this one pass over padding (id 0)."""


class Conv1D(Keyed):
    """A convolution over time: (batch, time, features) to (batch, time, filters)."""

    key: ClassVar[str] = "conv1d"

    filters: Count
    """Number of output channels."""
    kernel_size: Count
    """How many time steps each output sees."""
    strides: Count = 1
    """Time steps between two outputs."""
    padding: Literal["causal", "same", "valid"] = "causal"
    """causal looks only back; same looks both ways and keeps the length; valid makes the sequence shorter."""
    activation: Activation = "linear"
    """Function applied to each output."""
    dilation_rate: Count = 1
    """Time steps between the inputs that one output sees."""


class Recurrent(Keyed):
    """A recurrent layer of the model's `cell`."""

    key: ClassVar[str] = "recurrent"

    units: Count
    """Size of the state."""
    return_sequences: Flag = False
    """true: one output at each time step, (batch, time, units). false: the last one only, (batch, units)."""
    dropout: Share = 0.0
    """Share of the inputs that is dropped in training."""
    recurrent_dropout: Share = 0.0
    """Share of the state that is dropped in training."""


class Bidirectional(Keyed):
    """Two recurrent layers of the model's `cell`, one reading forwards and one backwards."""

    key: ClassVar[str] = "bidirectional"

    units: Count
    """Size of the state in each direction."""
    return_sequences: Flag = False
    """true: one output at each time step. false: the last one of each direction only."""
    merge_mode: Literal["concat", "sum", "ave", "mul"] = "concat"
    """How the two directions become one; concat gives 2 * units outputs, the others units."""
    dropout: Share = 0.0
    """Share of the inputs that is dropped in training."""
    recurrent_dropout: Share = 0.0
    """Share of the state that is dropped in training."""


class Dense(Keyed):
    """A fully connected layer over the last axis, the same at each time step."""

    key: ClassVar[str] = "dense"

    units: Count
    """Number of outputs."""
    activation: Activation = "linear"
    """Function applied to each output."""


class Dropout(Keyed):
    """Drops single values in training."""

    key: ClassVar[str] = "dropout"

    rate: Share
    """Share of the values that is dropped."""


class SpatialDropout(Keyed):
    """Drops whole channels, the same at each time step, in training."""

    key: ClassVar[str] = "spatial_dropout"

    rate: Share
    """Share of the channels that is dropped."""


class LayerNormalization(Keyed):
    """Scales each time step's features to mean 0 and variance 1."""

    key: ClassVar[str] = "layer_normalization"

    epsilon: Positive = 1e-3
    """Added to the variance."""


class BatchNormalization(Keyed):
    """Scales each feature to mean 0 and variance 1 over the batch; with running averages outside training."""

    key: ClassVar[str] = "batch_normalization"

    momentum: Share = 0.99
    """How much of the running average is kept at each step."""
    epsilon: Positive = 1e-3
    """Added to the variance."""


class Pooling(Keyed):
    """Takes the largest value or the mean over time."""

    key: ClassVar[str] = "pooling"

    kind: Literal["max", "average"]
    """What is taken: the largest value or the mean."""
    scope: Literal["global", "local"]
    """global: over the whole sequence, (batch, features). local: over each `size` time steps."""
    size: Annotated[Count, Field(gt=1)] = 2
    """Time steps that become one, with scope local."""


LayerSpec = Annotated[
    Annotated[Normalization, Tag(Normalization.key)]
    | Annotated[Embedding, Tag(Embedding.key)]
    | Annotated[Conv1D, Tag(Conv1D.key)]
    | Annotated[Recurrent, Tag(Recurrent.key)]
    | Annotated[Bidirectional, Tag(Bidirectional.key)]
    | Annotated[Dense, Tag(Dense.key)]
    | Annotated[Dropout, Tag(Dropout.key)]
    | Annotated[SpatialDropout, Tag(SpatialDropout.key)]
    | Annotated[LayerNormalization, Tag(LayerNormalization.key)]
    | Annotated[BatchNormalization, Tag(BatchNormalization.key)]
    | Annotated[Pooling, Tag(Pooling.key)],
    Discriminator(kind_of),
]
