"""The monitor itself: takes what the source has put in the inbox, asks the model, tells the sinks. For ever."""

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
from zoo.edge.watch.sinks import Sink, described
from zoo.edge.watch.stops import Stop
from zoo.edge.watch.vitals import HealthLine, Usage
from zoo.edge.watch.vitals import described as health_line

#: Samples that go through the model before anything else is looked at. More are no faster, and take more memory.
MOST_SAMPLES = 1024


class View(Protocol):
    """Shows a person what is going on."""

    def seen(self, scores: npt.NDArray[np.float32], events: Sequence[Event]) -> None:
        """Takes the scores of the last steps and the events among them."""
        ...

    def visit(self, now: float) -> float:
        """Shows it if it is time; returns when it is the next time."""
        ...


class Duty(Protocol):
    """Something that is done now and then."""

    def visit(self, now: float) -> float:
        """Does it if it is time; returns when it is the next time, infinity if nothing is to be done."""
        ...


class Watch:
    """One stream being watched.

    Attributes:
        malformed: lines that could not be read.
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
            stream: a fresh one.
            inbox: filled by a source.
            sinks: where events go.
            notices: where complaints go.
            state: the file that the stream's state is kept in; None: it is not kept.
            save_every_s: seconds from one time that it is saved to the next.
            health_every_s: seconds from one line about health to the next; 0: none.
            view: shows what goes on; None: nothing does.
            clock: seconds that only rise.

        Raises:
            InputError: the state's folder is not there.
        """
        self.malformed = 0
        self._left = 0
        self.stop = Stop(inbox)
        self._stream, self._inbox, self._sinks, self._notices = stream, inbox, sinks, notices
        self._view, self._clock, self._usage = view, clock, Usage()
        self._keeper = None if state is None else Keeper(state, save_every_s, stream, notices)
        self._restored = self._keeper is not None and self._keeper.restore()
        self._health_line = HealthLine(health_every_s, self.health, notices.say, clock()) if health_every_s else None
        self._duties: list[Duty] = [one for one in (self._keeper, self._health_line, view, notices) if one is not None]

    def run(self) -> int:
        """Watches until the input ends or somebody asks it to stop.

        Returns:
            The exit code: 0, or 130 after Ctrl-C.

        Raises:
            ZooError: the source cannot be read.
            OSError: nobody reads the events any more, or there is no room; all else was brought to its end.
        """
        try:
            with self.stop.signals():
                ended = self._listen()
                # Without a state to go on from, the recording is over: an event that was raised is told to be.
                if ended or self._keeper is None:
                    self._tell(self._stream.flush())
        finally:
            self._finish()
        return self.stop.code or 0

    def health(self) -> str:
        """One line that says how the sensor, the model and this process are."""
        counts = {
            "malformed": self.malformed,
            "waiting": self._inbox.waiting,
            "dropped": self._inbox.dropped,
            "buffered": sum(sink.buffered for sink in self._sinks),
            "lost": sum(sink.lost for sink in self._sinks),
            "failures": sum(sink.failures for sink in self._sinks),
        }
        return health_line(self._stream.health, self._stream.score, counts, self._usage)

    def _listen(self) -> bool:
        """Whether the input is at its end, rather than this asked to stop."""
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
                self._left = sum(len(part.values) for part in parts)
            if ended:  # as of a sensor that is stopped together with this
                return self.stop.code is None
        return False

    def _take(self, batch: Batch) -> None:
        if batch.unreadable:
            self.malformed += batch.unreadable
            self._notices.tell("malformed", batch.complaint, batch.unreadable)
        if len(batch.values):
            self._tell(self._push(batch))

    def _push(self, batch: Batch) -> list[Event]:
        invalid, resets = self._stream.health.invalid, self._stream.health.resets
        events = self._pushed(batch)
        if more := self._stream.health.invalid - invalid:
            text = "samples are missing or beyond what the sensor can give, and passed over. Are they in its units?"
            self._notices.tell("invalid", text, more)
        if more := self._stream.health.resets - resets:
            text = "a gap or a jump of the clock: everything began anew. Are the times in seconds?"
            self._notices.tell("reset", text, more)
        return events

    def _pushed(self, batch: Batch) -> list[Event]:
        try:
            return self._stream.push(batch.values, batch.times)
        except InputError as error:
            # The only thing left that can be wrong: the state is that of samples with times, or of some without.
            self._notices.tell("state", f"{error} Begun anew.")
            self._stream.reset()
            return self._stream.push(batch.values, batch.times)

    def _tell(self, events: Sequence[Event]) -> None:
        """Hands events to the sinks, and keeps what came of them."""
        if self._keeper is not None:
            self._keeper.changed(now=bool(events))
        if self._view is not None:
            self._view.seen(self._stream.scores, events)
        gone: OSError | None = None
        for event in events:
            record = described(event)
            for sink in self._sinks:
                try:
                    sink.send(record)
                except OSError as error:  # no reason that the other sinks go without
                    gone = error
        if gone is not None:
            raise gone

    def _finish(self) -> None:
        self._inbox.close()
        if self._keeper is not None:
            self._keeper.save()
        if left := self._left + self._inbox.waiting:
            self._notices.say(f"stopped while the model was behind: {left} samples or more were not looked at.")
        for sink in self._sinks:
            sink.close()
        self._notices.close()
        if self._health_line is not None:
            self._notices.say(self.health())


def merged(batches: Sequence[Batch]) -> Iterator[Batch]:
    """Fewer and larger batches of the same samples: what a push costs besides is then paid once."""
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
