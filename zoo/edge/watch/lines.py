"""Reads a live sensor's lines, CSV or JSON, as samples. Unreadable lines are reported and skipped, and never raise."""

import json
import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from zoo.edge.watch.columns import Format, Rows, Unreadable, Wanted
from zoo.edge.watch.inbox import Batch

#: Maximum length of a line in bytes.
LONGEST = 64 * 1024


class Splitter:
    """Splits chunks of bytes into lines. Keeps only the beginning of a line that is too long, enough to refuse it."""

    def __init__(self) -> None:
        """Starts with an empty line."""
        self._partial = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that end in this chunk."""
        *lines, partial = (self._partial + chunk).split(b"\n")
        self._partial = partial[: LONGEST + 1]
        return lines

    def flush(self) -> list[bytes]:
        """The last line, if it does not end with a line break: the input is over."""
        partial, self._partial = self._partial, b""
        return [partial] if partial else []


class Lines:
    """Reads one source's lines. It remembers the format, the header, and whether samples have times."""

    def __init__(self, wanted: Wanted, source: str) -> None:
        """Prepares to read the first line; `source` is its name for messages."""
        self._wanted, self._source = wanted, source
        self._format: Format = wanted.format
        self._rows = Rows(wanted, source)
        self._timed: bool | None = None
        self._number = 0

    def read(self, lines: Sequence[bytes]) -> Batch:
        """The samples in these lines.

        Raises:
            DataError: a header before the first sample lacks the model's features.
        """
        rows: list[list[float]] = []
        unreadable, complaint = 0, ""
        for line in lines:
            self._number += 1
            try:
                row = self._read(line)
            except Unreadable as reason:
                unreadable += 1
                excerpt = ascii(line[:40].decode("utf-8", "replace").strip())
                complaint = f"{self._source}:{self._number}: {reason}: {excerpt}. Skipped."
                continue
            if row is not None:
                rows.append(row)
        width = len(self._wanted.features) + bool(self._timed)
        table = np.array(rows, np.float64) if rows else np.zeros((0, width))
        if self._timed:
            return Batch(table[:, 1:], table[:, 0], unreadable, complaint)
        return Batch(table, None, unreadable, complaint)

    def _read(self, line: bytes) -> list[float] | None:
        """The time, if any, followed by the sample; None if the line is blank or a header."""
        if len(line) > LONGEST:
            raise Unreadable(f"expected at most {LONGEST // 1024} kB per line, got more")
        if self._number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line or line.isspace():
            return None
        if self._format == "json" or (self._format == "auto" and line.lstrip()[:1] in (b"{", b"[")):
            row, timed = self._json(line)
            self._format = "json"
        else:
            sample = self._rows.read(line, self._number)
            if sample is None:
                return None
            row, timed = sample
            self._format = "csv"
        if self._timed is None:
            self._timed = timed
        elif timed != self._timed:
            raise Unreadable(f"expected a sample {'with' if self._timed else 'without'} a time, like those before")
        if timed and not math.isfinite(row[0]):
            raise Unreadable("expected a time in seconds")
        return row

    def _json(self, line: bytes) -> tuple[list[float], bool]:
        try:
            value: Any = json.loads(line)
        except (ValueError, RecursionError):
            raise Unreadable("not JSON") from None
        match value:
            case dict():
                return self._object(cast("dict[str, Any]", value))
            case list():
                return self._list(cast("list[Any]", value))
            case _:
                raise Unreadable("expected an object or a list of numbers")

    def _object(self, value: dict[str, Any]) -> tuple[list[float], bool]:
        features = self._wanted.features
        if not any(name in value for name in features):
            raise Unreadable(f"expected the keys {', '.join(features)}")
        times = [_json_number(value[name]) for name in self._wanted.time_columns if name in value][:1]
        if self._wanted.time_column is not None and not times:
            raise Unreadable(f"expected a time '{self._wanted.time_column}'")
        return [*times, *(_json_number(value.get(name)) for name in features)], bool(times)

    def _list(self, value: list[Any]) -> tuple[list[float], bool]:
        features = len(self._wanted.features)
        numbers = [_json_number(item) for item in value]
        if len(numbers) == features and self._wanted.time_column is None:
            return numbers, False
        if len(numbers) == features + 1:
            return (numbers, True) if self._wanted.timed else (numbers[1:], False)
        raise Unreadable(f"expected {features} numbers, or {features + 1} with the time first, got {len(numbers)}")


def _json_number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unreadable("expected numbers")
    try:
        return float(value)
    except OverflowError:
        return math.inf
