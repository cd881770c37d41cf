"""Divides texts: by group, by the text itself, or as the data set says."""

import hashlib

import numpy as np

from zoo.data.records import SPLITS, TextSet
from zoo.data.splitting import check_sides, guard
from zoo.schema.data import Split


def split_texts(data: TextSet, split: Split) -> dict[str, TextSet]:
    """Divides texts.

    `by: given` follows the data set's own division. `by: subject`, or no division of its own: a hash of each text's
    group decides, or of the text itself if there are no groups, so that equal texts fall on one side.

    Returns:
        Side of the split -> its texts.

    Raises:
        DataError: a side would be empty, or one group or text would stand on two.
    """
    keys = data.groups if data.groups is not None else data.texts
    given = data.given if split.by == "given" else None
    chosen = np.asarray(given if given is not None else [_hashed_side(key, split) for key in keys])
    rows = {name: np.flatnonzero(chosen == name).tolist() for name in SPLITS}
    check_sides(data.name, {name: len(numbers) for name, numbers in rows.items()})
    guard(
        {name: [keys[number] for number in numbers] for name, numbers in rows.items()},
        "group" if data.groups is not None else "text",
    )
    return {name: data.at(numbers) for name, numbers in rows.items()}


def _hashed_side(key: str, split: Split) -> str:
    digest = hashlib.sha256(f"{split.seed}:{key}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < split.test:
        return "test"
    return "validation" if place < split.test + split.validation else "train"
