"""Event detection as a row of the table of tasks."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo.core.errors import DataError
from zoo.core.events import Event, clock
from zoo.core.predictor import Predictor
from zoo.core.progress import Progress
from zoo.data.examples import StepWindows, class_weights
from zoo.data.prepared import Prepared
from zoo.data.records import RecordingSet
from zoo.edge.tasks.event_detection import EVENT_DETECTION as DEVICE
from zoo.inputs.recording.tracks import Tracks, check_windows, places, read_by, track_of
from zoo.schema.architecture import one_output_a_step, streamable
from zoo.schema.draft import Draft
from zoo.schema.parts import Parts
from zoo.schema.problems import MISSING, Problem
from zoo.tasks.event_detection.alarms import METRICS, EventOutcome, Steps, pairs
from zoo.tasks.event_detection.live import live
from zoo.tasks.event_detection.marks import (
    count_matches,
    extended,
    hours,
    mark,
    marked,
    section_of,
    step_scores,
)
from zoo.tasks.event_detection.section import Events
from zoo.tasks.event_detection.threshold import fit
from zoo.tasks.metric import measured
from zoo.tasks.task import CardTask, Example, Fitted, Scoring, Section, Task

if TYPE_CHECKING:
    import keras

    from zoo.edge import Runner


def problems(draft: Draft) -> Iterator[Problem]:
    """Requires one output per time step, and different labels for the event and for what precedes it."""
    yield from one_output_a_step(draft.layers, DEVICE.name)
    events = draft.section
    if isinstance(events, Events) and (both := set(events.labels) & set(events.after or ())):
        yield Problem(
            ("events", "after"), f"expected other labels than events.labels, got {sorted(both)[0]!r} in both."
        )


def labels(recipe: Parts, names: Sequence[str]) -> tuple[str, ...]:
    """The event's name."""
    events = section_of(recipe)
    for key, required in {"labels": events.labels, "after": events.after or ()}.items():
        for label in required:
            if label not in names:
                known = ", ".join(names)
                raise DataError(f"events.{key}: {label!r} is not a label of the data; its labels are {known}.")
    return (events.name or recipe.name,)


def check(prepared: Prepared) -> None:
    """Requires windows that fit into a recording, and events to train on.

    Raises:
        DataError: the window is too long, or there are no events.
    """
    train = prepared.split("train")
    assert isinstance(train, Tracks)
    check_windows(prepared.recipe, train)
    if not any(len(mark.truths) for mark in marked(prepared, train)):
        raise DataError("events.labels: expected events to train on, found none in the training recordings.")


def examples(prepared: Prepared, side: str) -> StepWindows:
    """Windows with a target of 0 or 1 per time step: (batch, window, 1) float32."""
    part, events = prepared.split(side), section_of(prepared.recipe)
    assert isinstance(part, Tracks)
    windows, length = places(prepared.recipe, part, training=side == "train")
    lead, extend = (round(seconds * part.rate_hz) for seconds in (events.lead_s, events.extend_s))
    targets = [extended(mark.target, lead, extend) for mark in marked(prepared, part)]
    weighting = prepared.recipe.training.class_weights
    weights = class_weights(weighting, np.concatenate(targets), ("none", *prepared.labels))
    return StepWindows(
        [track.values for track in part.tracks],
        [target[:, None].astype(np.float32) for target in targets],
        [weights[target].astype(np.float32) for target in targets],
        windows,
        length,
    )


def head(prepared: Prepared, x: "keras.KerasTensor", embedding: object) -> "keras.KerasTensor":
    """(batch, time, 1) scores."""
    from keras import layers

    return layers.Dense(1, "sigmoid", name="output")(x)


def trainee(model: "keras.Model") -> "tuple[keras.Model, keras.losses.Loss]":
    """Cross-entropy of each time step."""
    import keras

    return model, keras.losses.BinaryCrossentropy(reduction="mean_with_sample_weight")


def score(
    prepared: Prepared, part: Tracks, predictor: Predictor, fitted: Fitted, progress: Progress
) -> dict[str, float]:
    """Compares the alarms under the fitted rule with the true events, and the single steps with the target."""
    events, (rule,) = section_of(prepared.recipe), fitted.events
    marks = marked(prepared, part)
    scores = step_scores(marks, predictor, progress, padded=streamable(prepared.recipe.model.layers))
    matches = count_matches(marks, scores, rule, part.rate_hz, events.tolerance_s)
    steps = Steps.of(np.concatenate(scores) >= rule.threshold, np.concatenate([mark.target for mark in marks]) > 0)
    return measured(METRICS, EventOutcome(matches, hours(marks, part.rate_hz), events.detect_within_s, steps))


def baseline(prepared: Prepared, part: Tracks) -> dict[str, float]:
    """Empty: there is no naive method for events."""
    return {}


def show(prepared: Prepared, runner: "Runner", data: RecordingSet) -> Example:
    """The alarms of the first test recording with an event, beside its true events."""
    events, spec = section_of(prepared.recipe), read_by(prepared)
    marks = (mark(track_of(r, spec), events, prepared.label_names, spec.sample_rate_hz) for r in data.recordings)
    first = next((marked for marked in marks if len(marked.truths)), None)
    if first is None:
        raise DataError(f"{data.name}: expected a test recording with an event to show, found none.")
    recording = first.track.recording
    predicted = runner.predict(recording.values, time_s=recording.time_s)
    rows = tuple(
        {
            "truth": "-" if truth is None else f"{clock(truth[0])} to {clock(truth[1])}",
            "alarm": "-" if alarm is None else clock(alarm.start_s),
            "score": "-" if alarm is None else f"{alarm.score:.2f}",
            "": _verdict(truth, alarm),
        }
        for truth, alarm in pairs(predicted.events, first.truths, events.tolerance_s)
    )
    length = clock(float(recording.time_s[-1] - recording.time_s[0]))
    title = f"Held-out recording {recording.name} of {recording.subject}, {length} long, through onnxruntime:"
    return Example(title, rows)


def _verdict(truth: np.ndarray | None, alarm: Event | None) -> str:
    if truth is None:
        return "false alarm"
    if alarm is None:
        return "missed"
    return f"found, {alarm.start_s - truth[0]:+.1f} s from its start"


EVENT_DETECTION = Task(
    device=DEVICE,
    section=Section(
        "events",
        Events,
        f"{MISSING}: {DEVICE.name} needs labels (the labels that make up the event) and target.",
        resolve=lambda events, name: events.model_copy(update={"name": events.name or name}),
    ),
    labelled=True,
    problems=problems,
    labels=labels,
    check=check,
    examples=examples,
    head=head,
    trainee=trainee,
    scoring=Scoring(METRICS, score, baseline, fit, live),
    show=show,
    card=CardTask(
        "It reads {noun} and detects when the event happens{along}.",
        "(batch, time, 1) scores from 0 to 1{causal}",
        answer="event",
    ),
)
