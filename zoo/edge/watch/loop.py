"""The monitor's main loop: takes samples from the inbox, runs the model, and sends events to the sinks."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.events import Event
from zoo.edge.stream import Stream
from zoo.edge.watch.inbox import Batch, Inbox
from zoo.edge.watch.keeping import Keeper
from zoo.edge.watch.notices import Notices
from zoo.edge.watch.sinks import Sink, event_record
from zoo.edge.watch.stops import Stop
from zoo.edge.watch.vitals import HealthLine, Usage, health_text

#: Samples that the model runs before the loop does anything else. More would not be faster, and would use more memory.
MOST_SAMPLES = 1024


class View(Protocol):
    """Displays the current scores and events."""

    def seen(self, scores: npt.NDArray[np.float32], events: Sequence[Event]) -> None:
        """Takes the scores of the last steps and the events among them."""
        ...

    def visit(self, now: float) -> float:
        """Updates the display if it is due; returns when it is due next."""
        ...


class Duty(Protocol):
    """A task that is done regularly."""

    def visit(self, now: float) -> float:
        """Does the task if it is due; returns when it is due next, infinity if there is nothing to do."""
        ...


class Watch:
    """One stream being watched.

    Attributes:
        malformed: number of unreadable lines.
    """

    def __init__(
        self,
        stream: Stream,
        inbox: Inbox,
        sinks: Sequence[Sink],
        notices: Notices,
        *,
        state: Path | None = None,
        save_every_s: float = 10.0,
        health_every_s: float = 0.0,
        view: View | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Restores the stream if there is a state.

        Args:
            stream: a new stream.
            inbox: filled by a source.
            sinks: receive the events.
            notices: receives complaints.
            state: file for the stream's state; None: the state is not saved.
            save_every_s: seconds between saves.
            health_every_s: seconds between health lines; 0: none.
            view: displays scores and events; None: no display.
            clock: returns monotonic seconds.

        Raises:
            InputError: the state's path is invalid.
        """
        self.malformed = 0
        self._unprocessed = 0
        self.stop = Stop(inbox)
        self._stream, self._inbox, self._sinks, self._notices = stream, inbox, sinks, notices
        self._view, self._clock, self._usage = view, clock, Usage()
        self._keeper = None if state is None else Keeper(state, save_every_s, stream, notices)
        self._restored = self._keeper is not None and self._keeper.restore()
        self._health_line = HealthLine(health_every_s, self.health, notices.say, clock()) if health_every_s else None
        duties = (self._keeper, self._health_line, view, notices)
        self._duties: list[Duty] = [duty for duty in duties if duty is not None]

    def run(self) -> int:
        """Watches until the input ends or a stop is requested.

        Returns:
            The exit code: 0, or 130 after Ctrl-C.

        Raises:
            ZooError: the source cannot be read.
            OSError: events cannot be written, because the reader is gone or the disk is full; everything else has been
                finished.
        """
        try:
            with self.stop.signals():
                ended = self._listen()
                # Without a state to continue from, the recording is over, and an event in progress ends.
                if ended or self._keeper is None:
                    self._send(self._stream.flush())
        finally:
            self._finish()
        return self.stop.code or 0

    def health(self) -> str:
        """One line about the health of the sensor, the model and this process."""
        counts = {
            "malformed": self.malformed,
            "waiting": self._inbox.waiting,
            "dropped": self._inbox.dropped,
            "buffered": sum(sink.buffered for sink in self._sinks),
            "lost": sum(sink.lost for sink in self._sinks),
            "failures": sum(sink.failures for sink in self._sinks),
        }
        return health_text(self._stream.health, self._stream.score, counts, self._usage)

    def _listen(self) -> bool:
        """Processes the input; returns True if it ended, False if a stop was requested."""
        while self.stop.code is None:
            now = self._clock()
            due = min((duty.visit(now) for duty in self._duties), default=math.inf)
            wait = None if math.isinf(due) else max(0.0, due - self._clock())
            batches, ended = self._inbox.take(wait)
            parts = deque(merged(batches))
            try:
                while parts and self.stop.code is None:
                    self._take(parts.popleft())
            finally:
                self._unprocessed = sum(len(part.values) for part in parts)
            if ended:  # the sensor may have been stopped together with this process
                return self.stop.code is None
        return False

    def _take(self, batch: Batch) -> None:
        if batch.unreadable:
            self.malformed += batch.unreadable
            self._notices.tell("malformed", batch.complaint, batch.unreadable)
        if len(batch.values):
            self._send(self._push(batch))

    def _push(self, batch: Batch) -> list[Event]:
        invalid, resets = self._stream.health.invalid, self._stream.health.resets
        events = self._pushed(batch)
        if count := self._stream.health.invalid - invalid:
            text = "samples are missing or outside the sensor's limits, and were skipped. Are they in its units?"
            self._notices.tell("invalid", text, count)
        if count := self._stream.health.resets - resets:
            text = "a gap or a jump of the clock: the stream was reset. Are the times in seconds?"
            self._notices.tell("reset", text, count)
        return events

    def _pushed(self, batch: Batch) -> list[Event]:
        try:
            return self._stream.push(batch.values, batch.times)
        except InputError as error:
            # The only remaining cause: the state has samples with times and the batch has none, or vice versa.
            self._notices.tell("state", f"{error} The stream was reset.")
            self._stream.reset()
            return self._stream.push(batch.values, batch.times)

    def _send(self, events: Sequence[Event]) -> None:
        """Sends events to the sinks and the view, and marks the state as changed."""
        if self._keeper is not None:
            self._keeper.changed(now=bool(events))
        if self._view is not None:
            self._view.seen(self._stream.scores, events)
        failure: OSError | None = None
        for event in events:
            record = event_record(event)
            for sink in self._sinks:
                try:
                    sink.send(record)
                except OSError as error:  # the other sinks must still receive it
                    failure = error
        if failure is not None:
            raise failure

    def _finish(self) -> None:
        self._inbox.close()
        if self._keeper is not None:
            self._keeper.save()
        if count := self._unprocessed + self._inbox.waiting:
            self._notices.say(f"stopped while the model was behind: at least {count} samples were not processed.")
        for sink in self._sinks:
            sink.close()
        self._notices.close()
        if self._health_line is not None:
            self._notices.say(self.health())


def merged(batches: Sequence[Batch]) -> Iterator[Batch]:
    """Merges batches into fewer and larger ones, which reduces the overhead of pushing."""
    for timed, group in groupby(batches, key=lambda batch: batch.times is not None):
        parts = list(group)
        values = np.concatenate([part.values for part in parts])
        times = np.concatenate([part.times for part in parts if part.times is not None]) if timed else None
        unreadable = sum(part.unreadable for part in parts)
        complaint = next((part.complaint for part in reversed(parts) if part.complaint), "")
        for first in range(0, max(len(values), 1), MOST_SAMPLES):
            part = slice(first, first + MOST_SAMPLES)
            yield Batch(values[part], None if times is None else times[part], unreadable, complaint)
            unreadable = 0
