"""Recordings on the model's time grid, and the windows and stretches that are cut from them."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.errors import DataError, InputError
from zoo.core.events import clock
from zoo.core.manifest import Feature, RecordingInput
from zoo.core.transform import nearest
from zoo.data.examples import Clips
from zoo.data.prepared import Prepared
from zoo.data.records import NO_LABEL, Recording, RecordingSet
from zoo.edge.sensor import on_grid
from zoo.inputs.recording.specs import RecordingData
from zoo.inputs.recording.splitting import starts
from zoo.schema.parts import Parts

#: The ways to cut clips -> plural noun: a window of one label, a stretch of one label, a complete recording.
PLURALS = {"window": "windows", "stretch": "stretches", "recording": "recordings"}


@dataclass(frozen=True)
class Track:
    """One recording as the model sees it.

    Attributes:
        values: (time, width) float32 at the recipe's sample rate.
        labels: (time,) int16, label number of the nearest sample, or `NO_LABEL`.
        first_s: time of the first step, on the recording's clock.
        recording: the recording as loaded.
    """

    values: np.ndarray
    labels: np.ndarray
    first_s: float
    recording: Recording

    @property
    def name(self) -> str:
        """Name of the recording."""
        return self.recording.name


@dataclass(frozen=True)
class Tracks:
    """The recordings of one split."""

    tracks: tuple[Track, ...]
    rate_hz: float

    def __len__(self) -> int:
        return len(self.tracks)

    @property
    def hours(self) -> float:
        """Recorded time in hours."""
        return sum(len(track.values) for track in self.tracks) / self.rate_hz / 3600


def spec_of(recipe: Parts) -> RecordingData:
    """The recipe's section on recordings."""
    data = recipe.data
    assert isinstance(data, RecordingData)
    return data


def input_of(
    recipe: Parts, features: tuple[Feature, ...], tokenizer: None = None, *, continues_text: bool = False
) -> RecordingInput:
    """What the model reads. Settings that the recipe omits have the manifest's defaults."""
    data = spec_of(recipe)
    settings = {"fill": data.fill, "gaps": data.gaps, "max_gap_s": data.max_gap_s}
    return RecordingInput(
        features, data.sample_rate_hz, **{key: value for key, value in settings.items() if value is not None}
    )


def read_by(prepared: Prepared) -> RecordingInput:
    """What the model reads."""
    assert isinstance(prepared.input, RecordingInput)
    return prepared.input


def track_of(recording: Recording, spec: RecordingInput) -> Track:
    """A recording as the model reads it, with the label of each step.

    Raises:
        DataError: the recording cannot be resampled to the grid.
    """
    try:
        # Training does not divide recordings at long gaps; values interpolated there get no label.
        times, values = on_grid(recording.time_s, recording.values, spec, max_gap_s=np.inf)
    except InputError as error:
        raise DataError(f"recording '{recording.name}': {error} Fix or remove the recording.") from None
    labels = np.where(
        _in_gap(recording.time_s, times, spec), NO_LABEL, nearest(recording.time_s, recording.labels, times)
    )
    return Track(values, labels.astype(np.int16), float(times[0]), recording)


def _in_gap(time_s: np.ndarray, at_s: np.ndarray, spec: RecordingInput) -> np.ndarray:
    """(steps,) whether a step lies in a gap longer than `max_gap_s`, where no label is known."""
    before = np.clip(np.searchsorted(time_s, at_s, side="right") - 1, 0, len(time_s) - 2)
    start, end = time_s[before], time_s[before + 1]
    half = 0.5 / spec.sample_rate_hz
    return (end - start > spec.max_gap_s) & (at_s - start > half) & (end - at_s > half)


def encode(data: RecordingSet, prepared: Prepared) -> Tracks:
    """All recordings on the model's time grid."""
    spec = read_by(prepared)
    tracks = tuple(track_of(recording, spec) for recording in data.recordings)
    return Tracks(tracks, spec.sample_rate_hz)


def steps_of(recipe: Parts, seconds: float) -> int:
    """The number of time steps in `seconds`, at least 1."""
    return max(1, round(seconds * spec_of(recipe).sample_rate_hz))


def check_windows(recipe: Parts, train: Tracks) -> None:
    """Refuses a window that is longer than every recording.

    Raises:
        DataError: the window is too long.
    """
    window_s = spec_of(recipe).window_s
    longest = max(len(track.values) for track in train.tracks) / train.rate_hz
    if window_s > longest:
        raise DataError(f"data.window_s: expected at most {longest:.1f} (the longest recording), got {window_s:g}.")


def places(recipe: Parts, part: Tracks, training: bool) -> tuple[np.ndarray, int]:
    """(windows, 2) recording and first step of each window of a split, and the number of steps per window.

    For training a window begins every `stride_s`; for validation windows are adjacent.
    """
    window = steps_of(recipe, spec_of(recipe).window_s)
    stride = steps_of(recipe, spec_of(recipe).step_s) if training else window
    windows = [
        (number, start)
        for number, track in enumerate(part.tracks)
        for start in starts(len(track.values), window, stride)
    ]
    return np.asarray(windows).reshape(-1, 2), window


def window_steps(recipe: Parts, by: str | None = None) -> int | None:
    """Time steps per window; None if clips are not windows."""
    return steps_of(recipe, spec_of(recipe).window_s) if by in (None, "window") else None


def runs(labels: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """First step, step after the last one, and label of each stretch of one label; skips unlabelled stretches."""
    borders = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    for start, stop in itertools.pairwise(borders):
        if stop > start and labels[start] != NO_LABEL:
            yield start, stop, int(labels[start])


def clips(prepared: Prepared, part: Tracks, by: str | None = None) -> Clips:
    """Pieces of recordings that have one label each.

    Args:
        prepared: the recipe's data.
        part: one split.
        by: `window`, or None: windows of `window_s`, one every `stride_s`, within each stretch of one label;
            `stretch`: each stretch of one label; `recording`: each complete recording.

    Raises:
        DataError: `by` is `recording`, and a recording has several labels.
    """
    pieces = [(track, *piece) for track in part.tracks for piece in _pieces(prepared, track, by)]
    rows = [track.values[start:stop] for track, start, stop, _ in pieces]
    return Clips(rows, np.asarray([label for *_, label in pieces], np.int16), PLURALS[by or "window"])


def shown(prepared: Prepared, data: RecordingSet, by: str | None = None) -> Clips:
    """The clips of a data set in the form that a user passes, at the model's rate."""
    features = len(data.features)
    pieces = [(track, *piece) for track in encode(data, prepared).tracks for piece in _pieces(prepared, track, by)]
    rate_hz = spec_of(prepared.recipe).sample_rate_hz
    return Clips(
        [track.values[start:stop, :features] for track, start, stop, _ in pieces],
        np.asarray([label for *_, label in pieces], np.int16),
        PLURALS[by or "window"],
        [f"{track.name} at {clock(start / rate_hz)}" for track, start, *_ in pieces],
    )


def _pieces(prepared: Prepared, track: Track, by: str | None) -> Iterator[tuple[int, int, int]]:
    if by == "recording":
        yield 0, len(track.values), _only_label(track, prepared.label_names)
        return
    if by == "stretch":
        yield from runs(track.labels)
        return
    spec = spec_of(prepared.recipe)
    window, stride = steps_of(prepared.recipe, spec.window_s), steps_of(prepared.recipe, spec.step_s)
    for start, stop, label in runs(track.labels):
        for first in range(start, stop - window + 1, stride):
            yield first, first + window, label


def _only_label(track: Track, names: Sequence[str]) -> int:
    labels = np.unique(track.recording.labels[track.recording.labels != NO_LABEL])
    if len(labels) > 1:
        first, second = (names[int(label)] for label in labels[:2])
        raise DataError(
            f"recording '{track.name}': expected a single label, got '{first}' and '{second}'. "
            "Set classes.by to window or stretch."
        )
    return int(labels[0]) if len(labels) else NO_LABEL


def batch(rows: Sequence[np.ndarray]) -> np.ndarray:
    """(batch, time, width): rows of similar length, cut at their start to the length of the shortest.

    They are not padded because models of recordings do not mask padding: they would read it as values.
    """
    shortest = min(map(len, rows))
    return np.stack([row[len(row) - shortest :] for row in rows])


def statistics(part: Tracks) -> Sequence[np.ndarray]:
    """All values, recording by recording."""
    return [track.values for track in part.tracks]
