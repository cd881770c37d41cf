"""What stands between a source's thread and the model: samples that wait, so many at most."""

import contextlib
import queue
import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Samples that may wait. A pipe is then read no further; of a broker's samples the oldest are dropped.
CAPACITY = 8192


@dataclass(frozen=True)
class Batch:
    """Samples that came together.

    Attributes:
        values: (samples, features), in the manifest's units; NaN where one is missing.
        times: (samples,) seconds, or None if they came without.
        unreadable: lines among them that could not be read.
        complaint: what is wrong with the last of those; "" if there are none.
    """

    values: npt.NDArray[np.float64]
    times: npt.NDArray[np.float64] | None = None
    unreadable: int = 0
    complaint: str = ""


class Inbox:
    """Filled by one thread, emptied by another.

    Attributes:
        closed: set when nobody takes anything any more; a source that waits for something else waits for this too.
        dropped: samples that fell out because the model did not keep up.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Begins empty."""
        self.closed = threading.Event()
        self.dropped = 0
        self._capacity = capacity
        self._batches: deque[Batch] = deque()
        self._waiting = 0
        self._ended = False
        self._error: Exception | None = None
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        # Its put may be called from a signal's handler, whatever this thread is doing.
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()

    @property
    def waiting(self) -> int:
        """Samples that wait."""
        return self._waiting

    def put(self, batch: Batch) -> bool:
        """Adds a batch, and waits for room before; returns whether anybody still takes what is put."""
        with self._room:
            self._room.wait_for(lambda: self._waiting < self._capacity or self.closed.is_set())
            if not self.closed.is_set():
                self._add(batch)
        return not self.closed.is_set()

    def offer(self, batch: Batch) -> int:
        """Adds a batch at once; returns how many of the oldest samples had to go for it."""
        gone = 0
        with self._lock:
            while self._batches and self._waiting + len(batch.values) > self._capacity:
                oldest = self._batches.popleft()
                self._waiting -= len(oldest.values)
                gone += len(oldest.values)
            self.dropped += gone
            self._add(batch)
        return gone

    def end(self, error: Exception | None = None) -> None:
        """Says that nothing more comes: the input is at its end, or this error ended it."""
        with self._lock:
            self._ended, self._error = True, error
        self.ring()

    def ring(self) -> None:
        """Wakes whoever waits in `take`. May be called from a signal's handler."""
        self._bell.put(None)

    def take(self, timeout_s: float | None) -> tuple[list[Batch], bool]:
        """All that waits, as soon as there is something, and whether that was the last.

        Args:
            timeout_s: seconds after which nothing is returned; None waits for ever.

        Raises:
            Exception: the error that ended the source, when all before it has been taken.
        """
        if not self._batches and not self._ended:
            try:
                self._bell.get(timeout=timeout_s)
            except queue.Empty:
                return [], False
        with self._room:
            batches, ended = list(self._batches), self._ended
            self._batches.clear()
            self._waiting = 0
            self._hush()
            self._room.notify_all()
        if ended and not batches and self._error is not None:
            raise self._error
        return batches, ended and self._error is None

    def close(self) -> None:
        """Takes nothing more; whoever waits in `put` goes on."""
        with self._room:
            self.closed.set()
            self._room.notify_all()

    def _hush(self) -> None:
        """Forgets who rang until now: the next `take` would wake for what this one has taken."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._bell.get_nowait()

    def _add(self, batch: Batch) -> None:
        if not self._batches:
            self.ring()
        self._batches.append(batch)
        self._waiting += len(batch.values)
