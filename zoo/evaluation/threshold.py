"""Fits the event threshold on validation, to the recipe's target."""

from dataclasses import dataclass

import numpy as np

from zoo.core.events import EventRule
from zoo.core.predictor import Predictor
from zoo.data.prepare import Prepared, Tracks
from zoo.evaluation.events import Matches, count_matches, step_scores
from zoo.recipe.events import Events

THRESHOLDS = tuple(round(float(t), 3) for t in np.linspace(0.02, 0.98, 49))


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


def choose(points: list[Point], events: Events) -> float:
    """The threshold with the best F1 among those with no more false alarms than the target bears.

    Where the target says how soon an event must be known, one with a later alarm counts as missed. If several
    are equally good, the middle of the longest row of neighbours among them, which is farthest from where things get
    worse. If none keeps the target, the best F1 among those with the fewest false alarms.
    """
    fewest = min(point.false_alarms_per_hour for point in points)
    bearable = max(events.max_false_alarms_per_hour, fewest)
    allowed = {
        number: point.matches.on_time(events.detect_within_s).f1
        for number, point in enumerate(points)
        if point.false_alarms_per_hour <= bearable
    }
    good = [number for number, f1 in allowed.items() if f1 == max(allowed.values())]
    rows = np.split(np.asarray(good), np.flatnonzero(np.diff(good) > 1) + 1)
    longest = max(rows, key=len)
    return points[int(longest[len(longest) // 2])].threshold


def rule_at(prepared: Prepared, threshold: float) -> EventRule:
    """The recipe's event rule with this threshold."""
    events = prepared.recipe.events
    assert events is not None
    release = round(threshold * events.release, 4)
    times = (events.min_duration_s, events.cooldown_s, events.warm_up_s, events.merge_s)
    return EventRule(prepared.labels[0], threshold, release, *times)
