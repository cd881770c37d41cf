"""Evaluates a run (with Keras) or a bundle (with onnxruntime) on any split, or on another data set."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.core.errors import BundleError, DataError, InputError
from zoo.core.manifest import RECIPE_KEY
from zoo.core.predictor import Predictor
from zoo.core.progress import SILENT, Progress
from zoo.data import sources
from zoo.data.loading import load_source
from zoo.data.records import SPLITS
from zoo.edge import Runner
from zoo.edge.bundle import read_bundle
from zoo.edge.opened import Contents
from zoo.edge.text import Tokenizer
from zoo.evaluation.predictor import keras_predictor
from zoo.inputs import INPUTS
from zoo.preparing import RecipeData, encoded, load_data, outlined, prepare
from zoo.preparing import split as divided
from zoo.recipe import Recipe
from zoo.rundir import Run
from zoo.schema.data import FromSource
from zoo.tasks.task import Fitted


@dataclass(frozen=True)
class Evaluation:
    """The metrics of one evaluation.

    Attributes:
        name: name of the recipe.
        backend: `keras`, `onnx`, or `onnx, live`.
        data: name of the data set.
        split: name of the split, or `all`.
        metrics: metric -> number.
        baseline: metric -> number that a naive method reaches on the same data; may be empty.
    """

    name: str
    backend: str
    data: str
    split: str
    metrics: dict[str, float]
    baseline: dict[str, float]


@dataclass(frozen=True)
class _Subject:
    """The model to evaluate, whichever its runtime."""

    recipe: Recipe
    backend: str
    predictor: Predictor
    fitted: Fitted
    tokenizer: Tokenizer | None


def evaluate(
    target: Run | Path,
    *,
    split: str = "test",
    data: str | None = None,
    live: bool = False,
    progress: Progress = SILENT,
) -> Evaluation:
    """Scores a run or a bundle.

    Args:
        target: a finished run (scored with Keras) or a bundle's folder or file (scored with onnxruntime).
        split: train, validation or test; ignored for another data set, which is scored completely.
        data: name of another registered data set of the same kind, such as `imdb` for a model trained on `reviews`.
        live: push the recordings sample by sample through a bundle's stream, as a device does.
        progress: reports slow steps.

    Raises:
        DataError: there is no such split or data set.
        InputError: `live` is set, and the target cannot be streamed.
    """
    if split not in SPLITS:
        raise DataError(f"split: expected one of {', '.join(SPLITS)}, got {split!r}.")
    if live:
        return _evaluate_live(target, split, data, progress)
    subject = _of_run(target) if isinstance(target, Run) else _of_bundle(target)
    if data is not None:
        _check_other_data(subject.recipe, data)
    prepared = prepare(subject.recipe, progress, subject.tokenizer)
    if data is not None and not _is_own(subject.recipe, data):
        return _on_other_data(subject, prepared, data, progress)
    return _report(subject, prepared, prepared.about.name, split, prepared.split(split), progress)


def _report(
    subject: _Subject, prepared: RecipeData, data: str, split: str, part: Any, progress: Progress
) -> Evaluation:
    scoring = prepared.task.scoring
    metrics = scoring.score(prepared, part, subject.predictor, subject.fitted, progress)
    return Evaluation(subject.recipe.name, subject.backend, data, split, metrics, scoring.baseline(prepared, part))


def _evaluate_live(target: Run | Path, split: str, data: str | None, progress: Progress) -> Evaluation:
    if isinstance(target, Run):
        raise InputError(f"live: expected a bundle, got the run {target.id}. Export it first: zoo export")
    if data is not None:
        raise InputError(f"live: expected the recipe's own data set, got {data}. Omit --data or --live.")
    contents, recipe = _opened(target)
    runner, live = Runner(contents), recipe.task_row.scoring.live
    if live is None or runner.manifest.streaming is None:
        raise InputError(
            f"live: expected a model whose streams can be scored, got {recipe.name}. Score it without --live."
        )
    loaded = load_data(recipe, progress)
    metrics = live(runner, outlined(recipe, loaded), divided(recipe, loaded)[split], progress)
    return Evaluation(recipe.name, "onnx, live", loaded.name, split, metrics, {})


def _is_own(recipe: Recipe, name: str) -> bool:
    """Whether a data set is the one that the recipe trains on."""
    return isinstance(recipe.data, FromSource) and recipe.data.source == name


def _check_other_data(recipe: Recipe, name: str) -> None:
    """Refuses a data set that the model cannot read, before fetching anything."""
    if _is_own(recipe, name):
        return
    source = sources.find_source(name)
    if recipe.kind.sets.unseen is None:
        raise DataError(
            f"data: expected the data set of {recipe.name}, got {name}. A model of {recipe.kind.words} can be scored "
            "on its own data set only. Omit --data."
        )
    if source.kind != recipe.kind.name:
        raise DataError(
            f"data: expected a data set of {recipe.kind.words} for {recipe.name}, got {name}, which consists of "
            f"{INPUTS[source.kind].words}."
        )


def _on_other_data(subject: _Subject, prepared: RecipeData, name: str, progress: Progress) -> Evaluation:
    """Scores another data set completely and, if some of its inputs were trained on, also without them."""
    other_data = load_source(name, progress=progress)
    report = _report(subject, prepared, name, "all", encoded(prepared, other_data), progress)
    unseen = prepared.kind.sets.unseen
    assert unseen is not None
    unseen_data = unseen(other_data, load_data(subject.recipe, progress))
    if len(unseen_data) < len(other_data):
        metrics = prepared.task.scoring.score(
            prepared, encoded(prepared, unseen_data), subject.predictor, subject.fitted, progress
        )
        report.metrics[f"{prepared.kind.words}_also_trained_on"] = len(other_data) - len(unseen_data)
        rows = prepared.task.scoring.metrics
        shares = {row.name for row in rows if not (row.each or row.counts or row.less_is_better)}
        report.metrics.update({f"{key}_without_them": value for key, value in metrics.items() if key in shares})
    return report


def _of_run(run: Run) -> _Subject:
    from zoo.build import read_model  # here, because scoring a bundle must not require Keras

    fitted = run.fitted  # first, because it refuses an unfinished run before Keras reads the model
    return _Subject(run.recipe, "keras", keras_predictor(read_model(run.model_path)), fitted, run.tokenizer)


def _of_bundle(path: Path) -> _Subject:
    contents, recipe = _opened(path)
    runner = Runner(contents)
    tokenizer = Tokenizer.from_json(contents.tokenizer, str(path)) if contents.tokenizer else None
    return _Subject(recipe, "onnx", runner.run, _fitted(runner), tokenizer)


def _fitted(runner: Runner) -> Fitted:
    """The settings fitted on validation, from the manifest."""
    return Fitted(runner.manifest.events, runner.manifest.output.thresholds)


def _opened(path: Path) -> tuple[Contents, Recipe]:
    """A bundle and the recipe in its metadata."""
    contents = read_bundle(path)
    if RECIPE_KEY not in contents.header.metadata:
        raise BundleError(f"{path}: expected the recipe in the file's metadata, found none. Export the bundle again.")
    return contents, Recipe.from_yaml(contents.header.metadata[RECIPE_KEY], str(contents.path))
