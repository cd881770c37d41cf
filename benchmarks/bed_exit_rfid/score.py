"""Compares alarms with true events, for one training and for all folds together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Number of folds that the trials are divided into; each is tested once.
FOLDS = 5


@dataclass(frozen=True)
class Score:
    """Correct, false and missed alarms of one training, or of all folds together.

    Attributes:
        row: name of the row in the table.
        right: number of correct alarms.
        false: number of false alarms.
        missed: number of exits without an alarm.
        hours: recorded time of the test trials.
        delays_s: median delay of each training's alarms, in seconds after the exit.
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
        """Share of alarms that are correct; NaN without alarms."""
        return self.right / (self.right + self.false) if self.right + self.false else math.nan


def score(row: str, metrics: dict[str, Any]) -> Score:
    """The counts from which a run's metrics were computed."""
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
    """The counts of all folds added together."""
    return Score(
        row,
        sum(fold.right for fold in folds),
        sum(fold.false for fold in folds),
        sum(fold.missed for fold in folds),
        sum(fold.hours for fold in folds),
        tuple(delay for fold in folds for delay in fold.delays_s),
    )
