"""Alarms held against the truth, of one training and of all folds together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Parts that the trials are dealt out into, each tested on once.
FOLDS = 5


@dataclass(frozen=True)
class Score:
    """Alarms held against the truth: of one training, or of all folds together.

    Attributes:
        row: what was trained on what.
        right: alarms that are right.
        false: alarms that are not.
        missed: exits without an alarm.
        hours: recorded time of the test trials.
        delays_s: median of each training's alarms, seconds after the exit.
    """

    row: str
    right: int
    false: int
    missed: int
    hours: float
    delays_s: tuple[float, ...]

    @property
    def recall(self) -> float:
        """Share of exits with an alarm."""
        return self.right / (self.right + self.missed)

    @property
    def precision(self) -> float:
        """Share of alarms that are right; not a number without alarms."""
        return self.right / (self.right + self.false) if self.right + self.false else math.nan


def score(row: str, metrics: dict[str, Any]) -> Score:
    """The counts behind a run's metrics."""
    right = round(metrics["event_recall"] * metrics["events"])
    return Score(
        row,
        right,
        metrics["alarms"] - right,
        metrics["events"] - right,
        metrics["hours"],
        (metrics["delay_median_s"],) if right else (),
    )


def together(row: str, folds: Sequence[Score]) -> Score:
    """All folds as one."""
    return Score(
        row,
        sum(one.right for one in folds),
        sum(one.false for one in folds),
        sum(one.missed for one in folds),
        sum(one.hours for one in folds),
        tuple(delay for one in folds for delay in one.delays_s),
    )
