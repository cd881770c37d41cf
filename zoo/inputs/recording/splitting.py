"""Divides recordings: people, time or the data set's own division first, windows after."""

from collections.abc import Iterable, Sequence

import numpy as np

from zoo.core.errors import DataError
from zoo.data.records import SPLITS, Recording, RecordingSet
from zoo.data.splitting import check_sides, guard, time_borders
from zoo.schema.data import Split


def split_recordings(data: RecordingSet, split: Split) -> dict[str, RecordingSet]:
    """Divides the recordings of a sensor data set.

    Args:
        data: the recordings, each of one subject.
        split: `by: subject` keeps each person on one side (tested on: a fold, some parts, or the data set's own test
            people, where it names some);
            `by: time` cuts each recording into three consecutive pieces, the past for training;
            `by: given` follows the data set's own division.

    Returns:
        Side of the split -> its recordings.

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
        case None:
            raise AssertionError("a loaded recipe says how its data are split")
    check_sides(data.name, {name: len(rows) for name, rows in parts.items()})
    if split.by != "time":
        guard({name: [r.subject for r in rows] for name, rows in parts.items()}, "subject")
    return {side: data.of(rows) for side, rows in parts.items()}


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
    first, second = time_borders(len(recording.time_s), split)
    borders = (0, first, second, len(recording.time_s))
    return [
        (side, recording.cut(start, stop))
        for side, start, stop in zip(SPLITS, borders[:-1], borders[1:], strict=True)
        if stop > start
    ]


def _gather(pairs: Iterable[tuple[str, Recording]]) -> dict[str, list[Recording]]:
    parts: dict[str, list[Recording]] = {name: [] for name in SPLITS}
    for side, recording in pairs:
        parts[side].append(recording)
    return parts


def starts(length: int, window: int, stride: int) -> Sequence[int]:
    """Where windows of `window` steps begin in a recording of `length` steps; the last one ends with the recording."""
    if length < window:
        return ()
    regular = list(range(0, length - window + 1, stride))
    if regular[-1] + window < length:
        regular.append(length - window)
    return regular
