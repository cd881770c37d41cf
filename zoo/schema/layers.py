"""The layers that a recipe may use, named as in Keras. The builder adds the output layer of the task."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from zoo.schema.spec import Count, Flag, Keyed, Positive, Share, kind_of

Activation = Literal["linear", "relu", "tanh", "sigmoid", "gelu", "elu", "selu", "silu", "softplus"]


@dataclass(frozen=True)
class Trait:
    """What a layer does to the time axis, and what to do where that is not allowed.

    Attributes:
        does: the predicate of a sentence, such as "also reads backwards".
        setting: the setting that causes it; None if the layer itself does.
        expected: the value that the setting should have.
        remedy: what to do if no setting causes it.
    """

    does: str
    setting: str | None = None
    expected: str | None = None
    remedy: str | None = None


class Layer(Keyed):
    """What the checks need to know about every kind of layer, besides its settings."""

    reads: ClassVar[Literal["anything", "recordings", "tokens"]] = "anything"
    """What the layer reads. Only the first layer may read recordings or tokens."""
    first: ClassVar[str] = ""
    """Why it must be the first layer; empty if it may stand anywhere."""
    needs_time: ClassVar[bool] = False
    """Whether it reads a sequence rather than a single vector."""

    @property
    def looks_ahead(self) -> Trait | None:
        """How an output depends on later inputs; None if it depends on its own and earlier inputs only."""
        return None

    @property
    def thins_time(self) -> tuple[Trait, ...]:
        """How the layer returns fewer time steps than it reads; empty if it returns one for each."""
        return ()

    @property
    def ends_time(self) -> Trait | None:
        """How the layer turns a sequence into a single vector; None if it returns a sequence."""
        return None

    def width(self, before: int | None) -> int | None:
        """Number of output features for `before` input features; None if unknown."""
        return before


class Normalization(Layer):
    """Scales each channel of a recording to mean 0 and variance 1.

    Both are measured on the training part alone; the scaling is part of the exported file.
    """

    key: ClassVar[str] = "normalization"
    reads = "recordings"
    first = "it scales the samples of the sensor"


class Embedding(Layer):
    """A learnt vector for each token: (batch, time) ids to (batch, time, units)."""

    key: ClassVar[str] = "embedding"
    reads = "tokens"
    first = "it reads the tokens"

    units: Annotated[Count, Field(examples=[96])]
    """Length of each vector."""
    mask_zero: Flag = True
    """Mask padding (id 0), so that the following layers skip it."""

    def width(self, before: int | None) -> int | None:
        """One feature per unit."""
        return self.units


class Conv1D(Layer):
    """A convolution over time: (batch, time, features) to (batch, time, filters)."""

    key: ClassVar[str] = "conv1d"
    needs_time = True

    filters: Annotated[Count, Field(examples=[32])]
    """Number of output channels."""
    kernel_size: Annotated[Count, Field(examples=[5])]
    """Number of time steps that each output is computed from."""
    strides: Count = 1
    """Time steps from one output to the next."""
    padding: Literal["causal", "same", "valid"] = "causal"
    """causal: an output depends on its own and earlier time steps only; same: on both sides, and the length is kept;
    valid: no padding, so that the sequence becomes shorter."""
    activation: Activation = "linear"
    """Activation function."""
    dilation_rate: Count = 1
    """Distance, in time steps, between the inputs of one output."""

    @property
    def looks_ahead(self) -> Trait | None:
        """Looks ahead if padded on both sides."""
        return Trait("'same' looks ahead", "padding", "causal") if self.padding == "same" else None

    @property
    def thins_time(self) -> tuple[Trait, ...]:
        """Returns fewer steps with strides, or without padding."""
        strides = [Trait(f"{self.strides} returns fewer time steps", "strides", "1")] if self.strides > 1 else []
        valid = [Trait("'valid' returns fewer time steps", "padding", "causal")] if self.padding == "valid" else []
        return (*strides, *valid)

    def width(self, before: int | None) -> int | None:
        """One feature per filter."""
        return self.filters


#: What a recurrent layer does without return_sequences.
LAST_OUTPUT = Trait("false returns the last output only", "return_sequences", "true")


class Recurrent(Layer):
    """A recurrent layer of the model's `cell`."""

    key: ClassVar[str] = "recurrent"
    needs_time = True

    units: Annotated[Count, Field(examples=[64])]
    """Size of the state."""
    return_sequences: Flag = False
    """true: an output at each time step, (batch, time, units). false: the last output only, (batch, units)."""
    dropout: Share = 0.0
    """Share of the inputs that are set to 0 during training."""
    recurrent_dropout: Share = 0.0
    """Share of the state that is set to 0 during training. Keras's own layer trains it, not the zoo's fast one."""

    @property
    def ends_time(self) -> Trait | None:
        """Returns the last output only, unless return_sequences is set."""
        return None if self.return_sequences else LAST_OUTPUT

    def width(self, before: int | None) -> int | None:
        """One feature per unit."""
        return self.units


class Bidirectional(Layer):
    """Two recurrent layers of the model's `cell`: one reads forwards, one backwards."""

    key: ClassVar[str] = "bidirectional"
    needs_time = True

    units: Annotated[Count, Field(examples=[64])]
    """Size of the state in each direction."""
    return_sequences: Flag = False
    """true: an output at each time step. false: the last output of each direction only."""
    merge_mode: Literal["concat", "sum", "ave", "mul"] = "concat"
    """How the two directions are combined: concat gives 2 * units outputs, the others give units."""
    dropout: Share = 0.0
    """Share of the inputs that are set to 0 during training."""
    recurrent_dropout: Share = 0.0
    """Share of the state that is set to 0 during training. Keras's own layer trains it, not the zoo's fast one."""

    @property
    def looks_ahead(self) -> Trait | None:
        """Always looks ahead."""
        return Trait("also reads backwards", remedy="Use recurrent")

    @property
    def ends_time(self) -> Trait | None:
        """Returns the last output only, unless return_sequences is set."""
        return None if self.return_sequences else LAST_OUTPUT

    def width(self, before: int | None) -> int | None:
        """The units of both directions, concatenated or merged."""
        return 2 * self.units if self.merge_mode == "concat" else self.units


class Dense(Layer):
    """A fully connected layer over the last axis; the same weights at each time step."""

    key: ClassVar[str] = "dense"

    units: Annotated[Count, Field(examples=[32])]
    """Number of outputs."""
    activation: Activation = "linear"
    """Activation function."""

    def width(self, before: int | None) -> int | None:
        """One feature per unit."""
        return self.units


class Dropout(Layer):
    """Sets single values to 0 during training, and scales up the others."""

    key: ClassVar[str] = "dropout"

    rate: Annotated[Share, Field(examples=[0.3])]
    """Share of the values that are set to 0."""


class SpatialDropout(Layer):
    """Sets entire channels to 0 during training, at all time steps of an example."""

    key: ClassVar[str] = "spatial_dropout"
    needs_time = True

    rate: Annotated[Share, Field(examples=[0.2])]
    """Share of the channels that are set to 0."""


class LayerNormalization(Layer):
    """Scales the features of each time step to mean 0 and variance 1, then by a learnt factor and offset each."""

    key: ClassVar[str] = "layer_normalization"

    epsilon: Positive = 1e-3
    """Small number added to the variance, so that nothing is divided by 0."""


class BatchNormalization(Layer):
    """Scales each feature to mean 0 and variance 1: over the batch during training, by running averages afterwards."""

    key: ClassVar[str] = "batch_normalization"

    momentum: Share = 0.99
    """Share of the running averages that is kept at each training step."""
    epsilon: Positive = 1e-3
    """Small number added to the variance, so that nothing is divided by 0."""


#: What pooling does to the time axis.
FEWER_STEPS = Trait("pooling returns fewer time steps", remedy="Remove it")


class Pooling(Layer):
    """Replaces several time steps by their largest values or their means."""

    key: ClassVar[str] = "pooling"
    needs_time = True

    kind: Literal["max", "average"]
    """What is computed: the largest value, or the mean."""
    scope: Literal["global", "local"]
    """global: over the whole sequence, which gives (batch, features). local: over groups of `size` time steps."""
    size: Annotated[Count, Field(gt=1)] = 2
    """Time steps that become one, with scope: local."""

    @property
    def looks_ahead(self) -> Trait | None:
        """Each output waits for all the steps that it is computed from."""
        return Trait("waits for later samples", remedy="Remove it")

    @property
    def thins_time(self) -> tuple[Trait, ...]:
        """Returns one step per `size` steps with scope: local."""
        return (FEWER_STEPS,) if self.scope == "local" else ()

    @property
    def ends_time(self) -> Trait | None:
        """Returns a single vector with scope: global."""
        return FEWER_STEPS if self.scope == "global" else None


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
