"""What a model gives for every time step of recordings: of whole ones, and from streams."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo.core.predictor import Predictor, in_batches
from zoo.core.progress import Progress
from zoo.data.prepared import Prepared
from zoo.data.records import RecordingSet
from zoo.inputs.recording.listening import Differences, Heard, listen
from zoo.inputs.recording.tracks import Track, read_by, track_of

if TYPE_CHECKING:
    from zoo.edge import Runner

#: Recordings that are computed side by side.
SIDE_BY_SIDE = 8


def step_outputs(
    tracks: Sequence[Track], predictor: Predictor, progress: Progress, *, padded: bool
) -> list[np.ndarray]:
    """(time, outputs) of each recording.

    Args:
        tracks: the recordings.
        predictor: the model as a function on batches.
        progress: hears about it.
        padded: whether recordings of different lengths may share a batch: a causal model does not see what stands
            behind a recording.
    """
    values = [track.values for track in tracks]
    outputs: list[np.ndarray] = [np.zeros((0, 1))] * len(values)
    with progress.bar("scoring", len(values), "recordings") as advance:
        for numbers, batch in in_batches(values, SIDE_BY_SIDE, padded=padded):
            for row, number in zip(np.asarray(predictor(batch)), numbers, strict=True):
                outputs[number] = row[: len(values[number])]
            advance(len(numbers))
    return outputs


def heard_recordings(
    runner: "Runner", prepared: Prepared, data: RecordingSet, differences: Differences, progress: Progress
) -> Iterator[tuple[Track, Heard]]:
    """Each recording, and what a stream made of it; `differences` gathers how that differs from the whole."""
    spec = read_by(prepared)
    with progress.bar("Listening to recordings", len(data), "recordings") as advance:
        for recording in data.recordings:
            track, heard = track_of(recording, spec), listen(runner, recording)
            differences.add(heard, runner.run(track.values[None])[0])
            yield track, heard
            advance(1)
