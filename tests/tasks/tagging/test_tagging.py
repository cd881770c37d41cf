"""A label for every time step: what is trained on, what is scored, and that live is what the whole is."""

from pathlib import Path

import numpy as np
import pytest
from tasks.variants import tagging

from zoo.core.errors import DataError
from zoo.core.progress import SILENT
from zoo.data.records import NO_LABEL
from zoo.evaluation import evaluate
from zoo.preparing import load, outlined, prepare
from zoo.recipe import Recipe
from zoo.tasks.task import Fitted
from zoo.training import train


def test_steps_without_a_wanted_label_weigh_nothing(tmp_path: Path) -> None:
    prepared = prepare(tagging(tmp_path))
    assert prepared.labels == ("jump", "rest")
    x, y, weights = prepared.train.take(np.arange(2))
    assert (x.shape, y.shape, weights.shape) == ((2, 80, 2), (2, 80), (2, 80))
    assert y.dtype == np.int32
    assert (weights == 1).all()
    assert set(np.unique(y)) == {0, 1}


def test_labels_that_are_left_out_are_neither_trained_nor_scored_on(tmp_path: Path) -> None:
    tagging(tmp_path)
    for file in (tmp_path / "recordings").glob("*.csv"):
        head, *rows = file.read_text().splitlines()
        odd = [row.replace("rest", "odd") for row in rows[:30]]
        file.write_text("\n".join([head, *odd, *rows[30:]]) + "\n")
    recipe = Recipe.load(tmp_path / "tiny-exit.yaml", ["tags={labels: [rest, jump]}"])
    prepared = prepare(recipe)
    assert prepared.labels == ("rest", "jump")
    assert not prepared.train.weights[0][:30].any()
    assert prepared.train.weights[0][30:].all()
    part = prepared.split("test")
    told = prepared.task.scoring.score(
        prepared, part, lambda batch: np.full((*batch.shape[:2], 2), 0.5), Fitted(), SILENT
    )
    assert told["steps"] == sum(len(track.labels) - 30 for track in part.tracks)


def test_a_label_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^tags\.labels: 'jumps' is not a label of the data; did you mean 'jump'\?$"):
        prepare(tagging(tmp_path, "tags.labels=[jumps, rest]"))


def test_live_is_what_the_whole_is(made) -> None:
    run, runner = made("tagging")
    bundle = Path(runner.opened.where).parent
    whole, live = evaluate(bundle), evaluate(bundle, live=True)
    assert live.metrics.pop("largest_difference") <= 1e-6
    assert (live.metrics.pop("samples_passed_over"), live.metrics.pop("resets")) == (0, 0)
    assert live.metrics == pytest.approx(whole.metrics, abs=1e-6)
    assert whole.metrics == pytest.approx(run.metrics["test"], abs=1e-6)
    assert whole.metrics["accuracy"] >= whole.baseline["accuracy"]
    assert whole.baseline["macro_f1"] == pytest.approx(0.5, abs=0.02)


def test_stretches_cover_the_recording_without_a_gap(made) -> None:
    _, runner = made("tagging")
    values = np.random.default_rng(0).normal(0, 1, (300, 2)).astype(np.float32)
    values[100:140, 0] += 4
    said = runner.predict(values)
    assert said.tags[0].start_s == 0
    assert said.tags[-1].end_s == pytest.approx(30)
    assert all(one.end_s == other.start_s for one, other in zip(said.tags, said.tags[1:], strict=False))
    assert all(one.label != other.label for one, other in zip(said.tags, said.tags[1:], strict=False))
    assert said.steps.shape == (300, 2)
    assert said.label == max(said.scores, key=said.scores.get)
    assert sum(said.scores.values()) == pytest.approx(1)
    stream = runner.stream()
    told = [event for part in np.array_split(values, 7) for event in stream.push(part)] + stream.flush()
    assert [tag for tag in told if tag.end_s is not None] == list(said.tags)
    assert sum(tag.end_s is None for tag in told) == len(said.tags)


def test_a_stream_that_is_saved_goes_on(made) -> None:
    _, runner = made("tagging")
    values = np.random.default_rng(1).normal(0, 2, (120, 2)).astype(np.float32)
    one, other = runner.stream(), runner.stream()
    expected = [event for sample in values for event in one.push(sample)]
    got = [event for sample in values[:50] for event in other.push(sample)]
    again = runner.stream()
    again.restore(other.save())
    got += [event for sample in values[50:] for event in again.push(sample)]
    assert got == expected
    assert again.follower.going_on == one.follower.going_on != ""
    np.testing.assert_array_equal(again.scores, one.scores)


def with_a_gap(folder: Path, seconds: float) -> None:
    """Takes the 20th second of each recording's 40 to so many seconds later."""
    for file in (folder / "recordings").glob("*.csv"):
        head, *rows = file.read_text().splitlines()
        later = [f"{float(time) + seconds:.1f},{rest}" for time, _, rest in (row.partition(",") for row in rows[200:])]
        file.write_text("\n".join([head, *rows[:200], *later]) + "\n")


def test_nothing_is_known_in_a_gap_that_is_too_long(tmp_path: Path) -> None:
    recipe = tagging(tmp_path)
    with_a_gap(tmp_path, 30)
    prepared = prepare(recipe)
    for track in prepared.split("test").tracks:
        assert len(track.labels) == 700
        assert (track.labels == NO_LABEL).sum() == 300
        assert (track.labels[:200] != NO_LABEL).all()


def test_a_stream_that_began_anew_is_scored_by_the_time_of_its_steps(made, tmp_path: Path) -> None:
    _, runner = made("tagging")
    recipe = tagging(tmp_path)
    with_a_gap(tmp_path, 30)
    data = load(recipe)
    prepared = outlined(recipe, data)
    held_out = recipe.kind.sets.split(data, recipe.data.split)["test"]
    live = prepared.task.scoring.live(runner, prepared, held_out, SILENT)
    encoded_part = recipe.kind.encoding.encode(held_out, prepared)
    whole = prepared.task.scoring.score(prepared, encoded_part, runner.run, Fitted(), SILENT)
    assert live["resets"] == len(held_out)
    assert live["steps"] == whole["steps"] == 400 * len(held_out)
    assert live["accuracy"] == pytest.approx(whole["accuracy"], abs=0.02)


def test_too_short_recordings_to_validate_on_are_refused_before_a_run_is_made(tmp_path: Path) -> None:
    recipe = tagging(tmp_path, "data.split={by: time, validation: 0.1, test: 0.2}")
    with pytest.raises(
        DataError, match=r"expected examples to validate on, got none: the recordings of that split are too short"
    ):
        train(recipe, root=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_label_that_does_not_occur_in_training_is_refused(tmp_path: Path) -> None:
    recipe = tagging(tmp_path)
    trained = recipe.kind.sets.split(load(recipe), recipe.data.split)["train"]
    for recording in trained.recordings:
        file = tmp_path / f"recordings/{recording.name}.csv"
        file.write_text(file.read_text().replace(",jump,", ",rest,"))
    message = r"^tags\.labels: expected training examples of every label, got none of 'jump'\. Change data\.split,"
    with pytest.raises(DataError, match=message):
        prepare(recipe)
