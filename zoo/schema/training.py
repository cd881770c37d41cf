"""How a model is trained."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from zoo.schema.spec import Count, Keyed, NotNegative, Positive, Seed, Spec, kind_of


def _off(value: Any) -> Any:
    """Reads the word `off` as nothing."""
    return None if value == "off" else value


class EarlyStopping(Spec):
    """Stops when the monitored value no longer gets better."""

    patience: Count
    """Epochs without an improvement before training stops."""


class Plateau(Keyed):
    """Lowers the learning rate when the monitored value no longer gets better."""

    key: ClassVar[str] = "plateau"

    factor: Annotated[Positive, Field(lt=1)] = 0.5
    """What the learning rate is multiplied with."""
    patience: Count = 2
    """Epochs without an improvement before it is lowered."""


def _schedule_form(value: Any) -> str | None:
    """Tells a schedule that is one word from `plateau`, which has settings."""
    kind = kind_of(value)
    return kind if kind == Plateau.key or isinstance(value, Mapping) else "<word>"


def _weights_form(value: Any) -> str:
    """Tells `balanced` and `none` from a mapping of labels to weights."""
    return "<settings>" if isinstance(value, Mapping) else "<word>"


Schedule = Annotated[
    Annotated[Literal["constant", "cosine"], Tag("<word>")] | Annotated[Plateau, Tag(Plateau.key)],
    Discriminator(_schedule_form),
]
ClassWeights = Annotated[
    Annotated[Literal["balanced", "none"], Tag("<word>")]
    | Annotated[dict[str, Positive], Field(min_length=1), Tag("<settings>")],
    Discriminator(_weights_form),
]


class Training(Spec):
    """How a model is trained. Every key has a default that is a fair start."""

    epochs: Count = 20
    """How often the training data is gone through."""
    batch_size: Count = 32
    """Examples in one step."""
    learning_rate: Positive = 1e-3
    """Size of a step, at the start."""
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = "adam"
    """Rule that turns gradients into steps."""
    weight_decay: NotNegative = 0.0
    """How strongly weights are pulled towards 0."""
    clip_norm: Annotated[Positive | None, BeforeValidator(_off)] = 1.0
    """Gradients longer than this are shortened to it; off: never."""
    schedule: Schedule = "constant"
    """How the learning rate changes: constant, cosine (falls to 0 at the end), or plateau."""
    steps_per_epoch: Count | None = None
    """Steps that count as one epoch; without it, one pass through the data."""
    early_stopping: Annotated[EarlyStopping | None, BeforeValidator(_off)] = None
    """Stop when validation no longer gets better; off: train all epochs."""
    monitor: Literal["val_loss"] = "val_loss"
    """The value that chooses the best weights."""
    class_weights: ClassWeights = "none"
    """How much each label counts: balanced (rare labels count more), none, or a number for each label."""
    seed: Seed = 0
    """Start of all random numbers."""
    kernels: Literal["auto", "stock"] = "auto"
    """What computes the steps: auto (the zoo's fast layers and optimizer, where they apply) or stock (Keras's own)."""
