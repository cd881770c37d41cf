"""Recordings on the model's time grid, and the clips that are cut from them."""

from pathlib import Path

import numpy as np
import pytest

from zoo.core.errors import DataError
from zoo.core.manifest import Feature
from zoo.data.prepared import Prepared
from zoo.data.records import About, Recording, RecordingSet
from zoo.inputs.recording.tracks import clips, encode, places, runs, shown
from zoo.preparing import outlined
from zoo.recipe import Recipe

ABOUT = About("made-up", "made up", "", "", "0" * 64, "")
#: 2 s of rest, 3 s of jumping, 1 s without a label, 2 s of rest.
LABELS = np.repeat(np.asarray([1, 0, -1, 1], np.int16), [20, 30, 10, 20])


def recordings(*labels: np.ndarray) -> RecordingSet:
    rows = tuple(
        Recording(f"r{number}", "p", np.arange(len(row)) / 10, np.arange(2.0 * len(row)).reshape(-1, 2), row)
        for number, row in enumerate(labels)
    )
    features = (Feature("level", "g"), Feature("noise"))
    return RecordingSet("made-up", features, ("jump", "rest"), rows, None, None, ABOUT)


def prepared_for(recipe: Path, data: RecordingSet) -> Prepared:
    """The data prepared for windows of 1 s, one every half second, at 10 Hz."""
    return outlined(Recipe.load(recipe, ["data.window_s=1", "data.stride_s=0.5"]), data)


def test_runs_are_the_stretches_of_one_label_without_unlabelled_ones() -> None:
    assert list(runs(LABELS)) == [(0, 20, 1), (20, 50, 0), (60, 80, 1)]
    assert list(runs(np.asarray([-1, -1]))) == []
    assert list(runs(np.asarray([], np.int16))) == []


@pytest.mark.parametrize(
    ("by", "lengths", "labels", "plural"),
    [
        ("window", [10] * 11, [1] * 3 + [0] * 5 + [1] * 3, "windows"),
        ("stretch", [20, 30, 20], [1, 0, 1], "stretches"),
    ],
)
def test_a_clip_has_one_label(tiny_sensor: Path, by: str, lengths: list[int], labels: list[int], plural: str) -> None:
    data = recordings(LABELS)
    prepared = prepared_for(tiny_sensor, data)
    part = encode(data, prepared)
    cut = clips(prepared, part, by)
    assert [len(row) for row in cut.rows] == lengths
    assert (cut.labels.tolist(), cut.plural) == (labels, plural)
    (track,) = part.tracks
    for row, label in zip(cut.rows, cut.labels, strict=True):
        (start,) = np.flatnonzero((track.values == row[0]).all(1))
        assert set(track.labels[start : start + len(row)].tolist()) == {label}
    raw = shown(prepared, data, by)
    assert raw.labels.tolist() == labels
    assert raw.names[0] == "r0 at 0:00.0"


def test_a_complete_recording_is_a_clip_if_it_has_one_label(tiny_sensor: Path) -> None:
    data = recordings(np.asarray([-1, 0, 0], np.int16), np.asarray([1, 1], np.int16), np.asarray([-1, -1], np.int16))
    prepared = prepared_for(tiny_sensor, data)
    cut = clips(prepared, encode(data, prepared), "recording")
    assert ([len(row) for row in cut.rows], cut.labels.tolist()) == ([3, 2, 2], [0, 1, -1])
    mixed = recordings(LABELS)
    with pytest.raises(DataError, match=r"^recording 'r0': expected a single label, got 'jump' and 'rest'\."):
        clips(prepared, encode(mixed, prepared), "recording")


def test_windows_overlap_in_training_and_are_adjacent_in_validation(tiny_sensor: Path) -> None:
    data = recordings(LABELS[:25], LABELS[:5])
    prepared = prepared_for(tiny_sensor, data)
    part = encode(data, prepared)
    training, window = places(prepared.recipe, part, training=True)
    assert (training.tolist(), window) == ([[0, 0], [0, 5], [0, 10], [0, 15]], 10)
    validation, _ = places(prepared.recipe, part, training=False)
    assert validation.tolist() == [[0, 0], [0, 10], [0, 15]], "the last one ends with the recording"
    assert (len(part), part.hours) == (2, pytest.approx(3 / 3600))
