"""The classes that are told apart, and the labels of the data that stand for them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.errors import DataError
from zoo.core.names import nearest
from zoo.data.records import NO_LABEL

#: Stands between the labels of one input, where it has several.
SEPARATOR = ";"


@dataclass(frozen=True)
class Targets:
    """Which labels of the data stand for which classes.

    Attributes:
        names: of the classes.
        table: (labels of the data, classes) bool.
        several: whether a label may stand for several classes, or for none of them.
    """

    names: tuple[str, ...]
    table: np.ndarray
    several: bool = False

    def has_class(self, labels: np.ndarray) -> np.ndarray:
        """(n,) whether each label, by its number or `NO_LABEL`, stands for a class; of several, for none even."""
        known = np.append(
            np.ones(len(self.table), bool) if self.several else self.table.any(1), False
        )  # the last place is that of `NO_LABEL`
        return known[labels]

    def classes(self, labels: np.ndarray) -> np.ndarray:
        """(n,) int32 number of the class of each label that has one."""
        return np.append(self.table.argmax(1), 0).astype(np.int32)[labels]


def check_trained(classes: np.ndarray, names: Sequence[str], where: str) -> None:
    """Refuses a class of which nothing can be learnt.

    Args:
        classes: (classes,) bool, whether each occurs in training.
        names: of the classes.
        where: the place in a recipe that names the classes, for messages.

    Raises:
        DataError: one does not occur.
    """
    absent = [name for name, there in zip(names, classes, strict=True) if not there]
    if absent:
        raise DataError(
            f"{where}: expected training examples of every label, got none of '{absent[0]}'. "
            f"Change data.split, or leave it out of {where}."
        )


def targets(wanted: Sequence[str] | None, names: Sequence[str], where: str, *, several: bool = False) -> Targets:
    """Reads the classes off the data.

    Args:
        wanted: the classes that the recipe names; None: all labels of the data.
        names: of the data's labels.
        where: the place of `wanted` in a recipe, for messages.
        several: whether a label of the data may stand for several classes, with semicolons between them.

    Raises:
        DataError: a class that the data do not have, or fewer than two.
    """
    assert NO_LABEL == -1
    parts = [_parts(name) if several else (name,) for name in names]
    there = dict.fromkeys(part for name in parts for part in name)
    classes = tuple(wanted or (sorted(there) if several else there))
    for label in classes:
        if label not in there:
            near = nearest(label, there)
            hint = f"did you mean '{near}'?" if near else f"it has {', '.join(there)}."
            raise DataError(f"{where}: '{label}' is not a label of the data; {hint}")
    if len(classes) < 2:
        raise DataError(
            f"data.label: expected at least 2 different labels, got {f'only {classes[0]!r}' if classes else 'none'}. "
            "Add inputs of others."
        )
    return Targets(classes, np.asarray([[label in part for label in classes] for part in parts]), several)


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in name.split(SEPARATOR) if part.strip())
