"""Recordings with their true events, and a model's scores of their time steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.core.events import EventRule, detect
from zoo.core.predictor import Predictor
from zoo.core.progress import Progress
from zoo.core.transform import ON_EDGE
from zoo.data.prepared import Prepared
from zoo.data.records import Recording
from zoo.inputs.recording.running import step_outputs
from zoo.inputs.recording.tracks import Track
from zoo.schema.parts import Parts
from zoo.tasks.event_detection.alarms import Matches, match
from zoo.tasks.event_detection.section import Events


@dataclass(frozen=True)
class Mark:
    """One recording as the model sees it, with its true events.

    Attributes:
        track: the recording.
        target: (time,) int8, 1 during an event.
        truths: (events, 2) start and end of each true event, in seconds from the first step.
    """

    track: Track
    target: np.ndarray
    truths: np.ndarray


def section_of(recipe: Parts) -> Events:
    """The recipe's section on events."""
    section = recipe.section
    assert isinstance(section, Events)
    return section


def marked(prepared: Prepared, part: Any) -> list[Mark]:
    """The recordings of a split with their events."""
    events = section_of(prepared.recipe)
    return [mark(track, events, prepared.label_names, part.rate_hz) for track in part.tracks]


def mark(track: Track, events: Events, names: Sequence[str], rate_hz: float) -> Mark:
    """A recording with its events.

    Args:
        track: the recording.
        events: the labels that make up the event.
        names: names of the recording's labels.
        rate_hz: time steps per second.
    """
    labels = [names.index(name) for name in events.labels]
    if events.after is not None:
        times_s = changes(track.recording, [names.index(name) for name in events.after], labels)
        target = np.zeros(len(track.values), np.int8)
        steps = np.floor((times_s - track.first_s) * rate_hz + ON_EDGE).astype(int)
        target[np.minimum(steps, len(target) - 1)] = 1
        return Mark(track, target, np.stack([times_s, times_s], 1) - track.first_s)
    target = np.isin(track.labels, labels).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], target, [0]])))
    return Mark(track, target, edges.reshape(-1, 2) / rate_hz)


def changes(recording: Recording, before: Sequence[int], after: Sequence[int]) -> np.ndarray:
    """(events,) seconds of the samples with a label of `after` that directly follow one with a label of `before`."""
    preceding, following = np.isin(recording.labels[:-1], before), np.isin(recording.labels[1:], after)
    return recording.time_s[1:][preceding & following]


def extended(target: np.ndarray, lead: int, extend: int) -> np.ndarray:
    """The target with each event extended by `lead` steps before it and `extend` steps after it."""
    if not lead and not extend:
        return target
    overlaps = np.convolve(target, np.ones(lead + extend + 1, np.int64))[lead : lead + len(target)]
    return (overlaps > 0).astype(np.int8)


def hours(marks: Sequence[Mark], rate_hz: float) -> float:
    """Recorded time in hours."""
    return sum(len(mark.target) for mark in marks) / rate_hz / 3600


def step_scores(marks: Sequence[Mark], predictor: Predictor, progress: Progress, *, padded: bool) -> list[np.ndarray]:
    """(time,) score of each step of each recording; `padded` as for `step_outputs`."""
    outputs = step_outputs([mark.track for mark in marks], predictor, progress, padded=padded)
    return [output[:, 0] for output in outputs]


def count_matches(
    marks: Sequence[Mark], scores: Sequence[np.ndarray], rule: EventRule, rate_hz: float, tolerance_s: float
) -> Matches:
    """Alarms of all recordings under one rule, compared with the true events."""
    total = Matches()
    for mark, row in zip(marks, scores, strict=True):
        total += match([event.start_s for event in detect(row, rule, rate_hz)], mark.truths, tolerance_s)
    return total
