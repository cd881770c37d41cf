"""Live input: a model that goes on where it was, sample after sample, and what it makes of a sensor's moods.

However a recording is cut into samples and chunks, the scores and the events are the same, and the same as those of
the whole recording. What a live sensor does besides is defined here:

* Samples without times come `rate_hz` a second; samples with times may be irregular. Both go on the model's own grid.
* A sample that is NaN, infinite or outside its feature's limits is as good as missing. Where samples are missing,
  values lie on the line between those around, or the last ones are held, as the manifest says; a gap of more than
  `reset_after_s` begins everything anew.
* A sample that is older than the one before is passed over; one that is older by more than `reset_after_s` means
  that the clock was set back, and begins everything anew.

Nothing of this is silent: `health` counts it.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.events import Event
from zoo.core.grid import Grid
from zoo.edge import saved
from zoo.edge.following import Follower, Live
from zoo.edge.opened import Opened
from zoo.edge.pieces import Pieces
from zoo.edge.samples import Health, rows_of, times_of
from zoo.edge.sensor import check_rate, limits

#: Steps that go through the model together when much is pushed at once.
MOST_STEPS = 4096


class Stream:
    """A sensor's live samples in, events or tags out. It holds the model's state; one thread at a time uses it."""

    def __init__(self, pieces: Pieces, opened: Opened, live: Live, rate_hz: float | None = None) -> None:
        """Begins a stream; `Runner.stream` makes one.

        Args:
            pieces: the model, piece by piece.
            opened: the bundle.
            live: what it hears and tells.
            rate_hz: samples a second that are pushed, about; the model's rate if not given.
        """
        self.health = Health()
        #: Scores of the steps that the last push completed: (steps,), or (steps, labels) of several labels.
        labels = len(opened.manifest.output.labels)
        self.scores: npt.NDArray[np.float32] = np.zeros(0 if labels == 1 else (0, labels), np.float32)
        self.live = live
        self._opened, self._streaming, self._spec = opened, live.streaming, live.spec
        self._rate_hz = self._spec.sample_rate_hz if rate_hz is None else rate_hz
        check_rate(self._rate_hz, self._spec, "rate_hz")
        self._low, self._high = limits(self._spec)
        self._pieces = pieces
        self.reset()

    @property
    def active(self) -> bool:
        """Whether something goes on."""
        return bool(self._follower.going_on)

    @property
    def follower(self) -> Follower:
        """What makes answers of the scores."""
        return self._follower

    @property
    def score(self) -> float | None:
        """The last score, of several labels the highest; None before the first."""
        return self._last_score

    def push(self, values: npt.ArrayLike, time_s: npt.ArrayLike | None = None) -> list[Event]:
        """Takes the next sample, or the next few.

        Args:
            values: (features,) or (samples, features), in the manifest's units.
            time_s: their times in seconds, a number or (samples,), on any clock. If the first sample comes without, all
                do, and the first is at 0 s.

        Returns:
            What begins (`end_s` is None) or is over with these samples, in order: events, or the stretches of one label
            that tags are.

        Raises:
            InputError: other features than the model's, or times for some samples only. Nothing was taken.
        """
        samples, times = self._checked(values, time_s)
        self.scores = self.scores[:0]
        events: list[Event] = []
        rows: list[npt.NDArray[np.float64]] = []
        inside = np.isfinite(samples) & (samples >= self._low) & (samples <= self._high)
        valid: npt.NDArray[np.bool_] = np.asarray(np.all(inside, axis=1))
        for number, sample in enumerate(samples):
            time, good = float(times[number]), bool(valid[number])
            self._watch(sample, time)
            if not good:
                self.health.invalid += 1
                continue
            if self._last_s is not None and self._breaks(time):
                events += self._score([*rows, *self._grid.flush()])
                events += self._begin_anew()
                rows = []
            if self._last_s is not None and time < self._last_s:
                self.health.late += 1
                continue
            self._last_s = self._last_read_s = time
            rows += self._grid.push(time, sample, None if self._timed else float(times[number + 1]))
        return events + self._score(rows)

    def wait(self, until_s: float) -> list[Event]:
        """Scores the time that has passed without a sample: a person who is out of reach sends none.

        Call it now and then where samples are rare. What is pushed later is scored as it would have been without.

        Args:
            until_s: now, on the clock of the samples' times. No sample from before it may follow.

        Returns:
            What begins (`end_s` is None) or is over until now, in order.

        Raises:
            InputError: the model draws a line to the next sample, samples come without times, or `until_s` is no
                finite number.
        """
        if self._spec.fill != "hold":
            raise InputError(
                "wait: expected a model that holds the last sample, got one that waits for the next. "
                "Push samples only; it needs no wait."
            )
        if self._timed is False:
            raise InputError("wait: expected samples with times, got some without. Push them with time_s.")
        until_s = float(times_of(until_s, 1, "until_s")[0])
        self.scores = self.scores[:0]
        if self._last_s is None:
            return []
        # Over more than `reset_after_s` nothing is known, and the next sample begins everything anew.
        until_s = min(until_s, self._last_read_s + self._streaming.reset_after_s)
        self._last_s = max(self._last_s, until_s)
        return self._score(self._grid.wait(until_s))

    def flush(self) -> list[Event]:
        """Scores what still waits for a next sample, and ends the event or the tag that goes on: the recording is over.

        Returns:
            What begins (`end_s` is None) or is over, in order.
        """
        self.scores = self.scores[:0]
        events = self._score(self._grid.flush())
        return [*events, *map(self._on_clock, self._follower.flush())]

    def reset(self) -> None:
        """Begins anew, as if nothing had been pushed; `health` counts on."""
        self.scores = self.scores[:0]
        self._pieces.reset()
        self._timed: bool | None = None
        self._count = 0
        self._last_s: float | None = None
        self._last_read_s = 0.0
        self._last_score: float | None = None
        self._seen: npt.NDArray[np.float32] | None = None
        self._seen_s = 0.0
        self.health.stuck_s = 0.0
        self._fresh()

    def save(self) -> bytes:
        """The state as bytes: what a device that restarts goes on with."""
        grid = {name: _plain(getattr(self._grid, name)) for name in (*_GRID_NUMBERS, *_GRID_ROWS)}
        state: dict[str, Any] = {
            "rate_hz": self._rate_hz,
            "health": dataclasses.asdict(self.health),
            "detector": self._follower.save(),
            "grid": grid,
            "states": {name: value.tolist() for name, value in self._pieces.states.items()},
            "waiting": [row.tolist() for row in self._waiting],
            "seen": _plain(self._seen),
            **{name: getattr(self, f"_{name}") for name in _REMEMBERED},
        }
        return saved.write(state, self._opened.manifest.model_sha256)

    def restore(self, state: bytes) -> None:
        """Goes on where the stream that was saved had come to.

        Raises:
            InputError: the bytes are damaged, or those of another model or rate. Nothing was changed.
        """
        found = saved.read(state, self._opened.manifest.model_sha256, self._opened.where)
        features = len(self._spec.features)
        with saved.unreadable():
            rate_hz = float(found["rate_hz"])
        if rate_hz != self._rate_hz:
            raise InputError(f"state: expected a stream of {self._rate_hz:g} Hz, got {rate_hz:g} Hz. Begin without it.")
        grid, follower = self._empty()
        with saved.unreadable():
            health = Health(**{name: saved.number(value) for name, value in found["health"].items()})
            follower.restore({name: saved.number(value) for name, value in found["detector"].items()})
            for name in _GRID_NUMBERS:
                setattr(grid, name, saved.number(found["grid"][name]))
            for name in _GRID_ROWS:
                setattr(grid, name, saved.row(found["grid"][name], 0, features))
            waiting = [saved.row(row, self._spec.width) for row in found["waiting"]]
            seen = None if found["seen"] is None else saved.row(found["seen"], features).astype(np.float32)
            remembered = {f"_{name}": saved.number(found[name]) for name in _REMEMBERED}
            self._pieces.restore(found["states"])
        self.health, self._grid, self._follower, self._waiting, self._seen = health, grid, follower, waiting, seen
        self.scores = self.scores[:0]
        vars(self).update(remembered)

    def _fresh(self) -> None:
        """Begins the grid and the events anew."""
        self._grid, self._follower = self._empty()
        self._waiting: list[npt.NDArray[np.float64]] = []

    def _empty(self) -> tuple[Grid, Follower]:
        """An empty grid, and a follower that has seen nothing."""
        grid = Grid(self._spec.sample_rate_hz, 1 / self._rate_hz, self._spec.fill, self._spec.gaps)
        return grid, self.live.follower(self.live.rate_hz)

    def _begin_anew(self) -> list[Event]:
        """Forgets what was; returns what ends with it."""
        ended = [self._on_clock(event) for event in self._follower.flush()]
        self._pieces.reset()
        self._fresh()
        self._last_s = None
        self.health.resets += 1
        return ended

    def _breaks(self, time_s: float) -> bool:
        """Whether a sample is too far from the one before to belong to the same recording."""
        assert self._last_s is not None
        # After a wait, a sample before its end is late by less than the wait was long.
        late = self._last_s - time_s
        return max(late, time_s - self._last_read_s) > self._streaming.reset_after_s

    def _watch(self, sample: npt.NDArray[np.float32], time_s: float) -> None:
        """Counts the sample, and since when nothing has changed."""
        self.health.samples += 1
        if self._seen is None or not np.array_equal(sample, self._seen, equal_nan=True):
            self._seen, self._seen_s = np.array(sample), time_s
        self.health.stuck_s = max(0.0, time_s - self._seen_s)

    def _score(self, rows: Sequence[npt.NDArray[np.float64]]) -> list[Event]:
        """Runs grid points through the model, as many as make whole pieces, and the scores to the follower."""
        self._waiting += rows
        size = len(self._waiting) // self._streaming.piece * self._streaming.piece
        if not size:
            return []
        steps = np.asarray(self._waiting[:size], np.float32)
        del self._waiting[:size]
        most = max(MOST_STEPS // self._streaming.piece, 1) * self._streaming.piece
        scores = np.concatenate([self._scored(steps[first : first + most]) for first in range(0, size, most)])
        self.scores = np.concatenate([self.scores, scores]) if len(self.scores) else scores
        self._last_score = float(np.max(scores[-1]))
        return [self._on_clock(event) for row in scores for event in self._follower.push(np.atleast_1d(row))]

    def _scored(self, steps: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(pieces,) scores of the next (steps, width), or (pieces, labels)."""
        outputs = self._pieces.run(steps)
        scores = np.array(outputs[:, 0] if outputs.shape[1] == 1 else outputs, np.float32)
        self.health.steps += len(steps)
        if not np.isfinite(scores).all():  # for good, if the states are no numbers any more
            self._pieces.reset()
            self.health.resets += 1
        return scores

    def _on_clock(self, event: Event) -> Event:
        """The event in seconds of the samples' clock."""
        first = self._grid.first_s or 0.0
        end = None if event.end_s is None else first + event.end_s
        return dataclasses.replace(event, start_s=first + event.start_s, end_s=end)

    def _checked(
        self, values: npt.ArrayLike, time_s: npt.ArrayLike | None
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
        """(samples, features) and their times; without given ones, the time of the sample that follows them, too."""
        samples = rows_of(values, self._spec)
        if not len(samples):
            return samples, np.zeros(0)
        timed = time_s is not None
        if self._timed is not None and self._timed != timed:
            said = "with" if self._timed else "without"
            raise InputError(f"time_s: expected samples {said} times, as those before, got one {_other(said)}.")
        times = times_of(time_s, len(samples)) if time_s is not None else self._numbered(len(samples))
        self._timed = timed
        return samples, times

    def _numbered(self, count: int) -> npt.NDArray[np.float64]:
        times = np.arange(self._count, self._count + count + 1) / self._rate_hz
        self._count += count
        return times


#: What is saved as it is.
_GRID_NUMBERS, _GRID_ROWS = ("first_s", "filling", "count", "given", "sampled"), ("total", "last")
_REMEMBERED = ("timed", "count", "last_s", "last_read_s", "last_score", "seen_s")


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _other(said: str) -> str:
    return "without" if said == "with" else "with one"
