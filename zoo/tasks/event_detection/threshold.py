"""Fits the event threshold on validation, to the recipe's target."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.predictor import Predictor
from zoo.core.progress import SILENT, Progress
from zoo.data.prepared import Prepared
from zoo.inputs.recording.tracks import read_by
from zoo.schema.architecture import streamable
from zoo.tasks.event_detection.alarms import METRICS, Alarmed, Matches
from zoo.tasks.event_detection.marks import count_matches, hours, marked, section_of, step_scores
from zoo.tasks.event_detection.section import Events
from zoo.tasks.metric import measured
from zoo.tasks.task import Fitted, Picture

THRESHOLDS = tuple(round(float(t), 3) for t in np.linspace(0.02, 0.98, 49))

#: The parts of an event rule, in words.
MEANINGS = {
    "label": "event",
    "threshold": "alarm at a score of",
    "release": "over below a score of",
    "min_duration_s": "score stays high first, seconds",
    "cooldown_s": "no second alarm within, seconds",
    "warm_up_s": "silent at the start, seconds",
    "merge_s": "goes on if it comes again within, seconds",
}


@dataclass(frozen=True)
class Point:
    """What one threshold gives on validation."""

    threshold: float
    matches: Matches
    false_alarms_per_hour: float


def fit(prepared: Prepared, predictor: Predictor, progress: Progress) -> Fitted:
    """The event rule with the threshold that keeps the target best, and the picture of all thresholds."""
    events = section_of(prepared.recipe)
    points = trade_off(prepared, predictor, progress)
    rule = events.rule(prepared.labels[0], choose(points, events))
    chosen = next(point for point in points if point.threshold == rule.threshold)
    told = {words: getattr(rule, name) for name, words in MEANINGS.items()}
    facts = ("Event rule", {**told, "fitted to the target": events.target})
    return Fitted(events=(rule,), facts=facts, pictures=(picture(points, chosen, events),))


def trade_off(prepared: Prepared, predictor: Predictor, progress: Progress = SILENT) -> list[Point]:
    """Detection against false alarms on validation, one point a threshold, rising."""
    part, events = prepared.split("validation"), section_of(prepared.recipe)
    marks = marked(prepared, part)
    scores = step_scores(marks, predictor, progress, padded=streamable(prepared.recipe.model.layers))
    rate_hz = read_by(prepared).sample_rate_hz
    points: list[Point] = []
    for threshold in THRESHOLDS:
        found = count_matches(marks, scores, events.rule(prepared.labels[0], threshold), rate_hz, events.tolerance_s)
        points.append(Point(threshold, found, found.false / hours(marks, rate_hz)))
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


def picture(points: Sequence[Point], chosen: Point, events: Events) -> Picture:
    """Event recall and F1 against false alarms, every dot a threshold."""
    from zoo.plots import trade_off_plot  # here: a bundle is scored where nothing is drawn

    said = (
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
        f"The chosen {said}.",
        caption=f"On validation, every dot a threshold. The target is {events.target}; the chosen {said}.",
        csv=trade_off_csv(points),
    )


def trade_off_csv(points: Sequence[Point]) -> str:
    """One line a threshold, rising."""
    names = ("threshold", "event_recall", "event_precision", "event_f1", "false_alarms_per_hour")
    delays = ("delay_median_s", "delay_p95_s")
    lines = [",".join([*names, *delays, "right", "false", "missed"])]
    for point in points:
        found = point.matches
        late = measured(METRICS, Alarmed(found, 1.0))
        rates = (found.recall, found.precision, found.f1, point.false_alarms_per_hour, *(late[name] for name in delays))
        shown = [f"{value:.6g}" for value in (point.threshold, *rates)]
        lines.append(",".join([*shown, str(found.right), str(found.false), str(found.missed)]))
    return "\n".join(lines) + "\n"
