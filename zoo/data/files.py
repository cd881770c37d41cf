"""What the user's recording and text tables have in common: files, labels, split and origin."""

import glob
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo.core.atomic import sha256_of
from zoo.core.errors import DataError
from zoo.core.tables import Table
from zoo.data.records import NO_LABEL, SPLITS, About
from zoo.data.sources import remedy

#: A column with more distinct values than this holds measurements rather than labels.
MOST_LABELS = 1000


def expand(patterns: Iterable[str]) -> list[Path]:
    """The files that paths and patterns such as night-*.csv match, each once; those of one pattern sorted by name.

    Raises:
        DataError: a path is not a file, or a pattern matches none.
    """
    files: dict[Path, None] = {}
    for pattern in patterns:
        # A file may be called night[1].csv: an existing path is not read as a pattern.
        matches = [pattern] if Path(pattern).exists() else sorted(glob.glob(pattern, recursive=True))
        if not matches:
            raise DataError(f"data.files: expected a file, found none at {pattern}. Check the path, or create it.")
        for name in matches:
            if not Path(name).is_file():
                raise DataError(
                    f"data.files: expected a file, got a folder: {name}. Write {name}/*.csv for all CSV files in it."
                )
            files[Path(name)] = None
    return list(files)


def names_of(files: Sequence[Path]) -> list[str]:
    """A unique name for each file: its stem, or its path below the files' common folder, without the suffix."""
    if len({file.stem for file in files}) == len(files):
        return [file.stem for file in files]
    paths = [file.resolve().with_suffix("").parts for file in files]
    shared = next(depth for depth, parts in enumerate(zip(*paths, strict=False)) if len(set(parts)) > 1)
    return ["/".join(parts[shared:]) for parts in paths]


def about(files: Sequence[Path]) -> About:
    """The origin of the user's data. The digest of several files is that of their hex digests, in order."""
    digests = [sha256_of(file) for file in files]
    digest = digests[0] if len(files) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    if len(files) == 1:
        name, title = files[0].stem, files[0].name
    else:
        name, title = files[0].resolve().parent.name, f"{len(files)} CSV files, {files[0].name} and others"
    return About(name=name, title=title, licence="", cite="", sha256=digest, url="")


def filled(table: Table, column: str) -> list[str]:
    """The (rows,) cells of a column in which no cell may be empty, without surrounding blanks.

    Raises:
        DataError: there is no such column, or a cell is empty.
    """
    cells = [cell.strip() for cell in table.column(column)]
    if not all(cells):
        line = table.lines[cells.index("")]
        raise DataError(f"{table.source}:{line}: column '{column}': expected a value, got an empty cell. Fill it in.")
    return cells


def splits(table: Table, column: str) -> list[str]:
    """The (rows,) split of each row, from a column.

    Raises:
        DataError: there is no such column, or a cell does not name a split.
    """
    cells = filled(table, column)
    for line, cell in zip(table.lines, cells, strict=True):
        if cell not in SPLITS:
            raise DataError(
                f"{table.source}:{line}: column '{column}': expected one of {', '.join(SPLITS)}, got '{cell}'. "
                f"{remedy(cell, SPLITS)}"
            )
    return cells


def label_names(column: str, cells: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """The distinct labels of all files, sorted, numbers by value. Empty cells are not labels.

    Raises:
        DataError: there are none, or too many for a column of labels.
    """
    names = {cell for part in cells for cell in part if cell}
    if not names:
        raise DataError(f"data.label: expected labels in the column '{column}', got only empty cells. Fill some in.")
    if len(names) > MOST_LABELS:
        raise DataError(
            f"data.label: expected at most {MOST_LABELS} different labels, got {len(names):,} in the column "
            f"'{column}'. Name the column that holds the labels."
        )
    return tuple(sorted(names, key=_by_value))


def label_numbers(cells: Iterable[str], names: Sequence[str]) -> NDArray[np.int16]:
    """(rows,) index of each label in `names`; `NO_LABEL` for an empty cell."""
    numbers = {"": NO_LABEL} | {name: number for number, name in enumerate(names)}
    return np.fromiter((numbers[cell] for cell in cells), np.int16)


def _by_value(name: str) -> tuple[float, str]:
    try:
        return float(name), name
    except ValueError:
        return float("inf"), name
