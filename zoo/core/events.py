"""Turns scores over time into events: threshold with hysteresis, minimum duration, cooldown, merging and warm-up.

The same state machine runs in evaluation and on the device. It is causal: an event's `start_s` is the
moment at which the alarm is raised: the step at which the score has been at the threshold for `min_duration_s`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from zoo.core.errors import InputError

#: Upper limit of every duration in a rule, in seconds: one day.
LONGEST_S = 86400.0
#: What the difference of two times may lack through rounding, in seconds: 2.8 - 0.8 is less than 2.
ROUNDING_S = 1e-6


@dataclass(frozen=True)
class EventRule:
    """When a score becomes an event.

    Attributes:
        label: name of the event.
        threshold: score in (0, 1] that raises the alarm.
        release: score below which the event ends; at most `threshold`.
        min_duration_s: how long the score must stay at or above `threshold` before the alarm, in seconds.
        cooldown_s: no other alarm within this many seconds of the last one.
        warm_up_s: no alarm within this many seconds of the recording's start: the wearer may still be putting on the
            sensor, and a recurrent model has seen little input.
        merge_s: an event continues if the score reaches `threshold` again within this many seconds of falling below
            `release`. The end of an event is therefore known `merge_s` later.
    """

    label: str
    threshold: float
    release: float
    min_duration_s: float = 0.0
    cooldown_s: float = 0.0
    warm_up_s: float = 0.0
    merge_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold <= 1.0:
            raise InputError(f"threshold: expected a score in (0, 1], got {self.threshold}.")
        if not 0.0 <= self.release <= self.threshold:
            raise InputError(f"release: expected a score in [0, threshold], got {self.release}.")
        for name in ("min_duration_s", "cooldown_s", "warm_up_s", "merge_s"):
            seconds: float = getattr(self, name)
            if not 0 <= seconds <= LONGEST_S:
                raise InputError(f"{name}: expected 0 to {LONGEST_S:g} seconds, got {seconds:g}.")


@dataclass(frozen=True)
class Event:
    """One event, reported once when the alarm is raised and again when the event is over.

    Attributes:
        label: name of the event.
        start_s: when the alarm was raised, in seconds from the recording's start; of a stream, on its samples' clock.
        end_s: when the score fell below the release level, or the recording ended; None while the event lasts.
        score: the highest score from `start_s` to `end_s`, or so far.
    """

    label: str
    start_s: float
    end_s: float | None
    score: float


class EventDetector:
    """Turns scores into events, one score at a time."""

    def __init__(self, rule: EventRule, rate_hz: float) -> None:
        self.rule = rule
        self.rate_hz = rate_hz
        self._need = max(1, round(rule.min_duration_s * rate_hz))
        self._bridge = round(rule.merge_s * rate_hz)
        self._step = 0
        self._above = 0
        self._start: float | None = None
        self._fell: int | None = None
        self._last_start: float | None = None
        self._peak = 0.0

    @property
    def active(self) -> bool:
        """Whether an event is in progress."""
        return self._start is not None

    def push(self, score: float) -> Event | None:
        """Takes the score of the next time step; returns the event that it raises or ends, if any."""
        now = self._step / self.rate_hz
        self._step += 1
        if self._start is not None:
            return self._continue(score)
        self._above = self._above + 1 if score >= self.rule.threshold and now >= self.rule.warm_up_s else 0
        rested = self._last_start is None or now - self._last_start >= self.rule.cooldown_s - ROUNDING_S
        if self._above < self._need or not rested:
            return None
        self._start = self._last_start = now
        self._peak, self._above = score, 0
        return Event(self.rule.label, now, None, score)

    def flush(self) -> Event | None:
        """Ends the event in progress, if there is one: the recording is over."""
        return self._close() if self._start is not None else None

    def save(self) -> dict[str, float | None]:
        """The detector's state as JSON values."""
        return {name: vars(self)[name] for name in _STATE}

    def restore(self, saved: Mapping[str, float | None]) -> None:
        """Continues from a state that `save` returned."""
        vars(self).update({name: saved[name] for name in _STATE})

    def _continue(self, score: float) -> Event | None:
        step = self._step - 1
        self._peak = max(self._peak, score)
        if score >= self.rule.threshold:
            self._fell = None
        elif score < self.rule.release and self._fell is None:
            self._fell = step
        return self._close() if self._fell is not None and step - self._fell >= self._bridge else None

    def _close(self) -> Event:
        assert self._start is not None
        end = self._step if self._fell is None else self._fell
        event = Event(self.rule.label, self._start, end / self.rate_hz, self._peak)
        self._start = self._fell = None
        return event


#: Attributes that change from score to score.
_STATE = ("_step", "_above", "_start", "_fell", "_last_start", "_peak")


def clock(seconds: float) -> str:
    """Formats a moment in a recording: `1:23.4`, or `1:02:03.4` from one hour on."""
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    clock_seconds = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{clock_seconds}" if hours else f"{minutes}:{clock_seconds}"


def detect(scores: Iterable[float], rule: EventRule, rate_hz: float) -> list[Event]:
    """Returns all events of one recording.

    Args:
        scores: (time,) scores in [0, 1], one per time step.
        rule: when a score becomes an event.
        rate_hz: time steps per second.
    """
    detector = EventDetector(rule, rate_hz)
    return list(_events(detector, scores))


def _events(detector: EventDetector, scores: Iterable[float]) -> Iterator[Event]:
    pushed = (detector.push(float(score)) for score in scores)
    yield from (event for event in pushed if event is not None and event.end_s is not None)
    if event := detector.flush():
        yield event
