"""Fits the event threshold on validation, to the recipe's bearable number of false alarms."""

from dataclasses import dataclass

import numpy as np

from zoo.data.prepare import Prepared, Tracks
from zoo.edge.events import EventRule
from zoo.evaluation.events import Matches, count_matches, step_scores
from zoo.evaluation.predictor import Predictor

THRESHOLDS = tuple(round(float(t), 3) for t in np.linspace(0.02, 0.98, 49))

#: An event ends when the score falls below this share of the threshold.
RELEASE = 0.5


@dataclass(frozen=True)
class Point:
    """What one threshold gives on validation."""

    threshold: float
    matches: Matches
    false_alarms_per_hour: float


def trade_off(prepared: Prepared, predictor: Predictor) -> list[Point]:
    """Detection against false alarms on validation, one point a threshold, rising."""
    part = prepared.split("validation")
    events = prepared.recipe.events
    assert isinstance(part, Tracks)
    assert events is not None
    scores = step_scores(part, predictor)
    points: list[Point] = []
    for threshold in THRESHOLDS:
        found = count_matches(part, scores, rule_at(prepared, threshold), events.tolerance_s)
        points.append(Point(threshold, found, found.false / part.hours))
    return points


def choose(points: list[Point], bearable: float) -> float:
    """The threshold with the best F1 among those with at most `bearable` false alarms an hour.

    If several are equally good, the middle of the longest row of neighbours among them, which is farthest from where
    things get worse. If none keeps the target, the best F1 among those with the fewest false alarms.
    """
    fewest = min(point.false_alarms_per_hour for point in points)
    allowed = [point for point in points if point.false_alarms_per_hour <= max(bearable, fewest)]
    best = max(point.matches.f1 for point in allowed)
    good = [number for number, point in enumerate(points) if point in allowed and point.matches.f1 == best]
    rows = np.split(np.asarray(good), np.flatnonzero(np.diff(good) > 1) + 1)
    longest = max(rows, key=len)
    return points[int(longest[len(longest) // 2])].threshold


def rule_at(prepared: Prepared, threshold: float) -> EventRule:
    """The recipe's event rule with this threshold."""
    events = prepared.recipe.events
    assert events is not None
    release = round(threshold * RELEASE, 4)
    times = (events.min_duration_s, events.cooldown_s, events.warm_up_s)
    return EventRule(prepared.labels[0], threshold, release, *times)
