"""Tagging as a row of the table of tasks."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo.core.errors import DataError
from zoo.core.events import clock
from zoo.core.predictor import Predictor
from zoo.core.progress import Progress
from zoo.core.transform import nearest
from zoo.data.examples import StepWindows, class_weights
from zoo.data.prepared import Prepared
from zoo.data.records import RecordingSet
from zoo.edge.tasks.tagging import TAGGING as DEVICE
from zoo.inputs.recording.listening import Differences
from zoo.inputs.recording.running import heard_recordings, step_outputs
from zoo.inputs.recording.tracks import Tracks, check_windows, places, read_by, runs, track_of
from zoo.schema.architecture import one_output_a_step, streamable
from zoo.schema.draft import Draft
from zoo.schema.parts import Parts
from zoo.schema.problems import Problem
from zoo.tasks.labels import ACCURACY, CROSS_ENTROPY, MACRO_F1, RECALL, Told, majority, told_metrics
from zoo.tasks.metric import measured
from zoo.tasks.tagging.section import Tags
from zoo.tasks.targets import Targets, check_trained, targets
from zoo.tasks.task import CardTask, Example, Fitted, Scoring, Section, Task

if TYPE_CHECKING:
    import keras

    from zoo.edge import Runner

METRICS = (MACRO_F1, ACCURACY, CROSS_ENTROPY, RECALL)
#: What is counted.
STEPS = "steps"
#: Stretches that are shown.
SHOWN = 12


def problems(draft: Draft) -> Iterator[Problem]:
    """One output a step."""
    yield from one_output_a_step(draft.layers, DEVICE.name)


def _targets_of(recipe: Parts, names: Sequence[str]) -> Targets:
    section = recipe.section
    return targets(section.labels if isinstance(section, Tags) else None, names, "tags.labels")


def _targets(prepared: Prepared) -> Targets:
    return _targets_of(prepared.recipe, prepared.label_names)


def labels(recipe: Parts, names: Sequence[str]) -> tuple[str, ...]:
    """Those that the recipe names, or all of the data."""
    return _targets_of(recipe, names).names


def check(prepared: Prepared) -> None:
    """Windows that fit, and labelled time steps on each side."""
    told = _targets(prepared)
    for side in prepared.splits:
        part = _tracks(prepared, side)
        if side == "train":
            check_windows(prepared.recipe, part)
        if not any(told.has_class(track.labels).any() for track in part.tracks):
            wanted = ", ".join(prepared.labels)
            raise DataError(
                f"{prepared.about.name}: expected time steps with one of {wanted} in {side}, got none. "
                "Change data.split, or tags.labels."
            )
    there = np.isin(np.arange(len(prepared.labels)), _trained(prepared))
    check_trained(there, prepared.labels, "tags.labels")


def _tracks(prepared: Prepared, side: str) -> Tracks:
    part = prepared.split(side)
    assert isinstance(part, Tracks)
    return part


def examples(prepared: Prepared, side: str) -> StepWindows:
    """Windows with the number of a class each step, (batch, window) int32; steps without a class weigh nothing."""
    part, told = _tracks(prepared, side), _targets(prepared)
    found, window = places(prepared.recipe, part, training=side == "train")
    known = [told.has_class(track.labels) for track in part.tracks]
    classes = [told.classes(track.labels) for track in part.tracks]
    of_class = class_weights(prepared.recipe.training.class_weights, _trained(prepared), prepared.labels)
    weights = [(of_class[own] * there).astype(np.float32) for own, there in zip(classes, known, strict=True)]
    telling = np.asarray([weights[number][start : start + window].any() for number, start in found], bool)
    return StepWindows([track.values for track in part.tracks], classes, weights, found[telling], window)


def _trained(prepared: Prepared) -> np.ndarray:
    """(steps,) classes of the training side."""
    return _classes(prepared, _tracks(prepared, "train"))


def _classes(prepared: Prepared, part: Tracks) -> np.ndarray:
    """(steps,) classes of the steps that have one."""
    told, labels = _targets(prepared), np.concatenate([track.labels for track in part.tracks])
    return told.classes(labels[told.has_class(labels)])


def head(prepared: Prepared, x: "keras.KerasTensor", embedding: object) -> "keras.KerasTensor":
    """(batch, time, labels) probabilities."""
    from keras import layers

    return layers.Dense(len(prepared.labels), "softmax", name="output")(x)


def trainee(model: "keras.Model") -> "tuple[keras.Model, keras.losses.Loss]":
    """Cross-entropy of each labelled step."""
    import keras

    return model, keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")


def score(
    prepared: Prepared, part: Tracks, predictor: Predictor, fitted: Fitted, progress: Progress
) -> dict[str, float]:
    """The metrics of the labelled time steps."""
    padded = streamable(prepared.recipe.model.layers)
    outputs = step_outputs(part.tracks, predictor, progress, padded=padded)
    return _scored(prepared, [track.labels for track in part.tracks], outputs)


def _scored(prepared: Prepared, labels: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> dict[str, float]:
    """The metrics of all steps that have a class; (steps,) labels and (steps, outputs) of each recording."""
    told, flat = _targets(prepared), np.concatenate(labels)
    known = told.has_class(flat)
    return told_metrics(
        METRICS, Told.one(told.classes(flat)[known], np.concatenate(outputs)[known], prepared.labels, STEPS)
    )


def baseline(prepared: Prepared, part: Tracks) -> dict[str, float]:
    """Always the label that is commonest in training."""
    own = _classes(prepared, part)
    return measured((MACRO_F1, ACCURACY), majority(_trained(prepared), own, prepared.labels, STEPS))


def live(runner: "Runner", prepared: Prepared, data: RecordingSet, progress: Progress) -> dict[str, float]:
    """The metrics from a stream, and how it differs from whole recordings."""
    differences = Differences()
    labels: list[np.ndarray] = []
    outputs: list[np.ndarray] = []
    for track, heard in heard_recordings(runner, prepared, data, differences, progress):
        own = track.recording
        labels.append(nearest(own.time_s, own.labels, own.time_s[0] + heard.time_s))
        outputs.append(heard.outputs)
    return {**_scored(prepared, labels, outputs), **differences.found}


def show(prepared: Prepared, runner: "Runner", data: RecordingSet) -> Example:
    """What is told of the first stretches of a test recording."""
    spec, told = read_by(prepared), _targets(prepared)
    tracks = (track_of(recording, spec) for recording in data.recordings)
    shown = next((track for track in tracks if told.has_class(track.labels).any()), None)
    if shown is None:
        raise DataError(f"{data.name}: expected a test recording with a label to show, got none.")
    recording = shown.recording
    steps = runner.predict(recording.values, time_s=recording.time_s).steps
    rows: list[dict[str, str]] = []
    for start, stop, label in runs(shown.labels):
        if not told.table[label].any():
            continue
        said = np.bincount(steps[start:stop].argmax(1), minlength=len(prepared.labels))
        rows.append(
            {
                "from": clock(start / spec.sample_rate_hz),
                "to": clock(stop / spec.sample_rate_hz),
                "truth": prepared.label_names[label],
                "mostly said": prepared.labels[int(said.argmax())],
                "rightly": f"{said[told.classes(np.asarray([label]))[0]] / (stop - start):.0%}",
            }
        )
    title = f"Held-out recording {recording.name} of {recording.subject}, through onnxruntime:"
    return Example(title, tuple(rows[:SHOWN]))


TAGGING = Task(
    device=DEVICE,
    section=Section("tags", Tags),
    labelled=True,
    problems=problems,
    labels=labels,
    check=check,
    examples=examples,
    head=head,
    trainee=trainee,
    scoring=Scoring(METRICS, score, baseline, live=live),
    show=show,
    card=CardTask(
        "It reads {noun} and says at every time step which of its labels fits.",
        "(batch, time, {classes}) probabilities of {labels}{causal}",
        answer="tag",
    ),
)
