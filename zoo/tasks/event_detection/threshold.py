"""Fits the event threshold to the recipe's target on validation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.predictor import Predictor
from zoo.core.progress import SILENT, Progress
from zoo.data.prepared import Prepared
from zoo.inputs.recording.tracks import read_by
from zoo.schema.architecture import streamable
from zoo.tasks.event_detection.alarms import METRICS, EventOutcome, Matches
from zoo.tasks.event_detection.marks import count_matches, hours, marked, section_of, step_scores
from zoo.tasks.event_detection.section import Events
from zoo.tasks.metric import measured
from zoo.tasks.task import Fitted, Picture

THRESHOLDS = tuple(round(float(t), 3) for t in np.linspace(0.02, 0.98, 49))

#: Descriptions of the fields of an event rule.
MEANINGS = {
    "label": "event",
    "threshold": "alarm from a score of",
    "release": "ends below a score of",
    "min_duration_s": "score must stay high for, seconds",
    "cooldown_s": "no second alarm within, seconds",
    "warm_up_s": "no alarm during the first, seconds",
    "merge_s": "continues if the score rises again within, seconds",
}


@dataclass(frozen=True)
class Point:
    """The results of one threshold on validation."""

    threshold: float
    matches: Matches
    false_alarms_per_hour: float


def fit(prepared: Prepared, predictor: Predictor, progress: Progress) -> Fitted:
    """The event rule with the threshold that best meets the target, and the picture of all thresholds."""
    events = section_of(prepared.recipe)
    points = trade_off(prepared, predictor, progress)
    rule = events.rule(prepared.labels[0], choose(points, events))
    chosen = next(point for point in points if point.threshold == rule.threshold)
    fields = {words: getattr(rule, name) for name, words in MEANINGS.items()}
    facts = ("Event rule", {**fields, "fitted to the target": events.target})
    return Fitted(events=(rule,), facts=facts, pictures=(picture(points, chosen, events),))


def trade_off(prepared: Prepared, predictor: Predictor, progress: Progress = SILENT) -> list[Point]:
    """Detection against false alarms on validation, one point per threshold, rising."""
    part, events = prepared.split("validation"), section_of(prepared.recipe)
    marks = marked(prepared, part)
    scores = step_scores(marks, predictor, progress, padded=streamable(prepared.recipe.model.layers))
    rate_hz = read_by(prepared).sample_rate_hz
    points: list[Point] = []
    for threshold in THRESHOLDS:
        matches = count_matches(marks, scores, events.rule(prepared.labels[0], threshold), rate_hz, events.tolerance_s)
        points.append(Point(threshold, matches, matches.false / hours(marks, rate_hz)))
    return points


def choose(points: list[Point], events: Events) -> float:
    """The threshold with the best F1 among those with no more false alarms than the target allows.

    If the target limits the delay, an event with a later alarm counts as missed. Among equally good thresholds, takes
    the middle of the longest run of neighbouring ones, which is farthest from worse thresholds. If none meets the
    target, takes the best F1 among those with the fewest false alarms.
    """
    fewest = min(point.false_alarms_per_hour for point in points)
    limit = max(events.max_false_alarms_per_hour, fewest)
    candidates = {
        number: point.matches.on_time(events.detect_within_s).f1
        for number, point in enumerate(points)
        if point.false_alarms_per_hour <= limit
    }
    best = [number for number, f1 in candidates.items() if f1 == max(candidates.values())]
    runs = np.split(np.asarray(best), np.flatnonzero(np.diff(best) > 1) + 1)
    longest = max(runs, key=len)
    return points[int(longest[len(longest) // 2])].threshold


def picture(points: Sequence[Point], chosen: Point, events: Events) -> Picture:
    """Event recall and F1 against false alarms, one dot per threshold."""
    from zoo.plots import trade_off_plot  # here, because scoring a bundle must not import matplotlib

    summary = (
        f"threshold {chosen.threshold:g} gives recall {chosen.matches.recall:.3g} and F1 {chosen.matches.f1:.3g} at "
        f"{chosen.false_alarms_per_hour:.3g} false alarms per hour"
    )
    return Picture(
        "trade-off",
        "Trade-off",
        trade_off_plot(
            [(point.false_alarms_per_hour, point.matches.recall, point.matches.f1) for point in points],
            points.index(chosen),
            chosen.threshold,
            events.max_false_alarms_per_hour,
        ),
        alt=f"Line chart of event recall and F1 against false alarms per hour at {len(points)} thresholds. "
        f"The chosen {summary}.",
        caption=f"On validation, one dot per threshold. The target is {events.target}; the chosen {summary}.",
        csv=trade_off_csv(points),
    )


def trade_off_csv(points: Sequence[Point]) -> str:
    """One line per threshold, rising."""
    names = ("threshold", "event_recall", "event_precision", "event_f1", "false_alarms_per_hour")
    delays = ("delay_median_s", "delay_p95_s")
    lines = [",".join([*names, *delays, "right", "false", "missed"])]
    for point in points:
        matches = point.matches
        metrics = measured(METRICS, EventOutcome(matches, 1.0))
        rates = (matches.recall, matches.precision, matches.f1, point.false_alarms_per_hour)
        cells = [f"{value:.6g}" for value in (point.threshold, *rates, *(metrics[name] for name in delays))]
        lines.append(",".join([*cells, str(matches.right), str(matches.false), str(matches.missed)]))
    return "\n".join(lines) + "\n"
