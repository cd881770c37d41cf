"""Reads CSV rows as samples, with the columns from a header or from the number of cells."""

import csv
import math
import re
from dataclasses import dataclass
from typing import Literal

from zoo.core.errors import DataError
from zoo.core.tables import DELIMITERS, TIME_COLUMNS, not_there

Format = Literal["auto", "csv", "json"]

#: A plausible cell of a header without any known name.
_WORD = re.compile(r"[^\W\d][\w .:/()\[\]°²-]*")


class Unreadable(Exception):
    """A line that is not a sample."""


@dataclass(frozen=True)
class Wanted:
    """What to read from lines.

    Attributes:
        features: names of the features, in the model's order.
        format: "auto": the format of the first readable line.
        timed: whether to read times.
        time_column: name of the time column; None: one of `TIME_COLUMNS`, if present.
    """

    features: tuple[str, ...]
    format: Format = "auto"
    timed: bool = True
    time_column: str | None = None

    @property
    def time_columns(self) -> tuple[str, ...]:
        """Possible names of the time column, the preferred one first."""
        if not self.timed:
            return ()
        return TIME_COLUMNS if self.time_column is None else (self.time_column,)


@dataclass(frozen=True)
class _Columns:
    """The positions of a sample's cells in a CSV row: `picks` has the time first, if any, then the model's features."""

    count: int
    picks: tuple[int, ...]
    timed: bool
    delimiter: bytes


class Rows:
    """Reads one source's rows. It remembers the columns of the first row or the last header."""

    def __init__(self, wanted: Wanted, source: str) -> None:
        """Prepares to read the first row; `source` is its name for messages."""
        self._wanted, self._source = wanted, source
        self._columns: _Columns | None = None

    def read(self, line: bytes, number: int) -> tuple[list[float], bool] | None:
        """The time, if any, followed by the sample, and whether there is a time; None for a header.

        Args:
            line: a line that is neither blank nor too long.
            number: number of the line, for messages.

        Raises:
            Unreadable: the line is not a sample.
            DataError: a header before the first sample lacks the model's features.
        """
        columns = self._columns
        if columns is None:
            columns = self._columns = self._header(line, number)
            if columns is not None:
                return None
            columns = self._without_header(line)
        cells = _cells(line, columns.delimiter)
        if len(cells) != columns.count:
            if self._is_header(line, number):
                return None
            raise Unreadable(f"expected {columns.count} cells, got {len(cells)}")
        try:
            row = [float(cells[pick]) for pick in columns.picks]
            if b"_" in line:  # Python reads 1_000 as a number
                row = [_number(cells[pick]) for pick in columns.picks]
        except ValueError:
            if self._is_header(line, number):
                return None
            row = [_number(cells[pick]) for pick in columns.picks]
        self._columns = columns
        return row, columns.timed

    def _is_header(self, line: bytes, number: int) -> bool:
        """Whether this is a header in mid-stream, as after a sensor's restart; if so, it applies from here on."""
        try:
            columns = self._header(line, number)
        except DataError:
            return False
        if columns is None:
            return False
        self._columns = columns
        return True

    def _header(self, line: bytes, number: int) -> _Columns | None:
        """The columns of a header that names all features; None if the line is not a header.

        Raises:
            DataError: it is a header that lacks a feature or names one twice.
        """
        try:
            text = line.decode().strip()
        except UnicodeDecodeError:
            return None
        delimiter = next((mark for mark in DELIMITERS if mark in text), ",")
        names = [name.strip() for name in _row(text, delimiter)]
        known = {*self._wanted.features, *self._wanted.time_columns}
        only_words = len(names) >= max(2, len(self._wanted.features)) and all(map(_is_word, names))
        if not known & set(names) and not only_words:
            return None
        required = [*self._wanted.features, *filter(None, [self._wanted.time_column])]
        for name in required:
            if name not in names:
                raise DataError(f"{self._source}:{number}: no column '{name}'{not_there(name, tuple(names))}")
            if names.count(name) > 1:
                raise DataError(f"{self._source}:{number}: expected one column '{name}', got several.")
        times = [names.index(name) for name in self._wanted.time_columns if name in names][:1]
        picks = (*times, *(names.index(name) for name in self._wanted.features))
        return _Columns(len(names), picks, bool(times), delimiter.encode())

    def _without_header(self, line: bytes) -> _Columns:
        """The columns of a row without a preceding header: the features in order, or the time and the features."""
        delimiter = next((mark.encode() for mark in DELIMITERS if mark.encode() in line), b",")
        count, features = len(_cells(line, delimiter)), len(self._wanted.features)
        timed = self._wanted.timed and count == features + 1
        if not (timed or count == features or (count == features + 1 and not self._wanted.timed)):
            raise Unreadable(f"expected {features} cells, or {features + 1} with the time first, got {count}")
        if self._wanted.time_column is not None and not timed:
            raise Unreadable(f"expected {features + 1} cells, the time first, got {count}")
        return _Columns(count, tuple(range(count - features - timed, count)), timed, delimiter)


def _cells(line: bytes, delimiter: bytes) -> list[bytes]:
    if b'"' not in line:
        return line.split(delimiter)
    return [cell.encode() for cell in _row(line.decode("utf-8", "replace").strip(), delimiter.decode())]


def _row(text: str, delimiter: str) -> list[str]:
    try:
        # The csv module of Python 3.10 refuses NUL, newer ones accept it; replacing it makes them behave alike.
        rows = list(csv.reader([text.replace("\0", "\ufffd")], delimiter=delimiter))
    except csv.Error:
        raise Unreadable("not a CSV row") from None
    return rows[0] if rows else []


def _is_word(name: str) -> bool:
    """Whether a cell may be a column's name: "nan" and "inf" are numbers."""
    if not _WORD.fullmatch(name):
        return False
    try:
        float(name)
    except ValueError:
        return True
    return False


def _number(cell: bytes) -> float:
    """The number in a cell; NaN for an empty one."""
    stripped = cell.strip()
    if not stripped:
        return math.nan
    try:
        if b"_" not in stripped:
            return float(stripped)
    except ValueError:
        pass
    raise Unreadable("expected numbers")
