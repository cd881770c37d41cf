"""Plays a recording like a live sensor: each sample when it is due."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo.core.errors import InputError, ZooError
from zoo.core.tables import TIME_COLUMNS
from zoo.edge.watch.inbox import Batch, Inbox
from zoo.edge.watch.lines import Lines, Splitter

#: Number of bytes per read.
CHUNK = 16 * 1024


@dataclass(frozen=True)
class Pace:
    """How fast a recording is played.

    Attributes:
        speed: factor relative to real time; None: as fast as the model runs.
        rate_hz: samples per second of a recording without times; None if unknown.
        model_hz: the model's rate, for messages.
    """

    speed: float | None
    rate_hz: float | None
    model_hz: float


def usual_rate_hz(path: Path, lines: Lines) -> float | None:
    """Samples per second of a recording, estimated from its first times; None if they are missing or too few.

    Args:
        path: a CSV file.
        lines: a new reader for it.

    Raises:
        InputError: the file does not exist, is not a CSV file, or cannot be read.
        DataError: its header lacks the model's features.
    """
    _check(path)
    try:
        with open(path, "rb") as file:
            times = lines.read(Splitter().feed(file.read(CHUNK))).times
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}.") from None
    if times is None or len(times) < 2:
        return None
    interval = float(np.median(np.diff(times)))
    return 1 / interval if interval > 0 else None


def start(path: Path, lines: Lines, pace: Pace, inbox: Inbox) -> None:
    """Plays a CSV file into the inbox in a thread that ends with the file or the process.

    Raises:
        InputError: the file does not exist, or is not a CSV file.
    """
    _check(path)
    threading.Thread(target=_play, args=(path, lines, pace, inbox), name="zoo-replay", daemon=True).start()


def _check(path: Path) -> None:
    if not path.is_file():
        problem = "expected a file, got a folder" if path.is_dir() else "no such file"
        raise InputError(f"{path}: {problem}. Give a .csv file, or pipe the samples in.")
    if path.suffix.lower() != ".csv":
        raise InputError(f"{path}: expected a .csv file, got '{path.suffix or path}'.")


def _play(path: Path, lines: Lines, pace: Pace, inbox: Inbox) -> None:
    try:
        clock = _Clock(pace)
        for batch in _batches(path, lines):
            if batch.times is None and pace.rate_hz is None and len(batch.values):
                raise InputError(
                    f"{path}: has no column {', '.join(TIME_COLUMNS[:-1])} or {TIME_COLUMNS[-1]}. Name the "
                    f"column with the seconds (--time COLUMN), or the samples per second (--rate {pace.model_hz:g})."
                )
            for part in clock.parts(batch, inbox.closed):
                if not inbox.put(part):
                    return
        inbox.end()
    except ZooError as error:
        inbox.end(error)
    except OSError as error:
        inbox.end(InputError(f"{path}: cannot be read: {error.strerror or error}."))


def _batches(path: Path, lines: Lines) -> Iterator[Batch]:
    splitter = Splitter()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            yield lines.read(splitter.feed(chunk))
    yield lines.read(splitter.flush())


class _Clock:
    """Maps the recording's time to real time. If the recording's clock was set back, the mapping restarts there."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._first: float | None = None
        self._began = 0.0
        self._last = 0.0
        self._count = 0

    def parts(self, batch: Batch, closed: threading.Event) -> Iterator[Batch]:
        """Yields the batch in parts, each when it is due."""
        if self._pace.speed is None or not len(batch.values):
            yield batch
            return
        times = self._times(batch)
        first = 0
        for number, time_s in enumerate(times):
            wait = self._wait(float(time_s), self._pace.speed)
            if wait <= 0:
                continue
            if number > first:
                yield _part(batch, first, number)
                first = number
            if closed.wait(wait):
                return
        yield Batch(
            batch.values[first:],
            None if batch.times is None else batch.times[first:],
            batch.unreadable,
            batch.complaint,
        )

    def _times(self, batch: Batch) -> np.ndarray:
        if batch.times is not None:
            return batch.times
        assert self._pace.rate_hz is not None
        times = (self._count + np.arange(len(batch.values))) / self._pace.rate_hz
        self._count += len(batch.values)
        return times

    def _wait(self, time_s: float, speed: float) -> float:
        """Seconds until a sample of this time is due."""
        if self._first is None or time_s < self._last:
            self._first, self._began = time_s, time.monotonic()
        self._last = time_s
        return self._began + (time_s - self._first) / speed - time.monotonic()


def _part(batch: Batch, first: int, end: int) -> Batch:
    return Batch(batch.values[first:end], None if batch.times is None else batch.times[first:end])
