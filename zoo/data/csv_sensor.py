"""The user's own recordings: CSV files with a row a sample and a column a feature."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo.core.errors import DataError
from zoo.core.manifest import Feature
from zoo.core.progress import Progress
from zoo.core.tables import Table, numeric, read_csv
from zoo.data import csv_files
from zoo.data.records import Recording, RecordingSet
from zoo.data.sources import remedy
from zoo.recipe.data import CsvData


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


def load_sensor(spec: CsvData, progress: Progress) -> RecordingSet:
    """Reads recordings from CSV files.

    A file is one recording; with a group column, the rows of each group in a file are one.

    Args:
        spec: files and columns.
        progress: gets a bar that counts files.

    Raises:
        DataError: a file, column or cell is missing or wrong; names the file, the line and the column.
    """
    columns, label = _columns(spec)
    files = csv_files.expand(spec.csv)
    rows: list[Rows] = []
    with progress.bar("Reading CSV files", len(files), "files") as advance:
        for path, name in zip(files, csv_files.names_of(files), strict=True):
            rows += _recordings(path, name, spec, columns, label)
            advance(1)
    names = csv_files.label_names(label, (part.labels for part in rows))
    about = csv_files.about(files)
    return RecordingSet(
        name=about.name,
        features=tuple(Feature(column, spec.units.get(column, "")) for column in columns),
        label_names=names,
        recordings=tuple(
            Recording(part.name, part.subject, part.time_s, part.values, csv_files.label_numbers(part.labels, names))
            for part in rows
        ),
        test_subjects=None,
        given={part.name: part.split for part in rows if part.split is not None} if spec.split_column else None,
        about=about,
    )


def _columns(spec: CsvData) -> tuple[tuple[str, ...], str]:
    """The feature columns and the label column, with the sections of the recipe that belong to them checked."""
    if not spec.columns:
        raise DataError("data.columns: expected the columns that the model sees, got none. Name them.")
    if not spec.label:
        raise DataError("data.label: expected the column with the label of each row, got none. Name it.")
    for column in spec.units:
        if column not in spec.columns:
            raise DataError(f"data.units: '{column}' is not in data.columns. {remedy(column, spec.columns)}")
    if (spec.time is None) == (spec.csv_rate_hz is None):
        got = "none" if spec.time is None else "both"
        raise DataError(f"data: expected either 'time' or 'csv_rate_hz', got {got}. Give one of them.")
    return spec.columns, spec.label


def _recordings(path: Path, name: str, spec: CsvData, columns: tuple[str, ...], label: str) -> list[Rows]:
    table = read_csv(path)
    values = numeric(table, columns).astype(np.float32, copy=False)
    labels = [cell.strip() for cell in table.column(label)]
    sides = csv_files.splits(table, spec.split_column) if spec.split_column else None
    groups = np.array(csv_files.filled(table, spec.group) if spec.group else [name] * len(table))
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
    table: Table, spec: CsvData, at: NDArray[np.intp], times: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """(time,) seconds of the rows `at`: from the time column, or counted at the recipe's rate."""
    if times is None:
        assert spec.csv_rate_hz is not None  # _columns has seen to it
        return np.arange(len(at), dtype=np.float64) / spec.csv_rate_hz
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
            "Name the column with the time, or give csv_rate_hz."
        )
    return time_s


def _one_side(table: Table, spec: CsvData, at: NDArray[np.intp], sides: list[str], name: str) -> str:
    first = sides[at[0]]
    other = next((row for row in at if sides[row] != first), None)
    if other is not None:
        raise DataError(
            f"{table.source}:{table.lines[int(other)]}: column '{spec.split_column}': expected '{first}' in all rows "
            f"of recording '{name}', got '{sides[other]}'. Keep a recording on one side, or make two of it."
        )
    return first
