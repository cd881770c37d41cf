"""From a recipe file to a bundle and back, on tiny data."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.bundles import check, export_run
from zoo.bundles.demo import held_out_example
from zoo.core.errors import DataError, InputError, RunError
from zoo.edge import load
from zoo.evaluation import evaluate
from zoo.recipe import Recipe
from zoo.rundir import Run
from zoo.tasks import TASKS
from zoo.training import train


def test_a_sensor_recipe_becomes_a_bundle_with_the_same_metrics(sensor_run: Run, sensor_bundle: Path) -> None:
    run, runner = sensor_run, load(sensor_bundle)
    assert runner.manifest.runtime.nodes["GRU"] == 1
    assert not {"Loop", "Scan"} & set(runner.manifest.runtime.nodes)
    assert len(runner.manifest.events) == 1
    assert runner.self_test() == []
    keras_report, onnx_report = evaluate(run), evaluate(sensor_bundle)
    assert (keras_report.backend, onnx_report.backend) == ("keras", "onnx")
    assert onnx_report.metrics == pytest.approx(keras_report.metrics, nan_ok=True)
    assert runner.manifest.metrics["test"] == pytest.approx(run.metrics["test"], nan_ok=True)
    live = evaluate(sensor_bundle, live=True)
    assert live.backend == "onnx, live"
    shared = {name: live.metrics[name] for name in onnx_report.metrics if not name.startswith("step_")}
    assert shared == pytest.approx({name: onnx_report.metrics[name] for name in shared}, nan_ok=True)
    assert shared["alarms"] > 0
    assert live.metrics["largest_difference"] <= 1e-6
    assert (live.metrics["samples_passed_over"], live.metrics["resets"]) == (0, 0)
    example = held_out_example(run.recipe, runner)
    assert "through onnxruntime" in example.title
    assert len(example.rows) >= 3
    assert set(example.rows[0]) == {"truth", "alarm", "score", ""}


def test_only_a_sensor_bundle_on_its_own_data_is_scored_live(text_run: Run, text_bundle: Path) -> None:
    with pytest.raises(InputError, match=rf"^live: expected a bundle, got the run {text_run.id}\. Export it first"):
        evaluate(text_run, live=True)
    with pytest.raises(
        InputError, match=r"^live: expected a model whose streams can be scored, got tiny-mood\. Score it without --liv"
    ):
        evaluate(text_bundle, live=True)
    with pytest.raises(InputError, match=r"^live: expected the recipe's own data set, got imdb\. Omit --data or"):
        evaluate(text_bundle, live=True, data="imdb")


def test_a_text_recipe_becomes_a_bundle_that_reads_text(text_run: Run, text_bundle: Path) -> None:
    runner = load(text_bundle / "model.onnx")
    assert runner.manifest.runtime.opset == 14
    assert runner.predict("the film was lovely").label == "good"
    assert runner.predict("the film was awful").label == "bad"
    report = evaluate(text_bundle, split="validation")
    assert report.metrics["accuracy"] == pytest.approx(evaluate(text_run, split="validation").metrics["accuracy"])
    assert 0.0 < report.baseline["accuracy"] < 0.7
    assert {"input", "truth", "prediction", "probability"} == set(held_out_example(text_run.recipe, runner).rows[0])


def test_a_next_word_recipe_becomes_a_bundle_that_proposes_words(tiny_text: Path, tmp_path: Path) -> None:
    text = tiny_text.read_text()
    text = text.replace("task: sentiment", "task: next-word").replace("  label: mood\n", "")
    text = text.replace("    - bidirectional: {units: 5}\n", "    - recurrent: {units: 6, return_sequences: true}\n")
    text = text.replace("  cell: lstm\n", "  cell: lstm\n  tie_embeddings: true\n").replace(
        "{units: 6}", "{units: 6, mask_zero: false}"
    )
    tiny_text.write_text(text)
    recipe = Recipe.load(tiny_text)
    run = train(recipe, root=tmp_path / "runs")
    bundle = export_run(run, tmp_path / "bundle")
    runner = load(bundle.folder)
    prediction = runner.predict("the film", top=4)
    assert len(prediction.scores) == 4
    assert not {"<pad>", "<unk>", "<s>"} & set(prediction.scores)
    assert runner.complete("the film", 3).startswith("the film ")
    report = evaluate(bundle.folder)
    assert report.metrics == pytest.approx(evaluate(run).metrics, rel=1e-5, abs=1e-5)
    assert set(report.baseline) == {"top1", "top3"}
    example = held_out_example(recipe, runner)
    assert all(set(row) == {"text", "truth", "proposed"} for row in example.rows)


def test_the_bundle_records_its_recipe_and_its_data(sensor_run: Run, sensor_bundle: Path) -> None:
    manifest = json.loads((sensor_bundle / "manifest.json").read_text())
    assert manifest["recipe_sha256"] == sensor_run.recipe.digest
    assert manifest["data"]["split"]["by"] == "subject"
    assert [feature["unit"] for feature in manifest["input"]["features"]] == ["g", ""]
    assert "tiny-exit" in (sensor_bundle / "card.md").read_text()


def test_int8_is_judged_on_validation_and_requested_by_the_recipe_or_the_caller(
    tiny_sensor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ["training.epochs=1", "export.int8=on", "model.layers.2.recurrent.units=64"]
    run = train(Recipe.load(tiny_sensor, settings), root=tmp_path / "runs")
    scored_splits: list[str] = []
    task = TASKS["event-detection"]

    def record(prepared: Any, part: Any, *arguments: Any) -> dict[str, float]:
        scored_splits.append(next(name for name, split in prepared.splits.items() if split is part))
        return task.scoring.score(prepared, part, *arguments)

    monkeypatch.setitem(TASKS, task.name, replace(task, scoring=replace(task.scoring, score=record)))
    report = export_run(run, tmp_path / "bundle").int8
    assert report is not None
    assert (report.asked, report.metric) == ("on", "event_f1, validation")
    assert report.chosen.candidate == "int8 weights"
    # The float32 file and Keras, then float32 and int8 for the choice, then the written file.
    assert scored_splits == ["test", "test", "validation", "validation", "test"]
    assert load(tmp_path / "bundle").self_test() == []
    scored_splits.clear()
    assert export_run(run, tmp_path / "bundle", int8="off").int8 is None
    assert scored_splits == ["test", "test"]


def test_an_unfinished_run_is_not_exported(tiny_sensor: Path, tmp_path: Path) -> None:
    run = Run.create(Recipe.load(tiny_sensor), tmp_path / "runs")
    with pytest.raises(RunError, match=r"the run is not finished\. Resume with: zoo train tiny-exit --resume"):
        export_run(run, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_check_covers_data_model_and_export(tiny_sensor: Path, cell: str) -> None:
    report = check(Recipe.load(tiny_sensor, [f"model.cell={cell}"]))
    assert [row.step for row in report.rows] == ["recipe", "data", "model", "export", "verified", "streaming"]
    assert report.rows[5].result == "complete and live inputs"
    assert f"native {cell.upper()}" in report.rows[3].result


def test_check_refuses_a_window_longer_than_the_recordings(tiny_sensor: Path) -> None:
    recipe = Recipe.load(tiny_sensor, ["data.window_s=60"])
    with pytest.raises(DataError, match=r"data\.window_s: expected at most 40\.0 \(the longest recording\), got 60\."):
        check(recipe)


def test_check_refuses_labels_that_the_data_lack(tiny_sensor: Path) -> None:
    recipe = Recipe.load(tiny_sensor, ["events.labels=[hop]"])
    with pytest.raises(DataError, match=r"events\.labels: 'hop' is not a label of .*; its labels are jump, rest"):
        check(recipe)


def test_another_data_set_must_be_registered_and_hold_texts(sensor_run: Run) -> None:
    with pytest.raises(DataError, match=r"unknown data set 'imbd'\. Did you mean 'imdb'\?"):
        evaluate(sensor_run, data="imbd")
    message = (
        r"data: expected the data set of tiny-exit, got imdb\. A model of recordings can be scored on its own data"
    )
    with pytest.raises(DataError, match=message):
        evaluate(sensor_run, data="imdb")
    with pytest.raises(DataError, match=r"split: expected one of train, validation, test, got 'tests'"):
        evaluate(sensor_run, split="tests")
    assert np.isfinite(evaluate(sensor_run).metrics["event_f1"])


def test_a_bundle_does_not_reveal_where_its_author_keeps_the_data(
    text_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = text_run.path.parents[2]
    monkeypatch.chdir(private)
    bundle = export_run(text_run, tmp_path / "bundle")
    assert str(private).encode() not in (bundle.folder / "model.onnx").read_bytes()
    assert evaluate(bundle.folder).metrics == pytest.approx(text_run.metrics["test"], abs=1e-6)


def test_a_damaged_model_file_is_reported(sensor_run: Run, tmp_path: Path) -> None:
    run = Run.open(shutil.copytree(sensor_run.path, tmp_path / "run"))
    run.model_path.write_bytes(run.model_path.read_bytes()[:500])
    with pytest.raises(RunError, match=r"model\.keras: expected a run's model, got a file that Keras cannot read"):
        evaluate(run)
