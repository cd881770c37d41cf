"""Event metrics: which alarms are right, how many are false an hour, how late they come.

The matching rule: an alarm at second a is right for a true event from s to e if s - tolerance <= a <= e + tolerance.
Each true event takes the first alarm that is right for it, each alarm at most one event; alarms and events are
gone through in the order of time. Every other alarm is false, also a second one for the same event; every event
without an alarm is missed. The delay of a right alarm is a - s: negative if it came before the event began.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.events import Event
from zoo.tasks.metric import Metric


@dataclass(frozen=True)
class Matches:
    """Alarms held against the truth; add them up over recordings with `+`.

    Attributes:
        right: alarms that are right for an event.
        false: alarms that are not.
        missed: events without an alarm.
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
        """The same with every event as missed whose alarm came more than so many seconds after its start."""
        soon = tuple(delay for delay in self.delays_s if delay <= within_s)
        late = len(self.delays_s) - len(soon)
        return Matches(self.right - late, self.false, self.missed + late, soon)

    @property
    def precision(self) -> float:
        """Share of alarms that are right; not a number without alarms."""
        return self.right / (self.right + self.false) if self.right + self.false else float("nan")

    @property
    def recall(self) -> float:
        """Share of events with an alarm; 1 without events."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """2 * right / (2 * right + false + missed); 1 if there was nothing to find and nothing was found."""
        total = 2 * self.right + self.false + self.missed
        return 2 * self.right / total if total else 1.0


def assign(alarms_s: Sequence[float], truths_s: np.ndarray, tolerance_s: float) -> list[int | None]:
    """For each alarm of one recording, the number of the true event that it is right for, or None.

    Args:
        alarms_s: when each alarm was raised, in seconds, rising.
        truths_s: (events, 2) start and end of each true event, in seconds, rising.
        tolerance_s: how far outside an event an alarm is still right for it.
    """
    taken: list[int | None] = []
    for alarm in alarms_s:
        fitting = (
            number
            for number, (start, end) in enumerate(truths_s)
            if number not in taken and start - tolerance_s <= alarm <= end + tolerance_s
        )
        taken.append(next(fitting, None))
    return taken


def match(alarms_s: Sequence[float], truths_s: np.ndarray, tolerance_s: float) -> Matches:
    """Counts what `assign` finds in one recording."""
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
    """Every true event with its alarm, missed events and false alarms with None beside them, in the order of time."""
    assigned = assign([alarm.start_s for alarm in alarms], truths_s, tolerance_s)
    found = {number: alarm for alarm, number in zip(alarms, assigned, strict=True) if number is not None}
    timed: list[tuple[float, np.ndarray | None, Event | None]] = [
        (float(truth[0]), truth, found.get(number)) for number, truth in enumerate(truths_s)
    ]
    timed += [(alarm.start_s, None, alarm) for alarm, number in zip(alarms, assigned, strict=True) if number is None]
    return [(truth, alarm) for _, truth, alarm in sorted(timed, key=lambda row: row[0])]


@dataclass(frozen=True)
class Alarmed:
    """Alarms and scores held against the truth.

    Attributes:
        matches: the alarms of all recordings.
        hours: recorded time.
        within_s: how soon an event must be known; infinity: nobody asks.
        steps: right, said, true and all time steps, each of which is held to be an event from the threshold on; None
            if they were not looked at.
    """

    matches: Matches
    hours: float
    within_s: float = math.inf
    steps: "Steps | None" = None


@dataclass(frozen=True)
class Steps:
    """How many time steps are an event.

    Attributes:
        both: in truth and as it was said.
        said: as it was said.
        true: in truth.
        agreeing: of which truth and what was said agree.
        total: all.
    """

    both: int
    said: int
    true: int
    agreeing: int
    total: int

    @classmethod
    def of(cls, said: np.ndarray, true: np.ndarray) -> "Steps":
        """Of (time,) bool each."""
        both = int((said & true).sum())
        return cls(both, int(said.sum()), int(true.sum()), int((said == true).sum()), len(true))


def _delay(percent: float) -> Callable[[Alarmed], float]:
    def delay(alarmed: Alarmed) -> float:
        return float(np.percentile(np.asarray(alarmed.matches.delays_s or [np.nan]), percent))

    return delay


def _on_time(alarmed: Alarmed) -> float | None:
    within_s = alarmed.within_s
    return None if math.isinf(within_s) else alarmed.matches.on_time(within_s).recall


def _step(share: Callable[[Steps], float]) -> Callable[[Alarmed], float | None]:
    return lambda alarmed: None if alarmed.steps is None else share(alarmed.steps)


def _step_f1(steps: Steps) -> float:
    total = steps.said + steps.true
    return 2 * steps.both / total if total else 1.0


METRICS = (
    Metric("event_f1", lambda alarmed: alarmed.matches.f1, "F1 of alarms against true events"),
    Metric("event_precision", lambda alarmed: alarmed.matches.precision, "share of alarms that are right"),
    Metric("event_recall", lambda alarmed: alarmed.matches.recall, "share of true events with an alarm"),
    Metric("event_recall_on_time", _on_time, "share of true events with an alarm in time"),
    Metric(
        "false_alarms_per_hour",
        lambda alarmed: alarmed.matches.false / alarmed.hours,
        "alarms that are not right, an hour of recording",
        less_is_better=True,
        unit="1/h",
    ),
    Metric("delay_median_s", _delay(50), "from an event's start to its alarm, median", less_is_better=True, unit="s"),
    Metric(
        "delay_p95_s", _delay(95), "from an event's start to its alarm, 95th percentile", less_is_better=True, unit="s"
    ),
    Metric("events", lambda alarmed: alarmed.matches.right + alarmed.matches.missed, "true events", counts=True),
    Metric("alarms", lambda alarmed: alarmed.matches.right + alarmed.matches.false, "alarms", counts=True),
    Metric("hours", lambda alarmed: alarmed.hours, "recorded time", unit="h", counts=True),
    Metric("step_accuracy", _step(lambda steps: steps.agreeing / steps.total), "share of time steps that are right"),
    Metric(
        "step_precision",
        _step(lambda steps: steps.both / max(1, steps.said)),
        "share of time steps above the threshold that are in an event",
    ),
    Metric(
        "step_recall",
        _step(lambda steps: steps.both / max(1, steps.true)),
        "share of events' time steps above the threshold",
    ),
    Metric("step_f1", _step(_step_f1), "F1 of the time steps of events"),
)
