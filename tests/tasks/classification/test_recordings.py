"""Classification of recordings by window, by stretch, and as a whole."""

from pathlib import Path

import numpy as np
import pytest
from tasks.variants import windows

from zoo.bundles import check
from zoo.core.errors import DataError
from zoo.data.loading import load_source
from zoo.evaluation import evaluate
from zoo.inputs.recording.tracks import runs
from zoo.preparing import prepare
from zoo.recipe import Recipe
from zoo.training.batches import TrainingBatches, batches_in


def test_windows_lie_within_stretches_of_one_label(tmp_path: Path) -> None:
    prepared = prepare(windows(tmp_path))
    clips = prepared.kind.encoding.clips(prepared, prepared.split("train"), "window")
    assert {len(row) for row in clips.rows} == {10}
    expected = [
        label
        for track in prepared.split("train").tracks
        for start, stop, label in runs(track.labels)
        for _ in range(start, stop - 9, 5)
    ]
    assert clips.labels.tolist() == expected
    assert clips.plural == "windows"
    x, y, weights = prepared.train.take(np.arange(3))
    assert (x.shape, y.shape, weights.tolist()) == ((3, 10, 2), (3,), [1, 1, 1])


def test_a_stretch_is_one_clip_and_shares_batches_with_those_of_similar_length(tmp_path: Path) -> None:
    prepared = prepare(windows(tmp_path, "classes.by=stretch"))
    clips = prepared.kind.encoding.clips(prepared, prepared.split("train"), "stretch")
    stretches = [run for track in prepared.split("train").tracks for run in runs(track.labels)]
    assert [len(row) for row in clips.rows] == [stop - start for start, stop, _ in stretches]
    lengths, batches = prepared.train.lengths, TrainingBatches(prepared.train, 8, 0)
    for number in range(batches_in(prepared.train, 8)):
        x, _, _ = batches[number]
        assert x.shape[1] in lengths
    groups = prepared.train.groups
    assert groups is not None
    for group in np.unique(groups):
        lengths_in_group = lengths[groups == group]
        assert lengths_in_group.max() < 1.2 * lengths_in_group.min()
    assert prepared.validation.groups.tolist() == prepared.validation.lengths.tolist()


def test_a_layer_that_needs_longer_examples_is_refused_before_training(tmp_path: Path) -> None:
    layers = "[conv1d: {filters: 4, kernel_size: 21, padding: valid}, recurrent: {units: 4}]"
    with pytest.raises(DataError, match=r"^model\.layers: expected layers that read examples of 10 time steps,"):
        check(windows(tmp_path, f"model.layers={layers}"))


def test_a_recording_classified_as_a_whole_must_have_one_label(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"^recording '0': expected a single label, got 'jump' and 'rest'\. Set classes\.by to"
    ):
        prepare(windows(tmp_path, "classes.by=recording"))


def test_windows_longer_than_every_stretch_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"expected inputs with one of jump, rest in train, got none\. Shorten data\.window_s"
    ):
        prepare(windows(tmp_path, "data.window_s=60", "data.stride_s=30"))


def test_a_bundle_labels_windows_as_in_training(made) -> None:
    run, runner = made("windows")
    report = evaluate(Path(runner.opened.where).parent)
    assert report.metrics == pytest.approx(run.metrics["test"], abs=1e-6)
    assert report.metrics["windows"] > 50
    assert report.baseline["accuracy"] < report.metrics["accuracy"]
    assert runner.manifest.output.window_steps == 10
    values = np.zeros((47, 2), np.float32)
    values[20:30, 0] = 2
    prediction = runner.predict(values)
    assert [(window.start_s, window.end_s) for window in prediction.windows] == [
        *((pytest.approx(first / 10), pytest.approx(first / 10 + 1)) for first in range(0, 36, 5)),
        (pytest.approx(3.7), pytest.approx(4.7)),
    ]
    assert prediction.windows[4].label == "jump"
    outputs = runner.run(np.stack([values[20:30], values[0:10]]))
    assert prediction.windows[4].score == pytest.approx(outputs[0].max(), abs=1e-6)
    mean = np.mean(
        [runner.run(values[None, round(w.start_s * 10) : round(w.end_s * 10)])[0] for w in prediction.windows], 0
    )
    assert list(prediction.scores.values()) == pytest.approx(mean.tolist(), abs=1e-6)
    assert len(prediction.to_dict()["windows"]) == len(prediction.windows)
    assert prediction.lines("a.csv")[0].startswith("a.csv: on average rest in 5 s (9 windows)")


def test_a_recording_shorter_than_a_window_is_one_window(made) -> None:
    _, runner = made("windows")
    prediction = runner.predict(np.zeros((7, 2), np.float32))
    assert [(window.start_s, window.end_s) for window in prediction.windows] == [(0.0, 0.7)]


def test_a_batch_of_recordings_is_predicted_like_each_of_them(made) -> None:
    _, runner = made("windows")
    random = np.random.default_rng(0)
    inputs = [random.normal(0, 1, (steps, 2)) for steps in (5, 10, 23, 700)]
    assert runner.predict_batch(inputs) == [runner.predict(values) for values in inputs]


@pytest.mark.thorough("on the real data set HAPT")
def test_there_are_as_many_windows_of_hapt_as_officially() -> None:
    from zoo.core.errors import FetchError

    try:
        data = load_source("hapt")
    except FetchError:
        pytest.skip("hapt cannot be fetched")
    from zoo.preparing import prepare_loaded

    overrides = ["classes.labels=null", "data.split.validation=0.05"]
    prepared = prepare_loaded(Recipe.load("activity", overrides), data)
    counts = {
        side: len(prepared.kind.encoding.clips(prepared, part, "window")) for side, part in prepared.splits.items()
    }
    assert (counts["train"] + counts["validation"], counts["test"]) == (7767, 3162)
