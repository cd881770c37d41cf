"""Splits recordings by subject, by time or as the data set defines; windows are cut afterwards."""

from collections.abc import Iterable, Sequence

import numpy as np

from zoo.core.errors import DataError
from zoo.data.records import SPLITS, Recording, RecordingSet
from zoo.data.splitting import check_sides, guard, time_borders
from zoo.schema.data import Split


def split_recordings(data: RecordingSet, split: Split) -> dict[str, RecordingSet]:
    """Splits the recordings of a sensor data set.

    Args:
        data: the recordings, each of one subject.
        split: `by: subject` keeps each subject in one split (the test subjects are a fold, those of some parts, or
            the data set's own test subjects if it names any);
            `by: time` cuts each recording into three consecutive pieces, the earliest for training;
            `by: given` follows the split that the data define.

    Returns:
        Name of the split -> its recordings.

    Raises:
        DataError: a split would be empty, or the data define no split.
    """
    match split.by:
        case "subject":
            side = _subjects(data, split)
            parts = _gather((side[r.subject], r) for r in data.recordings)
        case "time":
            parts = _gather(piece for r in data.recordings for piece in _cut(r, split))
        case "given":
            if data.splits is None:
                raise DataError(f"{data.name}: expected data that define a split, got none. Use 'by: subject'.")
            side = data.splits
            parts = _gather((side[r.name], r) for r in data.recordings)
        case None:
            raise AssertionError("a loaded recipe specifies how its data are split")
    check_sides(data.name, {name: len(rows) for name, rows in parts.items()})
    if split.by != "time":
        guard({name: [r.subject for r in rows] for name, rows in parts.items()}, "subject")
    return {side: data.of(rows) for side, rows in parts.items()}


def _subjects(data: RecordingSet, split: Split) -> dict[str, str]:
    subjects = sorted({r.subject for r in data.recordings})
    shuffled = [subjects[i] for i in np.random.default_rng(split.seed).permutation(len(subjects))]
    test = _test_subjects(data, split, shuffled)
    remaining = [subject for subject in shuffled if subject not in test]
    validation = set(remaining[: max(1, round(split.validation * len(remaining)))])
    return {
        subject: "test" if subject in test else "validation" if subject in validation else "train"
        for subject in subjects
    }


def _test_subjects(data: RecordingSet, split: Split, shuffled: Sequence[str]) -> frozenset[str]:
    """The test subjects that the split selects; otherwise the data set's own, or the first in random order."""
    if split.fold is not None and split.folds is not None:
        if split.folds > len(shuffled):
            raise DataError(f"data.split.folds: expected at most {len(shuffled)} (subjects), got {split.folds}.")
        # Dealt in turn within each part, so that each fold has its share of every part.
        part = {r.subject: (data.parts or {}).get(r.name, "") for r in data.recordings}
        dealt = sorted(shuffled, key=lambda subject: part[subject])
        return frozenset(dealt[split.fold - 1 :: split.folds])
    if split.test_parts is not None:
        parts = data.parts or {}
        unknown = [part for part in split.test_parts if part not in parts.values()]
        if unknown:
            known = ", ".join(sorted(set(parts.values()))) or "none"
            raise DataError(f"data.split.test_parts: unknown part '{unknown[0]}' of {data.name}. Known parts: {known}.")
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
    """First steps of windows of `window` steps in `length` steps; the last window ends with the recording."""
    if length < window:
        return ()
    regular = list(range(0, length - window + 1, stride))
    if regular[-1] + window < length:
        regular.append(length - window)
    return regular
