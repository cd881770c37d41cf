"""Scores over time to events: a threshold with hysteresis, a minimum duration, a cooldown, merging and a warm-up.

The same state machine runs in evaluation and on the device. It is causal: an event's `start_s` is the
moment at which the alarm is raised, which is `min_duration_s` after the score first reached the threshold.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from zoo.core.errors import InputError

#: Seconds that any part of a rule may take: a day.
LONGEST_S = 86400.0


@dataclass(frozen=True)
class EventRule:
    """When a score becomes an event.

    Attributes:
        label: name of the event.
        threshold: score in (0, 1] that raises the alarm.
        release: score below which the event ends; at most `threshold`.
        min_duration_s: how long the score must stay at or above `threshold` first, in seconds.
        cooldown_s: no second alarm within this many seconds of the last one.
        warm_up_s: no alarm within this many seconds of the recording's start: the sensor may still be being put on,
            and a recurrent model has seen little.
        merge_s: an event goes on if the score reaches `threshold` again within this many seconds of its fall below
            `release`. Its end is therefore known so much later.
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
    """One event: once when the alarm is raised, and once more when it is over.

    Attributes:
        label: what happened.
        start_s: when the alarm was raised, in seconds from the recording's start.
        end_s: when the score fell below the release level, or the recording ended; None while the event goes on.
        score: the highest score from `start_s` to `end_s`, or until now.
    """

    label: str
    start_s: float
    end_s: float | None
    score: float


class EventDetector:
    """Turns one score at a time into events."""

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
        """Whether an event is going on."""
        return self._start is not None

    def push(self, score: float) -> Event | None:
        """Takes the score of the next time step; returns the event that it raised, or that is over with it."""
        now = self._step / self.rate_hz
        self._step += 1
        if self._start is not None:
            return self._go_on(score)
        self._above = self._above + 1 if score >= self.rule.threshold and now >= self.rule.warm_up_s else 0
        rested = self._last_start is None or now - self._last_start >= self.rule.cooldown_s
        if self._above < self._need or not rested:
            return None
        self._start = self._last_start = now
        self._peak, self._above = score, 0
        return Event(self.rule.label, now, None, score)

    def flush(self) -> Event | None:
        """Ends the event that is still going on, if there is one: the recording is over."""
        return self._close() if self._start is not None else None

    def save(self) -> dict[str, float | None]:
        """All that it remembers, for JSON."""
        return {name: vars(self)[name] for name in _REMEMBERED}

    def restore(self, saved: Mapping[str, float | None]) -> None:
        """Goes on where the one that was saved had come to."""
        vars(self).update({name: saved[name] for name in _REMEMBERED})

    def _go_on(self, score: float) -> Event | None:
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


#: What changes from score to score.
_REMEMBERED = ("_step", "_above", "_start", "_fell", "_last_start", "_peak")


def clock(seconds: float) -> str:
    """A moment in a recording: `1:23.4`, from an hour on `1:02:03.4`."""
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{rest}" if hours else f"{minutes}:{rest}"


def detect(scores: Iterable[float], rule: EventRule, rate_hz: float) -> list[Event]:
    """All events of one recording.

    Args:
        scores: (time,) scores in [0, 1], one a time step.
        rule: when a score becomes an event.
        rate_hz: time steps a second.
    """
    detector = EventDetector(rule, rate_hz)
    return list(_events(detector, scores))


def _events(detector: EventDetector, scores: Iterable[float]) -> Iterator[Event]:
    found = (detector.push(float(score)) for score in scores)
    yield from (event for event in found if event is not None and event.end_s is not None)
    if event := detector.flush():
        yield event
