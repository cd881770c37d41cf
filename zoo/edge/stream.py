"""Live input: a model that continues from sample to sample and handles a sensor's irregularities.

However a recording is cut into samples and chunks, the scores and events equal those of the complete recording.
Irregular input is handled as follows:

* Samples without times arrive at `rate_hz` per second; samples with times may be irregular. Both are put on the
  model's grid.
* A sample that is NaN, infinite or outside its feature's limits counts as missing. Missing values are interpolated
  linearly, or the last ones are held, as the manifest specifies; a gap of more than `reset_after_s` resets the stream.
* A sample that is older than the one before is skipped; one that is older by more than `reset_after_s` means that the
  clock was set back, and resets the stream.

None of this is silent: `health` counts it.
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

#: Maximum number of time steps that the model runs together.
MOST_STEPS = 4096


class Stream:
    """Turns live sensor samples into events or tags. It holds the model's state; one thread may use it at a time.

    Attributes:
        health: counts of samples, invalid, late and skipped ones, resets and steps.
        scores: outputs for the steps that the last push completed: (steps,), or (steps, labels) for several labels.
    """

    def __init__(self, pieces: Pieces, opened: Opened, live: Live, rate_hz: float | None = None) -> None:
        """Starts a stream; created by `Runner.stream`.

        Args:
            pieces: runs the model piece by piece.
            opened: the bundle.
            live: configuration of the stream.
            rate_hz: approximate number of samples pushed per second. Default: the model's rate.
        """
        self.health = Health()
        #: Scores of the steps that the last push completed: (steps,), or (steps, labels) for several labels.
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
        """Whether an event or a tag is in progress."""
        return bool(self._follower.going_on)

    @property
    def follower(self) -> Follower:
        """Turns the scores into answers."""
        return self._follower

    @property
    def score(self) -> float | None:
        """The last score, or the highest one of several labels; None before the first."""
        return self._last_score

    def push(self, values: npt.ArrayLike, time_s: npt.ArrayLike | None = None) -> list[Event]:
        """Takes one or several samples.

        Args:
            values: (features,) or (samples, features), in the manifest's units.
            time_s: their times in seconds, a number or (samples,), on any clock. Either all samples have times or none;
                without times, the first sample is at 0 s.

        Returns:
            The events or tags that begin (`end_s` is None) or end with these samples, in order.

        Raises:
            InputError: the features are not the model's, or only some samples have times. The state is unchanged.
        """
        samples, times = self._checked(values, time_s)
        self.scores = self.scores[:0]
        events: list[Event] = []
        rows: list[npt.NDArray[np.float64]] = []
        inside = np.isfinite(samples) & (samples >= self._low) & (samples <= self._high)
        valid: npt.NDArray[np.bool_] = np.asarray(np.all(inside, axis=1))
        for number, sample in enumerate(samples):
            time = float(times[number])
            self._count_sample(sample, time)
            if not valid[number]:
                self.health.invalid += 1
                continue
            if self._last_s is not None and self._breaks(time):
                events += self._score([*rows, *self._grid.flush()])
                events += self._restart()
                rows = []
            if self._last_s is not None and time < self._last_s:
                self.health.late += 1
                continue
            self._last_s = self._last_read_s = time
            rows += self._grid.push(time, sample, None if self._timed else float(times[number + 1]))
        return events + self._score(rows)

    def wait(self, until_s: float) -> list[Event]:
        """Scores the time that has passed without a sample, for sensors that may be out of reach.

        Call it regularly where samples are rare. It does not change the scores of later samples.

        Args:
            until_s: the current time on the clock of the samples. Earlier samples must not follow.

        Returns:
            The events or tags that begin (`end_s` is None) or end before `until_s`, in order.

        Raises:
            InputError: the model interpolates to the next sample, samples have no times, or `until_s` is not a finite
                number.
        """
        if self._spec.fill != "hold":
            raise InputError(
                "wait: expected a model that holds the last sample, got one that interpolates to the next. "
                "Only push samples; this model does not need wait."
            )
        if self._timed is False:
            raise InputError("wait: expected samples with times, got samples without. Push them with time_s.")
        until_s = float(times_of(until_s, 1, "until_s")[0])
        self.scores = self.scores[:0]
        if self._last_s is None:
            return []
        # After more than `reset_after_s`, values are unknown, and the next sample resets the stream.
        until_s = min(until_s, self._last_read_s + self._streaming.reset_after_s)
        self._last_s = max(self._last_s, until_s)
        return self._score(self._grid.wait(until_s))

    def flush(self) -> list[Event]:
        """Ends the recording: scores the steps that wait for a next sample, and ends the event or tag in progress.

        Returns:
            The events or tags that begin (`end_s` is None) or end, in order.
        """
        self.scores = self.scores[:0]
        events = self._score(self._grid.flush())
        return [*events, *map(self._on_clock, self._follower.flush())]

    def reset(self) -> None:
        """Resets the stream as if nothing had been pushed, except for the counts in `health`."""
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
        self._reset_grid()

    def save(self) -> bytes:
        """The state as bytes, from which a device continues after a restart."""
        grid = {name: _plain(getattr(self._grid, name)) for name in (*_GRID_NUMBERS, *_GRID_ROWS)}
        state: dict[str, Any] = {
            "rate_hz": self._rate_hz,
            "health": dataclasses.asdict(self.health),
            "detector": self._follower.save(),
            "grid": grid,
            "states": {name: value.tolist() for name, value in self._pieces.states.items()},
            "waiting": [row.tolist() for row in self._waiting],
            "seen": _plain(self._seen),
            **{name: getattr(self, f"_{name}") for name in _NUMBERS},
        }
        return saved.write(state, self._opened.manifest.model_sha256)

    def restore(self, state: bytes) -> None:
        """Continues from a state that `save` returned.

        Raises:
            InputError: the bytes are damaged, or belong to another model or rate. The stream is unchanged.
        """
        values = saved.read(state, self._opened.manifest.model_sha256, self._opened.where)
        features = len(self._spec.features)
        with saved.malformed_is_refused():
            rate_hz = float(values["rate_hz"])
        if rate_hz != self._rate_hz:
            raise InputError(f"state: expected a stream of {self._rate_hz:g} Hz, got {rate_hz:g} Hz. Start without it.")
        grid, follower = self._empty()
        with saved.malformed_is_refused():
            health = Health(**{name: saved.number(count) for name, count in values["health"].items()})
            follower.restore({name: saved.number(value) for name, value in values["detector"].items()})
            for name in _GRID_NUMBERS:
                setattr(grid, name, saved.number(values["grid"][name]))
            for name in _GRID_ROWS:
                setattr(grid, name, saved.row(values["grid"][name], 0, features))
            waiting = [saved.row(row, self._spec.width) for row in values["waiting"]]
            seen = None if values["seen"] is None else saved.row(values["seen"], features).astype(np.float32)
            numbers = {f"_{name}": saved.number(values[name]) for name in _NUMBERS}
            self._pieces.restore(values["states"])
        self.health, self._grid, self._follower, self._waiting, self._seen = health, grid, follower, waiting, seen
        self.scores = self.scores[:0]
        vars(self).update(numbers)

    def _reset_grid(self) -> None:
        """Resets the grid and the follower."""
        self._grid, self._follower = self._empty()
        self._waiting: list[npt.NDArray[np.float64]] = []

    def _empty(self) -> tuple[Grid, Follower]:
        """An empty grid, and a follower in its initial state."""
        grid = Grid(self._spec.sample_rate_hz, 1 / self._rate_hz, self._spec.fill, self._spec.gaps)
        return grid, self.live.follower(self.live.rate_hz)

    def _restart(self) -> list[Event]:
        """Resets the stream after a gap or a jump of the clock; returns the events or tags that this ends."""
        ended = [self._on_clock(event) for event in self._follower.flush()]
        self._pieces.reset()
        self._reset_grid()
        self._last_s = None
        self.health.resets += 1
        return ended

    def _breaks(self, time_s: float) -> bool:
        """Whether a sample is too far in time from the one before to belong to the same recording."""
        assert self._last_s is not None
        # A sample from within a wait is late by less than the length of the wait.
        late = self._last_s - time_s
        return max(late, time_s - self._last_read_s) > self._streaming.reset_after_s

    def _count_sample(self, sample: npt.NDArray[np.float32], time_s: float) -> None:
        """Counts the sample, and how long no feature has changed."""
        self.health.samples += 1
        if self._seen is None or not np.array_equal(sample, self._seen, equal_nan=True):
            self._seen, self._seen_s = np.array(sample), time_s
        self.health.stuck_s = max(0.0, time_s - self._seen_s)

    def _score(self, rows: Sequence[npt.NDArray[np.float64]]) -> list[Event]:
        """Runs the model on as many grid points as form complete pieces, and passes the scores to the follower."""
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
        """(pieces,) scores of the next (steps, width) grid points, or (pieces, labels)."""
        outputs = self._pieces.run(steps)
        scores = np.array(outputs[:, 0] if outputs.shape[1] == 1 else outputs, np.float32)
        self.health.steps += len(steps)
        if not np.isfinite(scores).all():  # permanent if the states are no longer finite
            self._pieces.reset()
            self.health.resets += 1
        return scores

    def _on_clock(self, event: Event) -> Event:
        """The event with its times on the samples' clock."""
        first = self._grid.first_s or 0.0
        end = None if event.end_s is None else first + event.end_s
        return dataclasses.replace(event, start_s=first + event.start_s, end_s=end)

    def _checked(
        self, values: npt.ArrayLike, time_s: npt.ArrayLike | None
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
        """(samples, features) and their times; for samples without times, also the time of the sample after them."""
        samples = rows_of(values, self._spec)
        if not len(samples):
            return samples, np.zeros(0)
        timed = time_s is not None
        if self._timed is not None and self._timed != timed:
            expected, got = ("with", "without") if self._timed else ("without", "with")
            raise InputError(f"time_s: expected samples {expected} times, like those before, got samples {got} times.")
        times = times_of(time_s, len(samples)) if time_s is not None else self._numbered(len(samples))
        self._timed = timed
        return samples, times

    def _numbered(self, count: int) -> npt.NDArray[np.float64]:
        times = np.arange(self._count, self._count + count + 1) / self._rate_hz
        self._count += count
        return times


#: Attributes of the grid and of the stream that are saved without conversion.
_GRID_NUMBERS, _GRID_ROWS = ("first_s", "filling", "count", "given", "sampled"), ("total", "last")
_NUMBERS = ("timed", "count", "last_s", "last_read_s", "last_score", "seen_s")


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
