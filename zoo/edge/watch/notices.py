"""What a monitor has to complain about, on standard error: of each kind one line every few seconds at most."""

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
    """One kind of complaint: how many there were, how many of them were told, the last one, and when one was told."""

    count: int = 0
    told: int = 0
    text: str = ""
    told_at: float = -math.inf


class Notices:
    """Tells a complaint at once, and those of the same kind that follow soon together, with their number."""

    def __init__(self, write: Callable[[str], None] | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Begins with nothing to tell. `write` takes one line; None: standard error."""
        self._write = write or _to_stderr
        self._clock = clock
        self._kinds: dict[str, _Kind] = {}
        self._lock = threading.Lock()

    def tell(self, kind: str, text: str, count: int = 1) -> None:
        """Complains, now or with the next line of this kind.

        Args:
            kind: a name; there are only a few.
            text: the line; of several the last is told.
            count: how many complaints this is.
        """
        with self._lock:
            one = self._kinds.setdefault(kind, _Kind())
            one.count += count
            one.text = text
            self._due(one, self._clock())

    def say(self, text: str) -> None:
        """Prints a line at once."""
        with self._lock:
            self._write(text)

    def visit(self, now: float) -> float:
        """Tells what is due; returns when the next is."""
        with self._lock:
            return min((self._due(one, now) for one in self._kinds.values()), default=math.inf)

    def close(self) -> None:
        """Tells all that was not told yet."""
        self.visit(math.inf)

    def _due(self, one: _Kind, now: float) -> float:
        if one.count == one.told:
            return math.inf
        if now < one.told_at + INTERVAL_S:
            return one.told_at + INTERVAL_S
        one.told, one.told_at = one.count, now
        self._write(one.text if one.count == 1 else f"{one.text} ({one.count} such so far)")
        return math.inf


def _to_stderr(text: str) -> None:
    # Standard error may be closed, or a full disk: no reason to stop listening.
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
