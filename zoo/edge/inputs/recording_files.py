"""Recordings named on the command line: files, or a pipe."""

import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import RecordingInput
from zoo.core.tables import TIME_COLUMNS, numeric, read_csv
from zoo.edge.inputs.kind import Item

#: Names of the arrays in an .npz file: the readings, and optionally their times.
VALUES, TIMES = "values", "time_s"


def recordings(
    arguments: Sequence[str], spec: RecordingInput, *, rate_hz: float | None = None, time_column: str | None = None
) -> Iterator[Item]:
    """Reads the recordings that the arguments name.

    Args:
        arguments: a .csv, .npy or .npz file, or - for CSV on standard input.
        spec: names and order of the columns that are read from a CSV file.
        rate_hz: readings per second; if set, no time column is used.
        time_column: the CSV column with the time in seconds; None: one of `TIME_COLUMNS`.

    Raises:
        InputError: an argument is not such a file, or the rate of the readings is unknown.
        DataError: a CSV file cannot be read.
    """
    if rate_hz is not None and time_column is not None:
        raise InputError("--rate and --time: expected one of them, got both. Leave one out.")
    if rate_hz is not None and not 0 < rate_hz < float("inf"):
        raise InputError(f"--rate: expected more than 0 readings per second, got {rate_hz:g}.")
    for argument in arguments:
        yield _recording(argument, spec, rate_hz, time_column)


def _recording(argument: str, spec: RecordingInput, rate_hz: float | None, time_column: str | None) -> Item:
    suffix = Path(argument).suffix.lower()
    if argument != "-" and not os.path.isfile(argument):
        problem = "expected a file, got a folder" if os.path.isdir(argument) else "no such file"
        raise InputError(
            f"{argument or repr(argument)}: {problem}. Give a .csv, .npy or .npz file, or - for standard input."
        )
    if argument == "-" or suffix == ".csv":
        return _from_csv(argument, spec, rate_hz, time_column)
    if suffix not in (".npy", ".npz"):
        raise InputError(f"{argument}: expected a .csv, .npy or .npz file, got '{suffix or argument}'.")
    if time_column is not None:
        raise InputError(f"--time: only CSV files have named columns; {argument} has none. Use --rate HZ.")
    values, times = _arrays(argument)
    if rate_hz is None and times is None:
        raise _no_rate(argument, spec)
    return _item(argument, values, rate_hz, times if rate_hz is None else None)


def _from_csv(argument: str, spec: RecordingInput, rate_hz: float | None, time_column: str | None) -> Item:
    table = read_csv(argument)
    values = numeric(table, [feature.name for feature in spec.features])
    if rate_hz is not None:
        return _item(table.source, values, rate_hz)
    column = time_column or next((name for name in TIME_COLUMNS if name in table.columns), None)
    if column is None:
        raise _no_rate(table.source, spec)
    return _item(table.source, values, time_s=numeric(table, [column], np.float64)[:, 0])


def _arrays(path: str) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.generic] | None]:
    """The readings of a .npy or .npz file, and their times if there are any. Pickled arrays are refused."""
    try:
        loaded: Any = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return cast("npt.NDArray[np.generic]", loaded), None
        with loaded:
            name = VALUES if VALUES in loaded.files or len(loaded.files) != 1 else loaded.files[0]
            if name not in loaded.files:
                names = ", ".join(loaded.files) or "nothing"
                raise InputError(f"{path}: expected an array named '{VALUES}', got {names}. Save it under that name.")
            return loaded[name], loaded[TIMES] if TIMES in loaded.files and name != TIMES else None
    except (ValueError, EOFError, OSError, MemoryError, zipfile.BadZipFile) as error:
        # numpy's advice to allow pickled objects is unsafe for a file from an unknown source.
        reason = "got objects or another kind of file." if "pickle" in str(error) else str(error)
        raise InputError(f"{path}: expected an array of numbers saved by numpy: {reason}") from None


def _no_rate(source: str, spec: RecordingInput) -> InputError:
    return InputError(
        f"{source}: has no column {', '.join(TIME_COLUMNS[:-1])} or {TIME_COLUMNS[-1]}. Name the "
        f"column with the seconds (--time COLUMN), or the readings per second (--rate {spec.sample_rate_hz:g})."
    )


def _item(
    source: str,
    values: npt.NDArray[np.generic],
    rate_hz: float | None = None,
    time_s: npt.NDArray[np.generic] | None = None,
) -> Item:
    """A recording of (time, features), with its readings per second or the (time,) seconds of each."""
    return Item(source, source, values, {"rate_hz": rate_hz, "time_s": time_s})
