"""The layers that a model may be made of, named as Keras names them. The head of the task is added by the builder."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from zoo.schema.spec import Count, Flag, Keyed, Positive, Share, kind_of

Activation = Literal["linear", "relu", "tanh", "sigmoid", "gelu", "elu", "selu", "silu", "softplus"]


@dataclass(frozen=True)
class Trait:
    """What a layer does to the time axis, and what to do where that cannot be.

    Attributes:
        does: in words, such as "reads backwards too".
        setting: the setting that does it; None if it is the layer itself.
        expected: what that setting should be.
        remedy: what to do if it is no setting.
    """

    does: str
    setting: str | None = None
    expected: str | None = None
    remedy: str | None = None


class Layer(Keyed):
    """What the checks ask of every kind of layer, besides its settings."""

    reads: ClassVar[Literal["anything", "recordings", "tokens"]] = "anything"
    """What comes in: of recordings, or of tokens, only the first layer may."""
    first: ClassVar[str] = ""
    """Why it must be the first layer, if it must."""
    needs_time: ClassVar[bool] = False
    """Whether it takes a whole sequence, and not a single vector."""

    @property
    def looks_ahead(self) -> Trait | None:
        """How an output depends on later inputs; None if on its own and earlier ones alone."""
        return None

    @property
    def thins_time(self) -> tuple[Trait, ...]:
        """How fewer time steps come out than go in; empty if there is one for each."""
        return ()

    @property
    def ends_time(self) -> Trait | None:
        """How a single vector comes out of a sequence; None if a sequence does."""
        return None

    def width(self, before: int | None) -> int | None:
        """Features that come out, if so many go in; None if that is not known."""
        return before


class Normalization(Layer):
    """Scales every sensor channel to mean 0 and variance 1, measured on the training part alone."""

    key: ClassVar[str] = "normalization"
    reads = "recordings"
    first = "it scales the sensor's own values"


class Embedding(Layer):
    """One learnt vector for each token: (batch, time) ids to (batch, time, units)."""

    key: ClassVar[str] = "embedding"
    reads = "tokens"
    first = "it is what reads the tokens"

    units: Count
    """Length of each token's vector."""
    mask_zero: Flag = True
    """Let the layers after this one pass over padding (id 0)."""

    def width(self, before: int | None) -> int | None:
        """One feature a unit."""
        return self.units


class Conv1D(Layer):
    """A convolution over time: (batch, time, features) to (batch, time, filters)."""

    key: ClassVar[str] = "conv1d"
    needs_time = True

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

    @property
    def looks_ahead(self) -> Trait | None:
        """With the padding on both sides."""
        return Trait("'same' looks ahead", "padding", "causal") if self.padding == "same" else None

    @property
    def thins_time(self) -> tuple[Trait, ...]:
        """With strides, or without padding."""
        strides = [Trait(f"{self.strides} leaves fewer steps", "strides", "1")] if self.strides > 1 else []
        valid = [Trait("'valid' leaves fewer steps", "padding", "causal")] if self.padding == "valid" else []
        return (*strides, *valid)

    def width(self, before: int | None) -> int | None:
        """One feature a filter."""
        return self.filters


#: What a recurrent layer does that gives no sequences.
LAST_ALONE = Trait("false gives the last output alone", "return_sequences", "true")


class Recurrent(Layer):
    """A recurrent layer of the model's `cell`."""

    key: ClassVar[str] = "recurrent"
    needs_time = True

    units: Count
    """Size of the state."""
    return_sequences: Flag = False
    """true: one output at each time step, (batch, time, units). false: the last one only, (batch, units)."""
    dropout: Share = 0.0
    """Share of the inputs that is dropped in training."""
    recurrent_dropout: Share = 0.0
    """Share of the state that is dropped in training."""

    @property
    def ends_time(self) -> Trait | None:
        """Without return_sequences the last output alone is left."""
        return None if self.return_sequences else LAST_ALONE

    def width(self, before: int | None) -> int | None:
        """One feature a unit."""
        return self.units


class Bidirectional(Layer):
    """Two recurrent layers of the model's `cell`, one reading forwards and one backwards."""

    key: ClassVar[str] = "bidirectional"
    needs_time = True

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

    @property
    def looks_ahead(self) -> Trait | None:
        """Always."""
        return Trait("reads backwards too", remedy="Use recurrent")

    @property
    def ends_time(self) -> Trait | None:
        """Without return_sequences the last output alone is left."""
        return None if self.return_sequences else LAST_ALONE

    def width(self, before: int | None) -> int | None:
        """Those of both directions, side by side or merged."""
        return 2 * self.units if self.merge_mode == "concat" else self.units


class Dense(Layer):
    """A fully connected layer over the last axis, the same at each time step."""

    key: ClassVar[str] = "dense"

    units: Count
    """Number of outputs."""
    activation: Activation = "linear"
    """Function applied to each output."""

    def width(self, before: int | None) -> int | None:
        """One feature a unit."""
        return self.units


class Dropout(Layer):
    """Drops single values in training."""

    key: ClassVar[str] = "dropout"

    rate: Share
    """Share of the values that is dropped."""


class SpatialDropout(Layer):
    """Drops whole channels, the same at each time step, in training."""

    key: ClassVar[str] = "spatial_dropout"
    needs_time = True

    rate: Share
    """Share of the channels that is dropped."""


class LayerNormalization(Layer):
    """Scales each time step's features to mean 0 and variance 1."""

    key: ClassVar[str] = "layer_normalization"

    epsilon: Positive = 1e-3
    """Added to the variance."""


class BatchNormalization(Layer):
    """Scales each feature to mean 0 and variance 1 over the batch; with running averages outside training."""

    key: ClassVar[str] = "batch_normalization"

    momentum: Share = 0.99
    """How much of the running average is kept at each step."""
    epsilon: Positive = 1e-3
    """Added to the variance."""


#: What pooling does to the time axis.
FEWER = Trait("pooling leaves fewer steps", remedy="Remove it")


class Pooling(Layer):
    """Takes the largest value or the mean over time."""

    key: ClassVar[str] = "pooling"
    needs_time = True

    kind: Literal["max", "average"]
    """What is taken: the largest value or the mean."""
    scope: Literal["global", "local"]
    """global: over the whole sequence, (batch, features). local: over each `size` time steps."""
    size: Annotated[Count, Field(gt=1)] = 2
    """Time steps that become one, with scope local."""

    @property
    def looks_ahead(self) -> Trait | None:
        """An output waits for all that it is taken from."""
        return Trait("waits for later readings", remedy="Remove it")

    @property
    def thins_time(self) -> tuple[Trait, ...]:
        """One step of `size` is left."""
        return (FEWER,) if self.scope == "local" else ()

    @property
    def ends_time(self) -> Trait | None:
        """One of all is left."""
        return FEWER if self.scope == "global" else None


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
