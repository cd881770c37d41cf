"""Training from the start, or from the last complete epoch, to the test metrics."""

import json
import shlex
from pathlib import Path

import keras
import tensorflow as tf

from zoo.build import Statistics, build, read_model
from zoo.core.errors import RecipeError, RunError
from zoo.core.plain import finite
from zoo.core.progress import SILENT, Progress
from zoo.evaluation import keras_predictor
from zoo.fast.optimizers import fused
from zoo.preparing import RecipeData, check_trainable, prepare
from zoo.recipe import Recipe
from zoo.report import write_report
from zoo.rundir import Run, latest
from zoo.tasks.task import Fitted
from zoo.training import checkpoint
from zoo.training.batches import (
    TrainingBatches,
    ValidationBatches,
    batches_in,
    training_data,
    validation_data,
)
from zoo.training.recorder import Recorder
from zoo.training.schedule import Epoch, should_stop
from zoo.training.trainee import trainee


def train(recipe: Recipe, *, resume: bool = False, root: Path | None = None, progress: Progress = SILENT) -> Run:
    """Trains a recipe and scores the result on validation and test.

    Args:
        recipe: the recipe to train.
        resume: continue the newest unfinished run of this recipe instead of starting a new one.
        root: folder of runs. Default: `runs`.
        progress: reports every epoch.

    Returns:
        The finished run. Its `model.keras` has the weights that were best on validation.

    Raises:
        TrainError: the loss is not a finite number.
        RunError: there is no run to resume, or it was started with other settings.
        DataError: the data does not fit the recipe.
    """
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"recipe: expected a Recipe, got {recipe!r}. Load one: Recipe.load('bed-exit').")
    run = _unfinished(recipe, root) if resume else None
    prepared = prepare(recipe, progress, run.tokenizer if run else None)
    check_trainable(prepared)
    if run is None:
        run = Run.create(recipe, root)
    if prepared.tokenizer is not None and run.tokenizer is None:
        run.write("tokenizer.json", prepared.tokenizer.to_json())
    progress.note(f"{'resuming' if resume else 'training into'} {run.path}")
    # Seeds the whole process; without it neither a repeated nor a resumed run gives the same weights.
    keras.utils.set_random_seed(recipe.training.seed)
    if tf.config.list_physical_devices("GPU"):
        # On a CPU the ops used here are deterministic anyway, and this switch makes a large softmax twice as slow.
        tf.config.experimental.enable_op_determinism()
    model = fresh_model(prepared)
    trained, loss = trainee(model, recipe)
    trained.compile(optimizer=_optimizer(recipe), loss=loss)
    history = checkpoint.restore(run.checkpoint_path, trained) if run.checkpoint_path.exists() else []
    if not should_stop(recipe.training, history):
        _fit(trained, model, prepared, run, history, progress)
    return _finish(run, prepared, history, progress)


def fresh_model(prepared: RecipeData) -> keras.Model:
    """The recipe's model with fresh weights; the statistics for scaling features come from the training split only."""
    rows = prepared.kind.encoding.statistics(prepared.split("train"))
    return build(prepared, Statistics.of(rows) if rows else None)


def _optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    settings = recipe.training
    kinds = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "sgd": keras.optimizers.SGD,
        "rmsprop": keras.optimizers.RMSprop,
    }
    optimizer = kinds[settings.optimizer](
        settings.learning_rate, weight_decay=settings.weight_decay or None, global_clipnorm=settings.clip_norm
    )
    return fused(optimizer) if settings.kernels == "auto" else optimizer


def _unfinished(recipe: Recipe, root: Path | None) -> Run:
    run = latest(recipe.name, root, finished=False)
    if run.recipe.digest != recipe.digest:
        overrides = " ".join(f"--set {shlex.quote(setting)}" for setting in _differences(run.recipe, recipe))
        raise RunError(
            f"{run.path}: expected the settings that it was started with, got others. "
            f"Resume it with {overrides or 'the same recipe'}, or start a new run without --resume."
        )
    return run


def _differences(started: Recipe, current: Recipe) -> list[str]:
    """The settings of `started` that differ from `current`, as `path=value`; layers are one setting."""
    started_sections, current_sections = (recipe.model_dump(mode="json") for recipe in (started, current))
    differences: list[str] = []
    for section, settings in started_sections.items():
        if not isinstance(settings, dict):
            continue
        for key, value in settings.items():
            if value != (current_sections.get(section) or {}).get(key):
                differences.append(f"{section}.{key}={json.dumps(value)}")
    return differences


def _fit(
    trained: keras.Model, model: keras.Model, prepared: RecipeData, run: Run, history: list[Epoch], progress: Progress
) -> None:
    settings = prepared.recipe.training
    steps = settings.steps_per_epoch or batches_in(prepared.train, settings.batch_size)
    first = len(history)
    recorder = Recorder(model, prepared.recipe, run, history, steps, progress)
    try:
        trained.fit(
            training_data(TrainingBatches(prepared.train, settings.batch_size, settings.seed), first * steps),
            validation_data=validation_data(ValidationBatches(prepared.validation, settings.batch_size)),
            epochs=settings.epochs,
            initial_epoch=first,
            steps_per_epoch=steps,
            shuffle=False,  # the batches are already in random order
            callbacks=[recorder],
            verbose=0,  # pyright: ignore[reportArgumentType] # Keras accepts numbers, but its type hint omits them
        )
    finally:
        recorder.close()


def _finish(run: Run, prepared: RecipeData, history: list[Epoch], progress: Progress) -> Run:
    """Scores the best model and writes the report; `metrics.json` comes last and marks the run as finished."""
    model = read_model(run.model_path)
    predictor = keras_predictor(model)
    fit = prepared.task.scoring.fit
    fitted = Fitted() if fit is None else fit(prepared, predictor, progress)
    metrics: dict[str, object] = {**fitted.record}
    for side in ("validation", "test"):
        progress.note(f"scoring on {side}")
        metrics[side] = prepared.task.scoring.score(prepared, prepared.split(side), predictor, fitted, progress)
    write_report(run, model, metrics, history, fitted)
    run.write("metrics.json", json.dumps(finite(metrics), indent=1, allow_nan=False))
    run.checkpoint_path.unlink(missing_ok=True)
    return run
