"""Event metrics: which alarms are right, how many are false an hour, how late they come.

The matching rule: an alarm at second a is right for a true event from s to e if s - tolerance <= a <= e + tolerance.
Each true event takes the first alarm that is right for it, each alarm at most one event; alarms and events are
gone through in the order of time. Every other alarm is false, also a second one for the same event; every event
without an alarm is missed. The delay of a right alarm is a - s: negative if it came before the event began.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.events import Event, EventRule, detect
from zoo.core.predictor import Predictor, in_batches
from zoo.data.prepare import Tracks

#: Recordings that are computed side by side.
_SIDE_BY_SIDE = 8


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


def step_scores(part: Tracks, predictor: Predictor) -> list[np.ndarray]:
    """(time,) score of each step of each recording; causal models do not see the padding behind a recording."""
    values = [track.values for track in part.tracks]
    scores: list[np.ndarray] = [np.zeros(0)] * len(values)
    for numbers, batch in in_batches(values, _SIDE_BY_SIDE):
        output = np.asarray(predictor(batch))
        for row, number in zip(output, numbers, strict=True):
            scores[number] = row[: len(values[number]), 0]
    return scores


def count_matches(part: Tracks, scores: Sequence[np.ndarray], rule: EventRule, tolerance_s: float) -> Matches:
    """Alarms of all recordings under one rule, held against the truth."""
    total = Matches()
    for track, row in zip(part.tracks, scores, strict=True):
        alarms = [event.start_s for event in detect(row, rule, part.rate_hz)]
        total += match(alarms, track.truths, tolerance_s)
    return total


def event_metrics(found: Matches, hours: float, within_s: float = math.inf) -> dict[str, float]:
    """Metrics of alarms.

    Args:
        found: alarms held against the truth.
        hours: recorded time.
        within_s: how soon an event must be known; infinity: nobody asks.
    """
    delays = np.asarray(found.delays_s or [np.nan])
    on_time = {} if math.isinf(within_s) else {"event_recall_on_time": found.on_time(within_s).recall}
    return {
        "event_f1": found.f1,
        "event_precision": found.precision,
        "event_recall": found.recall,
        **on_time,
        "false_alarms_per_hour": found.false / hours,
        "delay_median_s": float(np.median(delays)),
        "delay_p95_s": float(np.percentile(delays, 95)),
        "events": found.right + found.missed,
        "alarms": found.right + found.false,
        "hours": hours,
    }


def step_metrics(part: Tracks, scores: Sequence[np.ndarray], threshold: float) -> dict[str, float]:
    """Metrics of the single time steps, each of which is held to be an event from `threshold` on."""
    said = np.concatenate(scores) >= threshold
    true = np.concatenate([track.target for track in part.tracks]) > 0
    both = int((said & true).sum())
    total = int(said.sum()) + int(true.sum())
    return {
        "step_accuracy": float((said == true).mean()),
        "step_precision": both / max(1, int(said.sum())),
        "step_recall": both / max(1, int(true.sum())),
        "step_f1": 2 * both / total if total else 1.0,
    }
