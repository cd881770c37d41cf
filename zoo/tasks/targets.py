"""The classes that a model distinguishes, and the labels of the data that belong to them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.errors import DataError
from zoo.core.names import nearest
from zoo.data.records import NO_LABEL

#: Separates the labels of one input that has several.
SEPARATOR = ";"


@dataclass(frozen=True)
class Targets:
    """Assigns the labels of the data to classes.

    Attributes:
        names: names of the classes.
        table: (labels of the data, classes) bool.
        several: whether a label may belong to several classes, or to none.
    """

    names: tuple[str, ...]
    table: np.ndarray
    several: bool = False

    def has_class(self, labels: np.ndarray) -> np.ndarray:
        """(n,) whether each label number belongs to a class; with `several`, true for all but `NO_LABEL`."""
        has_class = np.ones(len(self.table), bool) if self.several else self.table.any(1)
        return np.append(has_class, False)[labels]  # `NO_LABEL` is -1: the last entry

    def classes(self, labels: np.ndarray) -> np.ndarray:
        """(n,) int32 class number of each label that has a class."""
        return np.append(self.table.argmax(1), 0).astype(np.int32)[labels]


def check_trained(classes: np.ndarray, names: Sequence[str], where: str) -> None:
    """Refuses a class without training examples.

    Args:
        classes: (classes,) bool, whether each occurs in training.
        names: names of the classes.
        where: recipe key that names the classes, for messages.

    Raises:
        DataError: a class does not occur in training.
    """
    missing = [name for name, present in zip(names, classes, strict=True) if not present]
    if missing:
        raise DataError(
            f"{where}: expected training examples of every label, got none of '{missing[0]}'. "
            f"Change data.split, or omit the label from {where}."
        )


def targets(chosen: Sequence[str] | None, names: Sequence[str], where: str, *, several: bool = False) -> Targets:
    """Assigns the labels of the data to the recipe's classes.

    Args:
        chosen: the classes that the recipe names; None: all labels of the data.
        names: names of the data's labels.
        where: recipe key of `chosen`, for messages.
        several: whether a label of the data may belong to several classes, separated by semicolons.

    Raises:
        DataError: a class is not among the labels of the data, or there are fewer than two classes.
    """
    assert NO_LABEL == -1
    parts = [_parts(name) if several else (name,) for name in names]
    available = dict.fromkeys(part for name in parts for part in name)
    classes = tuple(chosen or (sorted(available) if several else available))
    for label in classes:
        if label not in available:
            near = nearest(label, available)
            hint = f"did you mean '{near}'?" if near else f"its labels are {', '.join(available)}."
            raise DataError(f"{where}: '{label}' is not a label of the data; {hint}")
    if len(classes) < 2:
        raise DataError(
            f"data.label: expected at least 2 different labels, got {f'only {classes[0]!r}' if classes else 'none'}. "
            "Add inputs with other labels."
        )
    return Targets(classes, np.asarray([[label in part for label in classes] for part in parts]), several)


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in name.split(SEPARATOR) if part.strip())
