"""What a model is trained on: numbered examples of one split, taken a batch at a time from the arrays that hold them.

Windows are cut out when a batch is made, so the data is held once, however much the windows overlap.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from zoo.core.errors import DataError

#: Input, target and weight of a batch; a weight of 0 takes a step or a row out of the loss.
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]


class Examples(Protocol):
    """Numbered examples."""

    @property
    def lengths(self) -> np.ndarray:
        """(examples,) time steps of each: what batches of like length are made by."""
        ...

    @property
    def groups(self) -> np.ndarray | None:
        """(examples,) numbers of groups: only those of one group may share a batch; None: any may."""
        ...

    def take(self, rows: np.ndarray) -> Batch:
        """The batch of these examples, as long as its longest or its shortest, as the input kind has it."""
        ...


@dataclass(frozen=True)
class Clips:
    """Inputs that have one label each.

    Attributes:
        rows: one each: (time, ...) as the model reads it, views of the data; or raw, as `predict` takes it.
        labels: (clips,) int16 numbers of the labels, `NO_LABEL` where there is none.
        what: they are, more than one of them.
        names: what to call each, for a person; empty if nobody asks.
    """

    rows: Sequence[Any]
    labels: np.ndarray
    what: str
    names: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, chosen: np.ndarray) -> "Clips":
        """Those at which `chosen`, (clips,) of bool, is true."""
        numbers: list[int] = np.flatnonzero(chosen).tolist()
        names = [self.names[number] for number in numbers] if self.names else ()
        return Clips([self.rows[number] for number in numbers], self.labels[numbers], self.what, names)


@dataclass(frozen=True)
class WholeInputs:
    """Inputs with one target each.

    Attributes:
        rows: one (time, ...) array each.
        targets: (examples, ...) what the loss takes.
        weights: (examples,) of each in the loss.
        batch: rows to one array, (batch, time, ...).
        groups: (examples,) only those of one group may share a batch; None: any may.
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
    """Windows over recordings with one target a time step.

    Attributes:
        values: one (time, features) float32 array a recording.
        targets: one (time, ...) array a recording, as the loss takes it.
        weights: one (time,) float32 array a recording: of each step in the loss.
        places: (windows, 2) recording and first step of each window.
        window: steps in a window.
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


def class_weights(wanted: object, labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """(classes,) weights; `balanced` gives each class the same sum: n / (classes * n_class).

    Args:
        wanted: the recipe's `training.class_weights`.
        labels: (n,) numbers of the classes in training.
        names: of the classes.

    Raises:
        DataError: a weight for a class that there is not.
    """
    if isinstance(wanted, dict):
        unknown = [name for name in wanted if name not in names]
        if unknown:
            raise DataError(f"training.class_weights: unknown label {unknown[0]!r}; expected {', '.join(names)}.")
        return np.asarray([wanted.get(name, 1.0) for name in names])
    if wanted == "none":
        return np.ones(len(names))
    counts = np.bincount(labels, minlength=len(names))
    return len(labels) / (len(names) * np.maximum(counts, 1))
