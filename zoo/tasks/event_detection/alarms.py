"""Event metrics: correct alarms, false alarms per hour, and delays.

The matching rule: an alarm at second a is right for a true event from s to e if s - tolerance <= a <= e + tolerance.
Alarms and events are matched in chronological order: each event takes the first alarm that is right for it, and each
alarm matches at most one event. Every other alarm is false, including a second one for the same event; every event
without an alarm is missed. The delay of a right alarm is a - s, which is negative if it came before the event began.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.events import Event
from zoo.tasks.metric import Metric


@dataclass(frozen=True)
class Matches:
    """Alarms compared with true events; `+` sums them over recordings.

    Attributes:
        right: number of alarms that match an event.
        false: number of alarms that match none.
        missed: number of events without an alarm.
        delays_s: delay of each right alarm, in seconds.
    """

    right: int = 0
    false: int = 0
    missed: int = 0
    delays_s: tuple[float, ...] = ()

    def __add__(self, other: "Matches") -> "Matches":
        return Matches(
            self.right + other.right,
            self.false + other.false,
            self.missed + other.missed,
            self.delays_s + other.delays_s,
        )

    def on_time(self, within_s: float) -> "Matches":
        """The same, counting events whose alarm came more than `within_s` seconds after their start as missed."""
        delays_s = tuple(delay for delay in self.delays_s if delay <= within_s)
        late = len(self.delays_s) - len(delays_s)
        return Matches(self.right - late, self.false, self.missed + late, delays_s)

    @property
    def precision(self) -> float:
        """Share of alarms that are right; NaN without alarms."""
        return self.right / (self.right + self.false) if self.right + self.false else float("nan")

    @property
    def recall(self) -> float:
        """Share of events with an alarm; 1 without events."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """2 * right / (2 * right + false + missed); 1 if there are neither events nor alarms."""
        total = 2 * self.right + self.false + self.missed
        return 2 * self.right / total if total else 1.0


def assign(alarms_s: Sequence[float], truths_s: np.ndarray, tolerance_s: float) -> list[int | None]:
    """For each alarm of one recording, the number of the true event that it matches, or None.

    Args:
        alarms_s: time of each alarm, in seconds, rising.
        truths_s: (events, 2) start and end of each true event, in seconds, rising.
        tolerance_s: how far outside an event an alarm still matches it, in seconds.
    """
    assigned: list[int | None] = []
    for alarm in alarms_s:
        candidates = (
            number
            for number, (start, end) in enumerate(truths_s)
            if number not in assigned and start - tolerance_s <= alarm <= end + tolerance_s
        )
        assigned.append(next(candidates, None))
    return assigned


def match(alarms_s: Sequence[float], truths_s: np.ndarray, tolerance_s: float) -> Matches:
    """Counts the matches of one recording; arguments as for `assign`."""
    assigned = assign(alarms_s, truths_s, tolerance_s)
    delays = [
        float(alarm - truths_s[number, 0])
        for alarm, number in zip(alarms_s, assigned, strict=True)
        if number is not None
    ]
    return Matches(len(delays), len(alarms_s) - len(delays), len(truths_s) - len(delays), tuple(delays))


def pairs(
    alarms: Sequence[Event], truths_s: np.ndarray, tolerance_s: float
) -> list[tuple[np.ndarray | None, Event | None]]:
    """Each true event with its alarm, in chronological order; None beside missed events and false alarms."""
    assigned = assign([alarm.start_s for alarm in alarms], truths_s, tolerance_s)
    matched = {number: alarm for alarm, number in zip(alarms, assigned, strict=True) if number is not None}
    timed: list[tuple[float, np.ndarray | None, Event | None]] = [
        (float(truth[0]), truth, matched.get(number)) for number, truth in enumerate(truths_s)
    ]
    timed += [(alarm.start_s, None, alarm) for alarm, number in zip(alarms, assigned, strict=True) if number is None]
    return [(truth, alarm) for _, truth, alarm in sorted(timed, key=lambda row: row[0])]


@dataclass(frozen=True)
class EventOutcome:
    """Alarms and step scores compared with the truth.

    Attributes:
        matches: the alarms of all recordings.
        hours: recorded time.
        within_s: longest delay that the target allows, in seconds; infinity if it sets none.
        steps: counts of time steps, predicted to be in an event from the threshold on; None if they were not scored.
    """

    matches: Matches
    hours: float
    within_s: float = math.inf
    steps: "Steps | None" = None


@dataclass(frozen=True)
class Steps:
    """Counts of time steps that are predicted to be, or truly are, in an event.

    Attributes:
        both: steps that are predicted and true.
        predicted: predicted steps.
        true: true steps.
        agreeing: steps for which prediction and truth agree.
        total: all steps.
    """

    both: int
    predicted: int
    true: int
    agreeing: int
    total: int

    @classmethod
    def of(cls, predicted: np.ndarray, true: np.ndarray) -> "Steps":
        """Counts the steps of two (time,) bool arrays."""
        both, agreeing = (predicted & true).sum(), (predicted == true).sum()
        return cls(int(both), int(predicted.sum()), int(true.sum()), int(agreeing), len(true))


def _delay(percent: float) -> Callable[[EventOutcome], float]:
    def delay(outcome: EventOutcome) -> float:
        return float(np.percentile(np.asarray(outcome.matches.delays_s or [np.nan]), percent))

    return delay


def _on_time(outcome: EventOutcome) -> float | None:
    within_s = outcome.within_s
    return None if math.isinf(within_s) else outcome.matches.on_time(within_s).recall


def _step(share: Callable[[Steps], float]) -> Callable[[EventOutcome], float | None]:
    return lambda outcome: None if outcome.steps is None else share(outcome.steps)


def _step_f1(steps: Steps) -> float:
    total = steps.predicted + steps.true
    return 2 * steps.both / total if total else 1.0


METRICS = (
    Metric("event_f1", lambda outcome: outcome.matches.f1, "F1 of alarms against true events"),
    Metric("event_precision", lambda outcome: outcome.matches.precision, "share of alarms that are correct"),
    Metric("event_recall", lambda outcome: outcome.matches.recall, "share of true events with an alarm"),
    Metric("event_recall_on_time", _on_time, "share of true events with an alarm in time"),
    Metric(
        "false_alarms_per_hour",
        lambda outcome: outcome.matches.false / outcome.hours,
        "false alarms per hour of recording",
        less_is_better=True,
        unit="1/h",
    ),
    Metric("delay_median_s", _delay(50), "from an event's start to its alarm, median", less_is_better=True, unit="s"),
    Metric(
        "delay_p95_s", _delay(95), "from an event's start to its alarm, 95th percentile", less_is_better=True, unit="s"
    ),
    Metric("events", lambda outcome: outcome.matches.right + outcome.matches.missed, "true events", counts=True),
    Metric("alarms", lambda outcome: outcome.matches.right + outcome.matches.false, "alarms", counts=True),
    Metric("hours", lambda outcome: outcome.hours, "recorded time", unit="h", counts=True),
    Metric("step_accuracy", _step(lambda steps: steps.agreeing / steps.total), "share of time steps that are correct"),
    Metric(
        "step_precision",
        _step(lambda steps: steps.both / max(1, steps.predicted)),
        "share of time steps above the threshold that are in an event",
    ),
    Metric(
        "step_recall",
        _step(lambda steps: steps.both / max(1, steps.true)),
        "share of events' time steps above the threshold",
    ),
    Metric("step_f1", _step(_step_f1), "F1 of the time steps of events"),
)
