"""The user's own recordings: CSV files with one row per sample and one column per feature."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo.core.errors import DataError
from zoo.core.manifest import Feature
from zoo.core.progress import Progress
from zoo.core.tables import Table, numeric, read_csv
from zoo.data import files as tables
from zoo.data.records import Recording, RecordingSet
from zoo.inputs.recording.specs import RecordingFiles


@dataclass(frozen=True)
class Rows:
    """The rows of one recording before the labels of all files are known.

    Attributes:
        name: name of the recording.
        subject: who was recorded.
        time_s: (time,) seconds.
        values: (time, features).
        labels: (time,) cells of the label column.
        split: the split from the split column, or None.
    """

    name: str
    subject: str
    time_s: NDArray[np.float64]
    values: NDArray[np.float32]
    labels: list[str]
    split: str | None


def read(spec: RecordingFiles, progress: Progress) -> RecordingSet:
    """Reads recordings from CSV files.

    A file is one recording; with a group column, the rows of each group in a file are one.

    Args:
        spec: files and columns.
        progress: shows a bar that counts files.

    Raises:
        DataError: a file, column or cell is missing or wrong; names the file, the line and the column.
    """
    files = tables.expand(spec.files)
    rows: list[Rows] = []
    with progress.bar("Reading CSV files", len(files), "files") as advance:
        for path, name in zip(files, tables.names_of(files), strict=True):
            rows += _recordings(path, name, spec)
            advance(1)
    names = tables.label_names(spec.label, (part.labels for part in rows)) if spec.label else ()
    about = tables.about(files)
    return RecordingSet(
        name=about.name,
        features=tuple(Feature(column, spec.units.get(column, "")) for column in spec.columns),
        label_names=names,
        recordings=tuple(
            Recording(part.name, part.subject, part.time_s, part.values, tables.label_numbers(part.labels, names))
            for part in rows
        ),
        test_subjects=None,
        splits={part.name: part.split for part in rows if part.split is not None} if spec.split_column else None,
        about=about,
    )


def _recordings(path: Path, name: str, spec: RecordingFiles) -> list[Rows]:
    table = read_csv(path)
    values = numeric(table, spec.columns).astype(np.float32, copy=False)
    labels = [cell.strip() for cell in table.column(spec.label)] if spec.label else [""] * len(table)
    splits = tables.splits(table, spec.split_column) if spec.split_column else None
    groups = np.array(tables.filled(table, spec.group) if spec.group else [name] * len(table))
    times = numeric(table, [spec.time], np.float64)[:, 0].astype(np.float64, copy=False) if spec.time else None
    recordings: list[Rows] = []
    for group in dict.fromkeys(groups.tolist()):
        indices = np.flatnonzero(groups == group)
        recording = f"{name}/{group}" if len(indices) < len(table) else name
        if len(indices) < 2:
            raise DataError(
                f"{path}: expected at least 2 rows of recording '{recording}', got {len(indices)}. Add or remove rows."
            )
        split = _common_split(table, spec, indices, splits, recording) if splits else None
        time_s = _rising(table, spec, indices, times)
        recordings.append(Rows(recording, group, time_s, values[indices], [labels[row] for row in indices], split))
    return recordings


def _rising(
    table: Table, spec: RecordingFiles, indices: NDArray[np.intp], times: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """(time,) seconds of the rows `indices`: from the time column, or from the recipe's rate."""
    if times is None:
        assert spec.rate_hz is not None  # a valid recipe has one of the two
        return np.arange(len(indices), dtype=np.float64) / spec.rate_hz
    time_s = times[indices]
    decreases = np.flatnonzero(np.diff(time_s) < 0)
    if len(decreases):
        before, row = time_s[decreases[0]], indices[decreases[0] + 1]
        raise DataError(
            f"{table.source}:{table.lines[int(row)]}: column '{spec.time}': expected rising seconds, got "
            f"{times[row]:g} after {before:g}. Sort the rows by time, or set data.group to "
            "the column that distinguishes recordings."
        )
    if time_s[0] == time_s[-1]:
        raise DataError(
            f"{table.source}: column '{spec.time}': expected rising seconds, got {time_s[0]:g} in every row. "
            "Set data.time to the column with the time, or use data.rate_hz instead."
        )
    return time_s


def _common_split(table: Table, spec: RecordingFiles, indices: NDArray[np.intp], splits: list[str], name: str) -> str:
    first = splits[indices[0]]
    differing = next((row for row in indices if splits[row] != first), None)
    if differing is not None:
        raise DataError(
            f"{table.source}:{table.lines[int(differing)]}: column '{spec.split_column}': expected '{first}' in all "
            f"rows of recording '{name}', got '{splits[differing]}'. Put the recording into one split, or divide it "
            "into two recordings."
        )
    return first
