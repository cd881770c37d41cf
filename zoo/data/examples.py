"""Numbered training examples of one split, taken batch by batch from the arrays that hold them.

Windows are cut when a batch is made, so the data is held once, however much the windows overlap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from zoo.core.errors import DataError

#: Input, target and weight of a batch; a weight of 0 excludes a step or a row from the loss.
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]


class Examples(Protocol):
    """Numbered examples."""

    @property
    def lengths(self) -> np.ndarray:
        """(examples,) time steps of each, by which examples of similar length are batched."""
        ...

    @property
    def groups(self) -> np.ndarray | None:
        """(examples,) group numbers: only examples of one group may share a batch; None: any may."""
        ...

    def take(self, rows: np.ndarray) -> Batch:
        """The batch of these examples; the input kind decides whether it is as long as its longest or its shortest."""
        ...


@dataclass(frozen=True)
class Clips:
    """Inputs that have one label each.

    Attributes:
        rows: one per clip: (time, ...) as the model reads it, a view of the data; or raw, as `predict` takes it.
        labels: (clips,) int16 label numbers, `NO_LABEL` where there is none.
        plural: noun for the clips, such as "windows".
        names: a readable name for each; empty if not needed.
    """

    rows: Sequence[Any]
    labels: np.ndarray
    plural: str
    names: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, chosen: np.ndarray) -> "Clips":
        """The clips for which `chosen`, (clips,) bool, is true."""
        numbers: list[int] = np.flatnonzero(chosen).tolist()
        names = [self.names[number] for number in numbers] if self.names else ()
        return Clips([self.rows[number] for number in numbers], self.labels[numbers], self.plural, names)


@dataclass(frozen=True)
class WholeInputs:
    """Inputs with one target each.

    Attributes:
        rows: one (time, ...) array each.
        targets: (examples, ...) as the loss takes them.
        weights: (examples,) weight of each in the loss.
        batch: combines rows into one array, (batch, time, ...).
        groups: (examples,) only examples of one group may share a batch; None: any may.
    """

    rows: Sequence[np.ndarray]
    targets: np.ndarray
    weights: np.ndarray
    batch: Callable[[Sequence[np.ndarray]], np.ndarray]
    groups: np.ndarray | None = None

    @property
    def lengths(self) -> np.ndarray:
        """(examples,) time steps of each."""
        return np.asarray([len(row) for row in self.rows])

    def take(self, rows: np.ndarray) -> Batch:
        """(batch, time, ...), (batch, ...), (batch,) float32."""
        x = self.batch([self.rows[row] for row in rows])
        return x, self.targets[rows], self.weights[rows].astype(np.float32)


@dataclass(frozen=True)
class StepWindows:
    """Windows over recordings with one target per time step.

    Attributes:
        values: one (time, features) float32 array per recording.
        targets: one (time, ...) array per recording, as the loss takes it.
        weights: one (time,) float32 array per recording: the weight of each step in the loss.
        places: (windows, 2) recording and first step of each window.
        window: steps per window.
    """

    values: Sequence[np.ndarray]
    targets: Sequence[np.ndarray]
    weights: Sequence[np.ndarray]
    places: np.ndarray
    window: int

    @property
    def lengths(self) -> np.ndarray:
        """(windows,) steps of each window."""
        return np.full(len(self.places), self.window)

    @property
    def groups(self) -> None:
        """All are equally long."""
        return None

    def take(self, rows: np.ndarray) -> Batch:
        """(batch, window, features) float32, (batch, window, ...), (batch, window) float32."""
        spans = [(recording, slice(start, start + self.window)) for recording, start in self.places[rows]]
        x, y, weights = (
            np.stack([arrays[recording][span] for recording, span in spans])
            for arrays in (self.values, self.targets, self.weights)
        )
        return x, y, weights


def class_weights(setting: object, labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """(classes,) weights; `balanced` gives each class the same total weight: n / (classes * n_class).

    Args:
        setting: the recipe's `training.class_weights`.
        labels: (n,) class numbers in training.
        names: names of the classes.

    Raises:
        DataError: `setting` weights an unknown class.
    """
    if isinstance(setting, dict):
        unknown = [name for name in setting if name not in names]
        if unknown:
            raise DataError(f"training.class_weights: unknown label {unknown[0]!r}; expected {', '.join(names)}.")
        return np.asarray([setting.get(name, 1.0) for name in names])
    if setting == "none":
        return np.ones(len(names))
    counts = np.bincount(labels, minlength=len(names))
    return len(labels) / (len(names) * np.maximum(counts, 1))
