"""Scores a bundle as a device runs it: every recording sample by sample, with the times at which it was sampled."""

from dataclasses import dataclass

import numpy as np

from zoo.core.errors import InputError
from zoo.core.manifest import RecordingInput
from zoo.core.progress import SILENT, Progress
from zoo.data.loading import load
from zoo.data.prepare import track_of
from zoo.data.records import Recording, RecordingSet
from zoo.data.split import split_recordings
from zoo.edge import Runner, Stream
from zoo.evaluation.events import Matches, event_metrics, match
from zoo.recipe import Recipe


@dataclass(frozen=True)
class Heard:
    """What a stream made of one recording.

    Attributes:
        alarms_s: when each alarm was raised, in seconds from the first sample.
        scores: (steps,) of all steps.
        passed_over: samples that were invalid or late.
        resets: how often everything began anew.
    """

    alarms_s: list[float]
    scores: np.ndarray
    passed_over: int
    resets: int


def listen(runner: Runner, recording: Recording) -> Heard:
    """Pushes a recording's samples one by one, as a sensor gives them."""
    # As who sets up a device knows it of the sensor.
    stream = runner.stream(rate_hz=1 / float(np.median(np.diff(recording.time_s))))
    assert isinstance(stream, Stream)
    alarms: list[float] = []
    scores: list[np.ndarray] = []
    first = float(recording.time_s[0])
    for sample, time in zip(recording.values, recording.time_s, strict=True):
        alarms += [event.start_s - first for event in stream.push(sample, time) if event.end_s is None]
        scores.append(stream.scores)
    alarms += [event.start_s - first for event in stream.flush() if event.end_s is None]
    scores.append(stream.scores)
    health = stream.health
    return Heard(alarms, np.concatenate(scores), health.invalid + health.late, health.resets)


def live_metrics(runner: Runner, recipe: Recipe, split: str, progress: Progress = SILENT) -> dict[str, float]:
    """The event metrics of one split, from a stream.

    Beside them `largest_difference`, between a score of the stream and that of the whole recording (not a number if
    the stream began anew within a recording, for its steps are then others), `samples_passed_over` and `resets`.

    Args:
        runner: the bundle.
        recipe: that it was made from.
        split: train, validation or test.
        progress: hears about each recording.

    Raises:
        InputError: the bundle has no states to keep, or reads texts.
    """
    manifest, events = runner.manifest, recipe.events
    spec = manifest.input
    if not isinstance(spec, RecordingInput) or not manifest.events or events is None or manifest.streaming is None:
        raise InputError("live: expected a sensor's model for streams. Score it without --live.")
    data = load(recipe.data, progress)
    assert isinstance(data, RecordingSet)
    recordings = split_recordings(data, recipe.data.split)[split]
    found, differences, passed_over, resets, steps = Matches(), [0.0], 0, 0, 0
    with progress.bar("Listening to recordings", len(recordings), "recordings") as advance:
        for recording in recordings:
            track = track_of(recording, events, data.label_names, spec)
            heard = listen(runner, recording)
            found += match(heard.alarms_s, track.truths, events.tolerance_s)
            whole = runner.run(track.values[None])[0, :, 0]
            same = len(whole) == len(heard.scores)
            differences.append(float(np.abs(whole - heard.scores).max()) if same else float("nan"))
            passed_over, resets = passed_over + heard.passed_over, resets + heard.resets
            steps += len(track.values)
            advance(1)
    hours = steps / spec.sample_rate_hz / 3600
    return {
        **event_metrics(found, hours, events.detect_within_s),
        "largest_difference": float(np.max(differences)),
        "samples_passed_over": passed_over,
        "resets": resets,
    }
