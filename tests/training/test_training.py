"""Complete trainings of tiny recipes: the files they write, and that a resumed run ends like an uninterrupted one."""

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


def equal(first: Run, second: Run) -> bool:
    return all((a == b).all() for a, b in zip(weights(first), weights(second), strict=True))


def losses(run: Run) -> list[str]:
    """The history without the seconds, which differ between runs."""
    return [line.rpartition(",")[0] for line in (run.path / "history.csv").read_text().splitlines()]


def interrupted(recipe: Path, root: Path, after: str, how: signal.Signals, *overrides: str) -> Run:
    """Trains in a process of its own and stops it with the signal `how` once it has printed `after`."""
    command = [sys.executable, "-c", CHILD, str(recipe), str(root), *overrides]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=recipe.parent) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith(after):
                os.kill(child.pid, how)
                break
        else:
            pytest.fail(f"the training never printed {after!r}")
    assert child.returncode != 0
    return latest(Recipe.load(recipe, overrides).name, root, finished=False)


def test_a_run_directory_contains_all_documented_files(sensor_run: Run) -> None:
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


def test_equal_seeds_give_equal_weights_and_different_seeds_different_ones(tiny_sensor: Path, tmp_path: Path) -> None:
    first, second = (train(Recipe.load(tiny_sensor), root=tmp_path / name) for name in "ab")
    different = train(Recipe.load(tiny_sensor, ["training.seed=1"]), root=tmp_path / "c")
    assert equal(first, second)
    assert losses(first) == losses(second)
    assert not equal(first, different)


def test_kernels_do_not_change_what_a_run_learns(tiny_sensor: Path, tmp_path: Path) -> None:
    auto, stock = (
        train(Recipe.load(tiny_sensor, [f"training.kernels={kernels}"]), root=tmp_path / kernels)
        for kernels in ("auto", "stock")
    )
    for fast, slow in zip(weights(auto), weights(stock), strict=True):
        np.testing.assert_allclose(fast, slow, atol=1e-4)
    for fast, slow in zip(losses(auto)[1:], losses(stock)[1:], strict=True):
        np.testing.assert_allclose([*map(float, fast.split(","))], [*map(float, slow.split(","))], rtol=1e-3)


OPEN_WITHOUT_THE_ZOO = """
import sys
sys.modules["zoo"] = None
import keras
model = keras.models.load_model(sys.argv[1])
kinds = {type(layer).__module__.partition(".")[0] for layer in model._flatten_layers()}
print(sorted(kinds), model.count_params())
"""


def test_a_saved_model_opens_in_plain_keras(text_run: Run) -> None:
    command = [sys.executable, "-c", OPEN_WITHOUT_THE_ZOO, str(text_run.model_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "['keras']"


@pytest.mark.table("zoo/training", "zoo/fast", "zoo/build.py", "zoo/data", "zoo/inputs", "zoo/tasks")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(
    tiny_sensor: Path, tmp_path: Path, how: signal.Signals
) -> None:
    uninterrupted = train(Recipe.load(tiny_sensor), root=tmp_path / "uninterrupted")
    stopped = interrupted(tiny_sensor, tmp_path / "stopped", "epoch 2/4", how)
    assert not stopped.finished
    resumed = train(Recipe.load(tiny_sensor), resume=True, root=tmp_path / "stopped")
    assert resumed.path == stopped.path
    assert losses(resumed) == losses(uninterrupted)
    assert equal(resumed, uninterrupted)
    assert resumed.metrics == uninterrupted.metrics


def test_a_text_run_resumes_with_its_original_vocabulary(tiny_text: Path, tmp_path: Path) -> None:
    uninterrupted = train(Recipe.load(tiny_text), root=tmp_path / "uninterrupted")
    interrupted(tiny_text, tmp_path / "stopped", "epoch 1/2", signal.SIGKILL)
    resumed = train(Recipe.load(tiny_text), resume=True, root=tmp_path / "stopped")
    assert (resumed.path / "tokenizer.json").read_text() == (uninterrupted.path / "tokenizer.json").read_text()
    assert equal(resumed, uninterrupted)
    assert 0.0 <= resumed.metrics["test"]["accuracy"] <= 1.0


def test_resuming_without_a_run_or_with_other_settings_is_refused(tiny_sensor: Path, tmp_path: Path) -> None:
    recipe = Recipe.load(tiny_sensor)
    with pytest.raises(RunError, match=r"expected an interrupted run to resume, found none\. Start with: zoo train"):
        train(recipe, resume=True, root=tmp_path / "runs")
    run = Run.create(recipe, tmp_path / "runs")
    other = Recipe.load(tiny_sensor, ["training.epochs=9"])
    with pytest.raises(RunError, match=r"was started with, got others\. Resume it with --set training\.epochs=4, or"):
        train(other, resume=True, root=tmp_path / "runs")
    assert all_runs("tiny-exit", tmp_path / "runs") == [run]


def test_the_best_epoch_is_kept_and_training_stops_early(
    tiny_sensor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = train(Recipe.load(tiny_sensor, ["training.epochs=2"]), root=tmp_path / "best")

    def ascending(training: Training, history: list[Epoch]) -> float:
        """From the third epoch on each step increases the loss, so no later epoch is better."""
        return training.learning_rate * (1 if len(history) < 2 else -10)

    monkeypatch.setattr(recorder, "learning_rate", ascending)
    settings = ["training.epochs=30", "training.early_stopping={patience: 2}"]
    run = train(Recipe.load(tiny_sensor, settings), root=tmp_path / "runs")
    values = [float(line.split(",")[2]) for line in losses(run)[1:]]
    assert len(values) == 4
    assert values.index(min(values)) == 1
    assert equal(run, best)
    assert (run.path / "model.keras").stat().st_mtime < (run.path / "metrics.json").stat().st_mtime


def test_a_loss_that_is_not_finite_stops_training_with_advice(tiny_sensor: Path, tmp_path: Path) -> None:
    settings = ["training.learning_rate=3e38", "training.clip_norm=off", "training.optimizer=sgd"]
    with pytest.raises(TrainError, match=r"the loss is (nan|inf) in epoch 1\. Lower training\.learning_rate"):
        train(Recipe.load(tiny_sensor, settings), root=tmp_path / "runs")


def test_training_reaches_a_high_accuracy(text_run: Run) -> None:
    assert text_run.metrics["test"]["accuracy"] > 0.9
    assert Run.open(text_run.path).metrics == text_run.metrics


def test_a_name_instead_of_a_recipe_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"recipe: expected a Recipe, got 'bed-exit'\. Load one: Recipe\.load"):
        train("bed-exit")  # pyright: ignore[reportArgumentType]
