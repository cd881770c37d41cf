"""A bounded queue of samples between a source's thread and the model."""

import contextlib
import queue
import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Maximum number of samples that wait. A pipe is then not read any further; a broker's oldest samples are dropped.
CAPACITY = 8192


@dataclass(frozen=True)
class Batch:
    """Samples that arrived together.

    Attributes:
        values: (samples, features), in the manifest's units; NaN where a value is missing.
        times: (samples,) seconds, or None if they have no times.
        unreadable: number of unreadable lines among them.
        complaint: the problem of the last unreadable line; "" if there are none.
    """

    values: npt.NDArray[np.float64]
    times: npt.NDArray[np.float64] | None = None
    unreadable: int = 0
    complaint: str = ""


class Inbox:
    """Filled by one thread, emptied by another.

    Attributes:
        closed: set when no more batches are taken; a source that waits for something else must also wait for this.
        dropped: samples dropped because the model did not keep up.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Creates an empty inbox."""
        self.closed = threading.Event()
        self.dropped = 0
        self._capacity = capacity
        self._batches: deque[Batch] = deque()
        self._waiting = 0
        self._ended = False
        self._error: Exception | None = None
        self._lock = threading.Lock()
        self._has_space = threading.Condition(self._lock)
        # A queue whose put is reentrant and therefore safe in a signal handler.
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()

    @property
    def waiting(self) -> int:
        """Number of samples that wait."""
        return self._waiting

    def put(self, batch: Batch) -> bool:
        """Waits until the inbox has space, then adds a batch; returns False if the inbox is closed."""
        with self._has_space:
            self._has_space.wait_for(lambda: self._waiting < self._capacity or self.closed.is_set())
            if not self.closed.is_set():
                self._add(batch)
        return not self.closed.is_set()

    def offer(self, batch: Batch) -> int:
        """Adds a batch immediately; returns how many of the oldest samples were dropped to make space."""
        dropped = 0
        with self._lock:
            while self._batches and self._waiting + len(batch.values) > self._capacity:
                oldest = self._batches.popleft()
                self._waiting -= len(oldest.values)
                dropped += len(oldest.values)
            self.dropped += dropped
            self._add(batch)
        return dropped

    def end(self, error: Exception | None = None) -> None:
        """Marks the end of the input, which may have been caused by an error."""
        with self._lock:
            self._ended, self._error = True, error
        self.ring()

    def ring(self) -> None:
        """Wakes a thread that waits in `take`. May be called from a signal handler."""
        self._bell.put(None)

    def take(self, timeout_s: float | None) -> tuple[list[Batch], bool]:
        """Waits for batches; returns all of them, and whether they were the last.

        Args:
            timeout_s: seconds after which an empty list is returned; None: no limit.

        Raises:
            Exception: the error that ended the source, once all batches before it have been taken.
        """
        if not self._batches and not self._ended:
            try:
                self._bell.get(timeout=timeout_s)
            except queue.Empty:
                return [], False
        with self._has_space:
            batches, ended = list(self._batches), self._ended
            self._batches.clear()
            self._waiting = 0
            self._clear_bell()
            self._has_space.notify_all()
        if ended and not batches and self._error is not None:
            raise self._error
        return batches, ended and self._error is None

    def close(self) -> None:
        """Closes the inbox; a thread that waits in `put` continues."""
        with self._has_space:
            self.closed.set()
            self._has_space.notify_all()

    def _clear_bell(self) -> None:
        """Discards earlier rings, which would wake the next `take` for batches that have already been taken."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._bell.get_nowait()

    def _add(self, batch: Batch) -> None:
        if not self._batches:
            self.ring()
        self._batches.append(batch)
        self._waiting += len(batch.values)
