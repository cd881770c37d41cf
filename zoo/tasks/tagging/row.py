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
from zoo.inputs.recording.running import step_outputs, streamed_recordings
from zoo.inputs.recording.streaming import Differences
from zoo.inputs.recording.tracks import Tracks, check_windows, places, read_by, runs, track_of
from zoo.schema.architecture import one_output_a_step, streamable
from zoo.schema.draft import Draft
from zoo.schema.parts import Parts
from zoo.schema.problems import Problem
from zoo.tasks.labels import ACCURACY, CROSS_ENTROPY, MACRO_F1, RECALL, LabelOutcome, label_metrics, majority
from zoo.tasks.metric import measured
from zoo.tasks.tagging.section import Tags
from zoo.tasks.targets import Targets, check_trained, targets
from zoo.tasks.task import CardTask, Example, Fitted, Scoring, Section, Task

if TYPE_CHECKING:
    import keras

    from zoo.edge import Runner

METRICS = (MACRO_F1, ACCURACY, CROSS_ENTROPY, RECALL)
#: Noun for what is counted.
STEPS = "steps"
#: Number of stretches in the example.
SHOWN = 12


def problems(draft: Draft) -> Iterator[Problem]:
    """Requires one output per time step."""
    yield from one_output_a_step(draft.layers, DEVICE.name)


def _targets_of(recipe: Parts, names: Sequence[str]) -> Targets:
    section = recipe.section
    return targets(section.labels if isinstance(section, Tags) else None, names, "tags.labels")


def _targets(prepared: Prepared) -> Targets:
    return _targets_of(prepared.recipe, prepared.label_names)


def labels(recipe: Parts, names: Sequence[str]) -> tuple[str, ...]:
    """The labels that the recipe names, or all labels of the data."""
    return _targets_of(recipe, names).names


def check(prepared: Prepared) -> None:
    """Requires windows that fit into a recording, and labelled time steps in every split.

    Raises:
        DataError: the window is too long, or some labels are missing.
    """
    targets = _targets(prepared)
    for side in prepared.splits:
        part = _tracks(prepared, side)
        if side == "train":
            check_windows(prepared.recipe, part)
        if not any(targets.has_class(track.labels).any() for track in part.tracks):
            raise DataError(
                f"{prepared.about.name}: expected time steps with one of {', '.join(prepared.labels)} in {side}, "
                "found none. Change data.split or tags.labels."
            )
    trained = np.isin(np.arange(len(prepared.labels)), _trained(prepared))
    check_trained(trained, prepared.labels, "tags.labels")


def _tracks(prepared: Prepared, side: str) -> Tracks:
    part = prepared.split(side)
    assert isinstance(part, Tracks)
    return part


def examples(prepared: Prepared, side: str) -> StepWindows:
    """Windows with a class number per step, (batch, window) int32; steps without a class have weight 0."""
    part, targets = _tracks(prepared, side), _targets(prepared)
    windows, length = places(prepared.recipe, part, training=side == "train")
    labelled = [targets.has_class(track.labels) for track in part.tracks]
    classes = [targets.classes(track.labels) for track in part.tracks]
    by_class = class_weights(prepared.recipe.training.class_weights, _trained(prepared), prepared.labels)
    weights = [(by_class[row] * mask).astype(np.float32) for row, mask in zip(classes, labelled, strict=True)]
    weighted = np.asarray([weights[number][start : start + length].any() for number, start in windows], bool)
    return StepWindows([track.values for track in part.tracks], classes, weights, windows[weighted], length)


def _trained(prepared: Prepared) -> np.ndarray:
    """(steps,) classes of the training split."""
    return _classes(prepared, _tracks(prepared, "train"))


def _classes(prepared: Prepared, part: Tracks) -> np.ndarray:
    """(steps,) classes of the steps that have one."""
    targets, labels = _targets(prepared), np.concatenate([track.labels for track in part.tracks])
    return targets.classes(labels[targets.has_class(labels)])


def head(prepared: Prepared, x: "keras.KerasTensor", embedding: object) -> "keras.KerasTensor":
    """(batch, time, labels) probabilities."""
    from keras import layers

    return layers.Dense(len(prepared.labels), "softmax", name="output")(x)


def trainee(model: "keras.Model") -> "tuple[keras.Model, keras.losses.Loss]":
    """Cross-entropy of each labelled time step."""
    import keras

    return model, keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")


def score(
    prepared: Prepared, part: Tracks, predictor: Predictor, fitted: Fitted, progress: Progress
) -> dict[str, float]:
    """The label metrics of the labelled time steps."""
    padded = streamable(prepared.recipe.model.layers)
    outputs = step_outputs(part.tracks, predictor, progress, padded=padded)
    return _scored(prepared, [track.labels for track in part.tracks], outputs)


def _scored(prepared: Prepared, labels: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> dict[str, float]:
    """The metrics of all steps that have a class; (steps,) labels and (steps, outputs) of each recording."""
    targets, flat = _targets(prepared), np.concatenate(labels)
    labelled = targets.has_class(flat)
    classes, probabilities = targets.classes(flat)[labelled], np.concatenate(outputs)[labelled]
    return label_metrics(METRICS, LabelOutcome.single(classes, probabilities, prepared.labels, STEPS))


def baseline(prepared: Prepared, part: Tracks) -> dict[str, float]:
    """Always predicts the most frequent training label."""
    scored = _classes(prepared, part)
    return measured((MACRO_F1, ACCURACY), majority(_trained(prepared), scored, prepared.labels, STEPS))


def live(runner: "Runner", prepared: Prepared, data: RecordingSet, progress: Progress) -> dict[str, float]:
    """The label metrics of a split from streams, and how the streams differ from complete recordings."""
    differences = Differences()
    labels: list[np.ndarray] = []
    outputs: list[np.ndarray] = []
    for track, streamed in streamed_recordings(runner, prepared, data, differences, progress):
        recording = track.recording
        labels.append(nearest(recording.time_s, recording.labels, recording.time_s[0] + streamed.time_s))
        outputs.append(streamed.outputs)
    return {**_scored(prepared, labels, outputs), **differences.metrics}


def show(prepared: Prepared, runner: "Runner", data: RecordingSet) -> Example:
    """Predictions for the first stretches of a test recording."""
    spec, targets = read_by(prepared), _targets(prepared)
    tracks = (track_of(recording, spec) for recording in data.recordings)
    first = next((track for track in tracks if targets.has_class(track.labels).any()), None)
    if first is None:
        raise DataError(f"{data.name}: expected a test recording with a label to show, found none.")
    recording = first.recording
    steps = runner.predict(recording.values, time_s=recording.time_s).steps
    rows: list[dict[str, str]] = []
    for start, stop, label in runs(first.labels):
        if not targets.table[label].any():
            continue
        counts = np.bincount(steps[start:stop].argmax(1), minlength=len(prepared.labels))
        rows.append(
            {
                "from": clock(start / spec.sample_rate_hz),
                "to": clock(stop / spec.sample_rate_hz),
                "truth": prepared.label_names[label],
                "main prediction": prepared.labels[int(counts.argmax())],
                "correct": f"{counts[targets.classes(np.asarray([label]))[0]] / (stop - start):.0%}",
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
        "It reads {noun} and predicts a label for every time step{along}.",
        "(batch, time, {classes}) probabilities of {labels}{causal}",
        answer="tag",
    ),
)
