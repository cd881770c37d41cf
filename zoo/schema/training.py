"""How a model is trained."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from zoo.schema.spec import OFF, Count, Keyed, NotNegative, Positive, Seed, Spec, kind_of


def _off(value: Any) -> Any:
    """Reads the word `off` as None."""
    return None if value == "off" else value


class EarlyStopping(Spec):
    """Stops the training when the monitored value no longer improves."""

    patience: Annotated[Count, Field(examples=[5])]
    """Epochs without improvement before the training stops."""


class Plateau(Keyed):
    """Lowers the learning rate when the monitored value no longer improves."""

    key: ClassVar[str] = "plateau"

    factor: Annotated[Positive, Field(lt=1)] = 0.5
    """Factor that the learning rate is multiplied by."""
    patience: Count = 2
    """Epochs without improvement before the learning rate is lowered."""


def _schedule_form(value: Any) -> str | None:
    """Distinguishes a schedule of one word from `plateau`, which has settings."""
    kind = kind_of(value)
    return kind if kind == Plateau.key or isinstance(value, Mapping) else "<word>"


def _weights_form(value: Any) -> str:
    """Distinguishes `balanced` and `none` from a mapping of labels to weights."""
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
    """How a model is trained. Every key has a default, which is a reasonable starting point."""

    epochs: Count = 20
    """Passes over the training data, or groups of `steps_per_epoch` steps."""
    batch_size: Count = 32
    """Training examples per step."""
    learning_rate: Positive = 1e-3
    """Learning rate at the start; `schedule` changes it."""
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = "adam"
    """The optimizer, by Keras's name."""
    weight_decay: Annotated[NotNegative, Field(examples=[0.01])] = 0.0
    """Decoupled weight decay: weights shrink by this share of the learning rate at every step. 0: none."""
    clip_norm: Annotated[Positive | None, BeforeValidator(_off), OFF, Field(examples=[5])] = 1.0
    """Largest global norm of the gradients: longer ones are scaled down to it. off: gradients are not clipped."""
    schedule: Schedule = "constant"
    """How the learning rate changes: constant, cosine (falls to 0 at the end of the training), or plateau (falls when
    validation no longer improves)."""
    steps_per_epoch: Annotated[Count | None, Field(examples=[1000])] = None
    """Steps per epoch. Default: one pass over the training data."""
    early_stopping: Annotated[EarlyStopping | None, BeforeValidator(_off), OFF] = None
    """Stop when validation no longer improves. off: train for all epochs."""
    monitor: Literal["val_loss"] = "val_loss"
    """The value that chooses the best epoch; its weights are kept."""
    class_weights: ClassWeights = "none"
    """How much each label counts in the loss: balanced (in inverse proportion to its frequency), none (all the same),
    or a mapping of labels to weights such as {positive: 1, negative: 3}."""
    seed: Seed = 0
    """Seed of the initial weights, the order of the examples, and dropout."""
    kernels: Literal["auto", "stock"] = "auto"
    """What computes the training steps: auto (the zoo's fast layers and optimizer, where they apply) or stock (Keras's
    own). Both compute the same values."""
