"""A label for every time step: training, scoring, and the agreement of streams with complete recordings."""

from pathlib import Path

import numpy as np
import pytest
from tasks.variants import tagging

from zoo.core.errors import DataError
from zoo.core.progress import SILENT
from zoo.data.records import NO_LABEL
from zoo.evaluation import evaluate
from zoo.preparing import load_data, outlined, prepare
from zoo.recipe import Recipe
from zoo.tasks.task import Fitted
from zoo.training import train


def test_examples_have_a_class_and_a_weight_per_step(tmp_path: Path) -> None:
    prepared = prepare(tagging(tmp_path))
    assert prepared.labels == ("jump", "rest")
    x, y, weights = prepared.train.take(np.arange(2))
    assert (x.shape, y.shape, weights.shape) == ((2, 80, 2), (2, 80), (2, 80))
    assert y.dtype == np.int32
    assert (weights == 1).all()
    assert set(np.unique(y)) == {0, 1}


def test_labels_that_the_recipe_omits_are_neither_trained_nor_scored_on(tmp_path: Path) -> None:
    tagging(tmp_path)
    for file in (tmp_path / "recordings").glob("*.csv"):
        head, *rows = file.read_text().splitlines()
        omitted = [row.replace("rest", "other") for row in rows[:30]]
        file.write_text("\n".join([head, *omitted, *rows[30:]]) + "\n")
    recipe = Recipe.load(tmp_path / "tiny-exit.yaml", ["tags={labels: [rest, jump]}"])
    prepared = prepare(recipe)
    assert prepared.labels == ("rest", "jump")
    assert not prepared.train.weights[0][:30].any()
    assert prepared.train.weights[0][30:].all()
    part = prepared.split("test")
    metrics = prepared.task.scoring.score(
        prepared, part, lambda batch: np.full((*batch.shape[:2], 2), 0.5), Fitted(), SILENT
    )
    assert metrics["steps"] == sum(len(track.labels) - 30 for track in part.tracks)


def test_an_unknown_label_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^tags\.labels: 'jumps' is not a label of the data; did you mean 'jump'\?$"):
        prepare(tagging(tmp_path, "tags.labels=[jumps, rest]"))


def test_streams_score_like_complete_recordings(made) -> None:
    run, runner = made("tagging")
    bundle = Path(runner.opened.where).parent
    complete, live = evaluate(bundle), evaluate(bundle, live=True)
    assert live.metrics.pop("largest_difference") <= 1e-6
    assert (live.metrics.pop("samples_passed_over"), live.metrics.pop("resets")) == (0, 0)
    assert live.metrics == pytest.approx(complete.metrics, abs=1e-6)
    assert complete.metrics == pytest.approx(run.metrics["test"], abs=1e-6)
    assert complete.metrics["accuracy"] >= complete.baseline["accuracy"]
    assert complete.baseline["macro_f1"] == pytest.approx(0.5, abs=0.02)


def test_tags_cover_the_recording_without_gaps(made) -> None:
    _, runner = made("tagging")
    values = np.random.default_rng(0).normal(0, 1, (300, 2)).astype(np.float32)
    values[100:140, 0] += 4
    prediction = runner.predict(values)
    assert prediction.tags[0].start_s == 0
    assert prediction.tags[-1].end_s == pytest.approx(30)
    assert all(
        tag.end_s == following.start_s for tag, following in zip(prediction.tags, prediction.tags[1:], strict=False)
    )
    assert all(
        tag.label != following.label for tag, following in zip(prediction.tags, prediction.tags[1:], strict=False)
    )
    assert prediction.steps.shape == (300, 2)
    assert prediction.label == max(prediction.scores, key=prediction.scores.get)
    assert sum(prediction.scores.values()) == pytest.approx(1)
    stream = runner.stream()
    events = [event for part in np.array_split(values, 7) for event in stream.push(part)] + stream.flush()
    assert [tag for tag in events if tag.end_s is not None] == list(prediction.tags)
    assert sum(tag.end_s is None for tag in events) == len(prediction.tags)


def test_a_restored_stream_continues_where_it_was_saved(made) -> None:
    _, runner = made("tagging")
    values = np.random.default_rng(1).normal(0, 2, (120, 2)).astype(np.float32)
    uninterrupted, saved, restored = runner.stream(), runner.stream(), runner.stream()
    expected = [event for sample in values for event in uninterrupted.push(sample)]
    events = [event for sample in values[:50] for event in saved.push(sample)]
    restored.restore(saved.save())
    events += [event for sample in values[50:] for event in restored.push(sample)]
    assert events == expected
    assert restored.follower.going_on == uninterrupted.follower.going_on != ""
    np.testing.assert_array_equal(restored.scores, uninterrupted.scores)


def insert_gap(folder: Path, seconds: float) -> None:
    """Delays the second half of each recording, from second 20 on, by `seconds`."""
    for file in (folder / "recordings").glob("*.csv"):
        head, *rows = file.read_text().splitlines()
        cells = (row.partition(",") for row in rows[200:])
        delayed = [f"{float(time) + seconds:.1f},{others}" for time, _, others in cells]
        file.write_text("\n".join([head, *rows[:200], *delayed]) + "\n")


def test_steps_in_a_long_gap_have_no_label(tmp_path: Path) -> None:
    recipe = tagging(tmp_path)
    insert_gap(tmp_path, 30)
    prepared = prepare(recipe)
    for track in prepared.split("test").tracks:
        assert len(track.labels) == 700
        assert (track.labels == NO_LABEL).sum() == 300
        assert (track.labels[:200] != NO_LABEL).all()


def test_a_restarted_stream_is_scored_by_the_time_of_its_steps(made, tmp_path: Path) -> None:
    _, runner = made("tagging")
    recipe = tagging(tmp_path)
    insert_gap(tmp_path, 30)
    data = load_data(recipe)
    prepared = outlined(recipe, data)
    held_out = recipe.kind.sets.split(data, recipe.data.split)["test"]
    live = prepared.task.scoring.live(runner, prepared, held_out, SILENT)
    encoded_part = recipe.kind.encoding.encode(held_out, prepared)
    complete = prepared.task.scoring.score(prepared, encoded_part, runner.run, Fitted(), SILENT)
    assert live["resets"] == len(held_out)
    assert live["steps"] == complete["steps"] == 400 * len(held_out)
    assert live["accuracy"] == pytest.approx(complete["accuracy"], abs=0.02)


def test_recordings_too_short_to_validate_on_are_refused_before_a_run_is_created(tmp_path: Path) -> None:
    recipe = tagging(tmp_path, "data.split={by: time, validation: 0.1, test: 0.2}")
    with pytest.raises(
        DataError, match=r"expected examples to validate on, got none: the recordings of that split are too short"
    ):
        train(recipe, root=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_label_that_does_not_occur_in_training_is_refused(tmp_path: Path) -> None:
    recipe = tagging(tmp_path)
    trained = recipe.kind.sets.split(load_data(recipe), recipe.data.split)["train"]
    for recording in trained.recordings:
        file = tmp_path / f"recordings/{recording.name}.csv"
        file.write_text(file.read_text().replace(",jump,", ",rest,"))
    message = r"^tags\.labels: expected training examples of every label, got none of 'jump'\. Change data\.split,"
    with pytest.raises(DataError, match=message):
        prepare(recipe)
