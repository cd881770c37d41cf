"""Splits texts by group, by the text itself, or as the data set defines."""

import hashlib

import numpy as np

from zoo.data.records import SPLITS, TextSet
from zoo.data.splitting import check_sides, guard
from zoo.schema.data import Split


def split_texts(data: TextSet, split: Split) -> dict[str, TextSet]:
    """Splits texts.

    `by: given` follows the split that the data define. With `by: subject`, or if the data define none, a hash of each
    text's group decides, or of the text itself if there are no groups, so that equal texts share a split.

    Returns:
        Name of the split -> its texts.

    Raises:
        DataError: a split would be empty, or a group or text would be in two.
    """
    keys = data.groups if data.groups is not None else data.texts
    given = data.splits if split.by == "given" else None
    sides = np.asarray(given if given is not None else [_hashed_side(key, split) for key in keys])
    rows = {name: np.flatnonzero(sides == name).tolist() for name in SPLITS}
    check_sides(data.name, {name: len(numbers) for name, numbers in rows.items()})
    guard(
        {name: [keys[number] for number in numbers] for name, numbers in rows.items()},
        "group" if data.groups is not None else "text",
    )
    return {name: data.at(numbers) for name, numbers in rows.items()}


def _hashed_side(key: str, split: Split) -> str:
    digest = hashlib.sha256(f"{split.seed}:{key}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    if position < split.test:
        return "test"
    return "validation" if position < split.test + split.validation else "train"
