"""The user's own recordings: CSV files with a row a sample and a column a feature."""

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
        name: of the recording.
        subject: whose it is.
        time_s: (time,) seconds.
        values: (time, features).
        labels: (time,) cells of the label column.
        split: what the split column says, or None.
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
        progress: gets a bar that counts files.

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
        given={part.name: part.split for part in rows if part.split is not None} if spec.split_column else None,
        about=about,
    )


def _recordings(path: Path, name: str, spec: RecordingFiles) -> list[Rows]:
    table = read_csv(path)
    values = numeric(table, spec.columns).astype(np.float32, copy=False)
    labels = [cell.strip() for cell in table.column(spec.label)] if spec.label else [""] * len(table)
    sides = tables.splits(table, spec.split_column) if spec.split_column else None
    groups = np.array(tables.filled(table, spec.group) if spec.group else [name] * len(table))
    times = numeric(table, [spec.time], np.float64)[:, 0].astype(np.float64, copy=False) if spec.time else None
    recordings: list[Rows] = []
    for group in dict.fromkeys(groups.tolist()):
        at = np.flatnonzero(groups == group)
        own = f"{name}/{group}" if len(at) < len(table) else name
        if len(at) < 2:
            raise DataError(f"{path}: expected at least 2 rows of recording '{own}', got {len(at)}. Add or drop rows.")
        split = _one_side(table, spec, at, sides, own) if sides else None
        time_s = _rising(table, spec, at, times)
        recordings.append(Rows(own, group, time_s, values[at], [labels[row] for row in at], split))
    return recordings


def _rising(
    table: Table, spec: RecordingFiles, at: NDArray[np.intp], times: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """(time,) seconds of the rows `at`: from the time column, or counted at the recipe's rate."""
    if times is None:
        assert spec.rate_hz is not None  # the recipe has one of them
        return np.arange(len(at), dtype=np.float64) / spec.rate_hz
    time_s = times[at]
    back = np.flatnonzero(np.diff(time_s) < 0)
    if len(back):
        before, row = time_s[back[0]], at[back[0] + 1]
        raise DataError(
            f"{table.source}:{table.lines[int(row)]}: column '{spec.time}': expected rising seconds, got "
            f"{times[row]:g} after {before:g}. Sort the rows by time, or name the column that "
            "tells recordings apart in data.group."
        )
    if time_s[0] == time_s[-1]:
        raise DataError(
            f"{table.source}: column '{spec.time}': expected rising seconds, got {time_s[0]:g} in every row. "
            "Name the column with the time, or give rate_hz."
        )
    return time_s


def _one_side(table: Table, spec: RecordingFiles, at: NDArray[np.intp], sides: list[str], name: str) -> str:
    first = sides[at[0]]
    other = next((row for row in at if sides[row] != first), None)
    if other is not None:
        raise DataError(
            f"{table.source}:{table.lines[int(other)]}: column '{spec.split_column}': expected '{first}' in all rows "
            f"of recording '{name}', got '{sides[other]}'. Keep a recording on one side, or make two of it."
        )
    return first
