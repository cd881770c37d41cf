"""A monitor's complaints on standard error: at most one line of each kind every few seconds."""

import contextlib
import math
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

#: Seconds between two lines of the same kind.
INTERVAL_S = 5.0


@dataclass
class _Kind:
    """One kind of complaint: how many there were and how many were printed, the last one, and the time of printing."""

    count: int = 0
    printed: int = 0
    text: str = ""
    printed_at: float = -math.inf


class Notices:
    """Prints a complaint immediately, and summarises the next ones of the same kind with their number."""

    def __init__(self, write: Callable[[str], None] | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Starts without complaints. `write` takes one line; None: standard error."""
        self._write = write or _to_stderr
        self._clock = clock
        self._kinds: dict[str, _Kind] = {}
        self._lock = threading.Lock()

    def tell(self, kind: str, text: str, count: int = 1) -> None:
        """Reports a complaint, now or with the next line of this kind.

        Args:
            kind: name of the kind; there are only a few.
            text: the line; of several lines the last is printed.
            count: number of complaints that it stands for.
        """
        with self._lock:
            entry = self._kinds.setdefault(kind, _Kind())
            entry.count += count
            entry.text = text
            self._print_if_due(entry, self._clock())

    def say(self, text: str) -> None:
        """Prints a line immediately."""
        with self._lock:
            self._write(text)

    def visit(self, now: float) -> float:
        """Prints what is due; returns when the next line is due."""
        with self._lock:
            return min((self._print_if_due(entry, now) for entry in self._kinds.values()), default=math.inf)

    def close(self) -> None:
        """Prints everything that has not been printed yet."""
        self.visit(math.inf)

    def _print_if_due(self, entry: _Kind, now: float) -> float:
        """Prints the last complaint of a kind if it is due; returns when it is due, infinity if it is printed."""
        if entry.count == entry.printed:
            return math.inf
        if now < entry.printed_at + INTERVAL_S:
            return entry.printed_at + INTERVAL_S
        entry.printed, entry.printed_at = entry.count, now
        self._write(entry.text if entry.count == 1 else f"{entry.text} ({entry.count} so far)")
        return math.inf


def _to_stderr(text: str) -> None:
    # Standard error may be closed, or its disk full, which must not stop the monitor.
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
