"""Divides data into train, validation and test: people, time or the data set's own division first, windows after.

Nothing of one person (or, for texts, no text and no group of texts) stands on two sides; `guard` proves it.
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from zoo.core.errors import DataError
from zoo.data.records import SPLITS, Recording, RecordingSet, TextSet
from zoo.recipe import Split

#: Characters of a text that an error quotes.
SHOWN = 60


def split_recordings(data: RecordingSet, split: Split) -> dict[str, list[Recording]]:
    """Divides the recordings of a sensor data set.

    Args:
        data: the recordings, each of one subject.
        split: `by: subject` keeps each person on one side (tested on: a fold, some parts, or the data set's own test
            people, where it names some);
            `by: time` cuts each recording into three consecutive pieces, the past for training;
            `by: given` follows the data set's own division.

    Returns:
        Split name -> recordings.

    Raises:
        DataError: a side would be empty, or the data set has no division of its own.
    """
    match split.by:
        case "subject":
            side = _subjects(data, split)
            parts = _gather((side[r.subject], r) for r in data.recordings)
        case "time":
            parts = _gather(piece for r in data.recordings for piece in _cut(r, split))
        case "given":
            if data.given is None:
                raise DataError(f"{data.name}: expected a split given by the data, got none. Use 'by: subject'.")
            given = data.given
            parts = _gather((given[r.name], r) for r in data.recordings)
    _check_sides(data.name, {name: len(rows) for name, rows in parts.items()})
    if split.by != "time":
        guard({name: [r.subject for r in rows] for name, rows in parts.items()}, "subject")
    return parts


def split_texts(data: TextSet, split: Split) -> dict[str, np.ndarray]:
    """Divides texts; returns split name -> (n,) positions in `data.texts`.

    `by: given` follows the data set's own division. `by: subject`, or no division of its own: a hash of each text's
    group decides, or of the text itself if there are no groups, so that equal texts fall on one side. `by: time` takes
    the rows in their order.
    """
    count = len(data.texts)
    keys = data.groups if data.groups is not None else data.texts
    match split.by:
        case "given" if data.given is not None:
            sides = data.given
        case "given" | "subject":
            sides = [_hashed_side(key, split) for key in keys]
        case "time":
            first, second = _time_borders(count, split)
            sides = ["train"] * first + ["validation"] * (second - first) + ["test"] * (count - second)
    chosen = np.asarray(sides)
    parts = {name: np.flatnonzero(chosen == name) for name in SPLITS}
    _check_sides(data.name, {name: len(rows) for name, rows in parts.items()})
    if split.by != "time":
        what = "group" if data.groups is not None else "text"
        guard({name: [keys[row] for row in rows] for name, rows in parts.items()}, what)
    return parts


def guard(parts: dict[str, Iterable[str]], what: str) -> None:
    """Refuses a division in which one key stands on two sides.

    Raises:
        DataError: names the first key found twice and both sides.
    """
    seen: dict[str, str] = {}
    for side, keys in parts.items():
        for key in keys:
            if seen.setdefault(key, side) != side:
                shown = key if len(key) <= SHOWN else f"{key[:SHOWN]}…"
                raise DataError(f"split: {what} {shown!r} stands in both {seen[key]} and {side}: results would leak.")


def _subjects(data: RecordingSet, split: Split) -> dict[str, str]:
    people = sorted({r.subject for r in data.recordings})
    shuffled = [people[i] for i in np.random.default_rng(split.seed).permutation(len(people))]
    test = _test_subjects(data, split, shuffled)
    rest = [person for person in shuffled if person not in test]
    validation = set(rest[: max(1, round(split.validation * len(rest)))])
    return {p: "test" if p in test else "validation" if p in validation else "train" for p in people}


def _test_subjects(data: RecordingSet, split: Split, shuffled: Sequence[str]) -> frozenset[str]:
    """Whoever the split asks for; else the data set's own, else the first of those in random order."""
    if split.fold is not None and split.folds is not None:
        if split.folds > len(shuffled):
            raise DataError(f"data.split.folds: expected at most {len(shuffled)} (subjects), got {split.folds}.")
        # Dealt out by turns within each part, so that each fold has its share of each.
        part = {r.subject: (data.parts or {}).get(r.name, "") for r in data.recordings}
        dealt = sorted(shuffled, key=lambda subject: part[subject])
        return frozenset(dealt[split.fold - 1 :: split.folds])
    if split.test_parts is not None:
        parts = data.parts or {}
        unknown = [part for part in split.test_parts if part not in parts.values()]
        if unknown:
            known = ", ".join(sorted(set(parts.values()))) or "none"
            raise DataError(f"data.split.test_parts: unknown part '{unknown[0]}' of {data.name}; it has {known}.")
        return frozenset(r.subject for r in data.recordings if parts[r.name] in split.test_parts)
    if data.test_subjects is not None:
        return data.test_subjects
    return frozenset(shuffled[: max(1, round(split.test * len(shuffled)))])


def _cut(recording: Recording, split: Split) -> list[tuple[str, Recording]]:
    first, second = _time_borders(len(recording.time_s), split)
    borders = (0, first, second, len(recording.time_s))
    return [
        (side, recording.cut(start, stop))
        for side, start, stop in zip(SPLITS, borders[:-1], borders[1:], strict=True)
        if stop > start
    ]


def _time_borders(count: int, split: Split) -> tuple[int, int]:
    return round(count * (1 - split.validation - split.test)), round(count * (1 - split.test))


def _hashed_side(key: str, split: Split) -> str:
    digest = hashlib.sha256(f"{split.seed}:{key}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < split.test:
        return "test"
    return "validation" if place < split.test + split.validation else "train"


def _gather(pairs: Iterable[tuple[str, Recording]]) -> dict[str, list[Recording]]:
    parts: dict[str, list[Recording]] = {name: [] for name in SPLITS}
    for side, recording in pairs:
        parts[side].append(recording)
    return parts


def _check_sides(name: str, counts: dict[str, int]) -> None:
    verbs = {"train": "train", "validation": "validate", "test": "test"}
    empty = [verb for side, verb in verbs.items() if not counts[side]]
    if empty:
        raise DataError(
            f"{name}: expected something to {' and '.join(empty)} on, got {_counted(counts)}. "
            "Give more data, or change data.split."
        )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {side}" for side, count in counts.items())


def starts(length: int, window: int, stride: int) -> Sequence[int]:
    """Where windows of `window` steps begin in a recording of `length` steps; the last one ends with the recording."""
    if length < window:
        return ()
    regular = list(range(0, length - window + 1, stride))
    if regular[-1] + window < length:
        regular.append(length - window)
    return regular
