"""Reads CSV tables with the standard library: text cells by column, converted to numbers with precise errors."""

import csv
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypeVar

import numpy as np
import numpy.typing as npt

from zoo.core.errors import DataError
from zoo.core.names import nearest

#: Delimiters; the first of them that occurs in the header is used.
DELIMITERS = (",", ";", "\t")

#: Names of the column with the time in seconds when the user names none.
TIME_COLUMNS = ("time_s", "time", "timestamp")


Number = TypeVar("Number", np.float32, np.float64)


@dataclass(frozen=True)
class Table:
    """The cells of a CSV file as text.

    Attributes:
        source: where the table came from, for messages.
        columns: the header's names, in order.
        rows: column name -> (rows,) cells.
        lines: (rows,) the line of the file in which each row ends, counted from 1.
    """

    source: str
    columns: tuple[str, ...]
    rows: dict[str, list[str]]
    lines: Sequence[int]

    def __len__(self) -> int:
        """Number of rows below the header."""
        return len(self.lines)

    def column(self, name: str) -> list[str]:
        """The (rows,) cells of one column.

        Raises:
            DataError: there is no such column; the message suggests the nearest name.
        """
        if name not in self.rows:
            raise DataError(f"{self.source}: no column '{name}'{not_there(name, self.columns)}")
        return self.rows[name]


def read_csv(source: str | Path | TextIO) -> Table:
    """Reads a table with a header line, delimited by commas, semicolons or tabs, in UTF-8 with or without a BOM.

    Args:
        source: a path, "-" for standard input, or an open text file.

    Raises:
        DataError: the file cannot be read, is empty, or has no rows, an ambiguous header or a row of another length.
    """
    if isinstance(source, Path) or (isinstance(source, str) and source != "-"):
        try:
            with open(source, encoding="utf-8-sig", newline="") as file:
                return _read(file, str(source))
        except OSError as error:
            raise DataError(f"{source}: cannot be read: {error.strerror or error}.") from None
    if isinstance(source, str):
        return _read(sys.stdin, "standard input")
    return _read(source, str(getattr(source, "name", "table")))


def numeric(table: Table, names: Iterable[str], dtype: type[Number] = np.float32) -> npt.NDArray[Number]:
    """Converts columns to numbers.

    Args:
        table: the cells.
        names: columns, in the order of the result.
        dtype: float32 for samples, float64 for times.

    Returns:
        (rows, columns).

    Raises:
        DataError: a column is missing, or a cell is not a finite number; the message names its line and column.
    """
    columns = tuple(names)
    numbers: npt.NDArray[Number] = np.empty((len(table), len(columns)), dtype)
    largest = float(np.finfo(dtype).max)
    for index, name in enumerate(columns):
        cells = table.column(name)
        try:
            column = np.fromiter(map(float, cells), np.float64, len(cells))
        except ValueError:
            raise _not_a_number(table, name, largest) from None
        if not (np.abs(column) <= largest).all():
            raise _not_a_number(table, name, largest)
        numbers[:, index] = column
    return numbers


def _not_a_number(table: Table, name: str, largest: float) -> DataError:
    """The error for the first cell of a column that is not a finite number."""
    for line, cell in zip(table.lines, table.rows[name], strict=True):
        try:
            if abs(float(cell)) <= largest:
                continue
        except ValueError:
            pass
        got = f"'{cell[:40]}'" if cell.strip() else "an empty cell"
        return DataError(f"{table.source}:{line}: column '{name}': expected a finite number, got {got}.")
    raise AssertionError(f"every cell of '{name}' is a number")


def _read(file: TextIO, source: str) -> Table:
    reader = None
    try:
        header_line = _first_line(file)
        if not header_line.strip():
            more = any(line.strip() for line in file)
            got = "an empty first line. Delete it." if more else "an empty file."
            raise DataError(f"{source}: expected a header line and rows, got {got}")
        delimiter = next((mark for mark in DELIMITERS if mark in header_line), ",")
        columns = _header(next(csv.reader([header_line], delimiter=delimiter)), source)
        reader = csv.reader(file, delimiter=delimiter)
        rows: list[list[str]] = []
        lines = array("L")
        for row in reader:
            if not row:
                continue
            if len(row) != len(columns):
                raise DataError(f"{source}:{reader.line_num + 1}: expected {len(columns)} cells, got {len(row)}.")
            rows.append(row)
            lines.append(reader.line_num + 1)
    except csv.Error as error:
        line = 1 if reader is None else reader.line_num + 1
        raise DataError(f"{source}:{line}: not a CSV row: {error}.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{source}: expected UTF-8 text, got byte 0x{error.object[error.start]:02x}.") from None
    if not rows:
        raise DataError(f"{source}: expected rows below the header, got none.")
    cells = {name: list(column) for name, column in zip(columns, zip(*rows, strict=True), strict=True)}
    return Table(source, columns, cells, lines)


def _first_line(file: TextIO) -> str:
    """The header line. Standard input and files opened by the caller may still start with a byte order mark."""
    return file.readline().removeprefix("\ufeff")


def _header(names: list[str], source: str) -> tuple[str, ...]:
    columns = tuple(name.strip() for name in names)
    for number, name in enumerate(columns, start=1):
        if not name:
            raise DataError(f"{source}:1: expected a name for every column, got none for column {number}.")
        if name in columns[: number - 1]:
            raise DataError(f"{source}:1: expected unique column names, got '{name}' twice.")
    return columns


def not_there(name: str, columns: tuple[str, ...]) -> str:
    """The end of a message about a missing column: a similar name, if any, and all existing columns."""
    near = nearest(name, columns)
    hint = "." if near is None else f"; did you mean '{near}'?"
    return f"{hint} It has: {', '.join(columns)}."
