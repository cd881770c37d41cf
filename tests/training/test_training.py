"""Whole trainings of tiny recipes: what they write, and that a killed one ends like one that was left alone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from zoo.core.errors import RecipeError, RunError, TrainError
from zoo.recipe import Recipe
from zoo.rundir import Run, all_runs, latest
from zoo.schema.training import Training
from zoo.training import recorder, train
from zoo.training.schedule import Epoch

CHILD = """
import sys
from pathlib import Path
from zoo.recipe import Recipe
from zoo.training import train

class Progress:
    def note(self, text):
        print(text, flush=True)
    def bar(self, description, total, unit):
        from zoo.core.progress import SILENT
        return SILENT.bar(description, total, unit)

train(Recipe.load(sys.argv[1], sys.argv[3:]), root=Path(sys.argv[2]), progress=Progress())
"""


def weights(run: Run) -> list[np.ndarray]:
    return keras.models.load_model(run.model_path).get_weights()


def equal(one: Run, other: Run) -> bool:
    return all((a == b).all() for a, b in zip(weights(one), weights(other), strict=True))


def losses(run: Run) -> list[str]:
    """The history without the seconds, which no two runs share."""
    return [line.rpartition(",")[0] for line in (run.path / "history.csv").read_text().splitlines()]


def interrupted(recipe: Path, root: Path, after: str, how: signal.Signals, *overrides: str) -> Run:
    """Trains in a process of its own and stops it with a signal once it has said `after`."""
    command = [sys.executable, "-c", CHILD, str(recipe), str(root), *overrides]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=recipe.parent) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith(after):
                os.kill(child.pid, how)
                break
        else:
            pytest.fail(f"the training never said {after!r}")
    assert child.returncode != 0
    return latest(Recipe.load(recipe, overrides).name, root, finished=False)


def test_a_run_directory_holds_all_that_it_promises(sensor_run: Run) -> None:
    run = sensor_run
    assert {path.name for path in run.path.iterdir()} >= {
        "recipe.yaml",
        "environment.json",
        "history.csv",
        "metrics.json",
        "model.keras",
        "plots",
        "report.html",
    }
    assert {path.name for path in (run.path / "plots").iterdir()} == {"history.png", "trade-off.png", "trade-off.csv"}
    written = [path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()]
    assert (run.path / "metrics.json").stat().st_mtime_ns == max(written)
    assert run.finished
    assert run.recipe == Recipe.load(run.path.parents[2] / "tiny-exit.yaml", ["training.epochs=12"])
    assert not list(run.path.glob("**/*unfinished*"))
    assert losses(run)[0] == "epoch,loss,val_loss,learning_rate"
    assert len(losses(run)) == 1 + 12
    assert json.loads((run.path / "environment.json").read_text())["packages"]["keras"] == keras.__version__
    assert 0.0 <= run.metrics["test"]["event_f1"] <= 1.0
    (rule,) = run.fitted.events
    assert run.metrics["events"] == [vars(rule)]
    assert rule.label == "tiny-exit"
    assert 0.0 < rule.threshold <= 1.0
    assert latest("tiny-exit", run.path.parents[1]) == run


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tiny_sensor: Path, tmp_path: Path) -> None:
    one, same = (train(Recipe.load(tiny_sensor), root=tmp_path / name) for name in "ab")
    other = train(Recipe.load(tiny_sensor, ["training.seed=1"]), root=tmp_path / "c")
    assert equal(one, same)
    assert losses(one) == losses(same)
    assert not equal(one, other)


def test_kernels_change_how_fast_a_run_is_and_not_what_it_learns(tiny_sensor: Path, tmp_path: Path) -> None:
    auto, stock = (
        train(Recipe.load(tiny_sensor, [f"training.kernels={kernels}"]), root=tmp_path / kernels)
        for kernels in ("auto", "stock")
    )
    for one, other in zip(weights(auto), weights(stock), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    for one, other in zip(losses(auto)[1:], losses(stock)[1:], strict=True):
        np.testing.assert_allclose([*map(float, one.split(","))], [*map(float, other.split(","))], rtol=1e-3)


OPENED_WITHOUT_THE_ZOO = """
import sys
sys.modules["zoo"] = None
import keras
model = keras.models.load_model(sys.argv[1])
kinds = {type(layer).__module__.partition(".")[0] for layer in model._flatten_layers()}
print(sorted(kinds), model.count_params())
"""


def test_a_saved_model_opens_in_plain_keras(text_run: Run) -> None:
    command = [sys.executable, "-c", OPENED_WITHOUT_THE_ZOO, str(text_run.model_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "['keras']"


@pytest.mark.table("zoo/training", "zoo/fast", "zoo/build.py", "zoo/data", "zoo/inputs", "zoo/tasks")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_resumes_to_the_weights_of_one_left_alone(
    tiny_sensor: Path, tmp_path: Path, how: signal.Signals
) -> None:
    left_alone = train(Recipe.load(tiny_sensor), root=tmp_path / "alone")
    stopped = interrupted(tiny_sensor, tmp_path / "stopped", "epoch 2/4", how)
    assert not stopped.finished
    resumed = train(Recipe.load(tiny_sensor), resume=True, root=tmp_path / "stopped")
    assert resumed.path == stopped.path
    assert losses(resumed) == losses(left_alone)
    assert equal(resumed, left_alone)
    assert resumed.metrics == left_alone.metrics


def test_a_text_run_resumes_with_the_vocabulary_it_was_started_with(tiny_text: Path, tmp_path: Path) -> None:
    left_alone = train(Recipe.load(tiny_text), root=tmp_path / "alone")
    interrupted(tiny_text, tmp_path / "stopped", "epoch 1/2", signal.SIGKILL)
    resumed = train(Recipe.load(tiny_text), resume=True, root=tmp_path / "stopped")
    assert (resumed.path / "tokenizer.json").read_text() == (left_alone.path / "tokenizer.json").read_text()
    assert equal(resumed, left_alone)
    assert 0.0 <= resumed.metrics["test"]["accuracy"] <= 1.0


def test_nothing_to_resume_and_other_settings_are_refused(tiny_sensor: Path, tmp_path: Path) -> None:
    recipe = Recipe.load(tiny_sensor)
    with pytest.raises(RunError, match=r"expected an interrupted run to resume, found none\. Start with: zoo train"):
        train(recipe, resume=True, root=tmp_path / "runs")
    run = Run.create(recipe, tmp_path / "runs")
    other = Recipe.load(tiny_sensor, ["training.epochs=9"])
    with pytest.raises(RunError, match=r"other settings than these\. Resume it with --set training\.epochs=4, or"):
        train(other, resume=True, root=tmp_path / "runs")
    assert all_runs("tiny-exit", tmp_path / "runs") == [run]


def test_the_best_epoch_is_kept_and_training_stops_early(
    tiny_sensor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = train(Recipe.load(tiny_sensor, ["training.epochs=2"]), root=tmp_path / "best")

    def up_the_hill(training: Training, history: list[Epoch]) -> float:
        """From the third epoch on each step makes the loss greater: nothing gets better any more."""
        return training.learning_rate * (1 if len(history) < 2 else -10)

    monkeypatch.setattr(recorder, "learning_rate", up_the_hill)
    settings = ["training.epochs=30", "training.early_stopping={patience: 2}"]
    run = train(Recipe.load(tiny_sensor, settings), root=tmp_path / "runs")
    values = [float(line.split(",")[2]) for line in losses(run)[1:]]
    assert len(values) == 4
    assert values.index(min(values)) == 1
    assert equal(run, best)
    assert (run.path / "model.keras").stat().st_mtime < (run.path / "metrics.json").stat().st_mtime


def test_a_loss_that_is_not_a_number_stops_the_training_with_advice(tiny_sensor: Path, tmp_path: Path) -> None:
    settings = ["training.learning_rate=3e38", "training.clip_norm=off", "training.optimizer=sgd"]
    with pytest.raises(TrainError, match=r"the loss is (nan|inf) in epoch 1\. Lower training\.learning_rate"):
        train(Recipe.load(tiny_sensor, settings), root=tmp_path / "runs")


def test_training_learns(text_run: Run) -> None:
    assert text_run.metrics["test"]["accuracy"] > 0.9
    assert Run.open(text_run.path).metrics == text_run.metrics


def test_a_name_is_no_recipe() -> None:
    with pytest.raises(RecipeError, match=r"recipe: expected a Recipe, got 'bed-exit'\. Load one: Recipe\.load"):
        train("bed-exit")  # pyright: ignore[reportArgumentType]
