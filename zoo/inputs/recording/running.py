"""Computes a model's outputs for every time step of recordings: of complete ones, and from streams."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo.core.predictor import Predictor, in_batches
from zoo.core.progress import Progress
from zoo.data.prepared import Prepared
from zoo.data.records import RecordingSet
from zoo.inputs.recording.streaming import Differences, StreamResult, stream_recording
from zoo.inputs.recording.tracks import Track, read_by, track_of

if TYPE_CHECKING:
    from zoo.edge import Runner

#: Recordings per batch.
BATCH = 8


def step_outputs(
    tracks: Sequence[Track], predictor: Predictor, progress: Progress, *, padded: bool
) -> list[np.ndarray]:
    """(time, outputs) of each recording.

    Args:
        tracks: the recordings.
        predictor: the model as a function on batches.
        progress: shows a bar that counts recordings.
        padded: whether recordings of different lengths may share a batch, as they may for a causal model, which does
            not see the padding at their end.
    """
    values = [track.values for track in tracks]
    outputs: list[np.ndarray] = [np.zeros((0, 1))] * len(values)
    with progress.bar("scoring", len(values), "recordings") as advance:
        for numbers, batch in in_batches(values, BATCH, padded=padded):
            for row, number in zip(np.asarray(predictor(batch)), numbers, strict=True):
                outputs[number] = row[: len(values[number])]
            advance(len(numbers))
    return outputs


def streamed_recordings(
    runner: "Runner", prepared: Prepared, data: RecordingSet, differences: Differences, progress: Progress
) -> Iterator[tuple[Track, StreamResult]]:
    """Each recording and the result of streaming it; adds its difference from the complete run to `differences`."""
    spec = read_by(prepared)
    with progress.bar("Streaming recordings", len(data), "recordings") as advance:
        for recording in data.recordings:
            track, streamed = track_of(recording, spec), stream_recording(runner, recording)
            differences.add(streamed, runner.run(track.values[None])[0])
            yield track, streamed
            advance(1)
