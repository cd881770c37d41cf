"""The metrics of a run (from Keras) or of a bundle (from ONNX), on any split or on another data set."""

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
from zoo.preparing import RecipeData, encoded, load, outlined, prepare
from zoo.preparing import split as divided
from zoo.recipe import Recipe
from zoo.rundir import Run
from zoo.schema.data import FromSource
from zoo.tasks.task import Fitted


@dataclass(frozen=True)
class Report:
    """What was measured, on what, by which runtime.

    Attributes:
        name: of the recipe.
        backend: `keras`, `onnx`, or `onnx, live`.
        data: name of the data set.
        split: which part of it.
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
    """What is evaluated, whichever runtime it comes from."""

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
) -> Report:
    """Scores a run or a bundle.

    Args:
        target: a finished run (scored with Keras) or a bundle's folder or file (scored with onnxruntime).
        split: train, validation or test; of another data set all of it is taken.
        data: name of another registered data set of the same kind, such as `imdb` for a model trained on `reviews`.
        live: push the recordings sample by sample through a bundle's stream, as a device does.
        progress: hears about slow steps.

    Raises:
        DataError: there is no such split or data set.
        InputError: `live`, and the target cannot run live.
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


def _report(subject: _Subject, prepared: RecipeData, data: str, split: str, part: Any, progress: Progress) -> Report:
    scoring = prepared.task.scoring
    metrics = scoring.score(prepared, part, subject.predictor, subject.fitted, progress)
    return Report(subject.recipe.name, subject.backend, data, split, metrics, scoring.baseline(prepared, part))


def _evaluate_live(target: Run | Path, split: str, data: str | None, progress: Progress) -> Report:
    if isinstance(target, Run):
        raise InputError(f"live: expected a bundle, got the run {target.id}. Export it first: zoo export")
    if data is not None:
        raise InputError("live: expected the recipe's own data set. Leave --data or --live out.")
    contents, recipe = _opened(target)
    runner, live = Runner(contents), recipe.does.scoring.live
    if live is None or runner.manifest.streaming is None:
        raise InputError(
            f"live: {recipe.name} gives nothing from a stream that could be scored. Score it without --live."
        )
    own = load(recipe, progress)
    metrics = live(runner, outlined(recipe, own), divided(recipe, own)[split], progress)
    return Report(recipe.name, "onnx, live", own.name, split, metrics, {})


def _is_own(recipe: Recipe, name: str) -> bool:
    """Whether a data set is the one that the recipe trains on."""
    return isinstance(recipe.data, FromSource) and recipe.data.source == name


def _check_other_data(recipe: Recipe, name: str) -> None:
    """Refuses a data set that the model cannot read, before anything is fetched."""
    if _is_own(recipe, name):
        return
    source = sources.find(name)
    if recipe.kind.sets.unseen is None:
        raise DataError(f"data: {recipe.name} reads {recipe.kind.words}: it is scored on its own data set only.")
    if source.kind != recipe.kind.name:
        got = f"{name}, of {INPUTS[source.kind].words}"
        raise DataError(f"data: expected a data set of {recipe.kind.words} for {recipe.name}, got {got}.")


def _on_other_data(subject: _Subject, prepared: RecipeData, name: str, progress: Progress) -> Report:
    """All of another data set; where some of it was trained on, the shares without that beside them."""
    other = load_source(name, progress=progress)
    report = _report(subject, prepared, name, "all", encoded(prepared, other), progress)
    unseen = prepared.kind.sets.unseen
    assert unseen is not None
    rest = unseen(other, load(subject.recipe, progress))
    if len(rest) < len(other):
        again = prepared.task.scoring.score(
            prepared, encoded(prepared, rest), subject.predictor, subject.fitted, progress
        )
        report.metrics[f"{prepared.kind.words}_also_trained_on"] = len(other) - len(rest)
        rows = prepared.task.scoring.metrics
        shares = {row.name for row in rows if not (row.each or row.counts or row.less_is_better)}
        report.metrics.update({f"{key}_without_them": value for key, value in again.items() if key in shares})
    return report


def _of_run(run: Run) -> _Subject:
    from zoo.build import read_model  # here: a bundle is scored where there is no Keras

    fitted = run.fitted  # first: refuses a run that is not finished before Keras is asked
    return _Subject(run.recipe, "keras", keras_predictor(read_model(run.model_path)), fitted, run.tokenizer)


def _of_bundle(path: Path) -> _Subject:
    contents, recipe = _opened(path)
    runner = Runner(contents)
    tokenizer = Tokenizer.from_json(contents.tokenizer, str(path)) if contents.tokenizer else None
    return _Subject(recipe, "onnx", runner.run, _fitted(runner), tokenizer)


def _fitted(runner: Runner) -> Fitted:
    """What was chosen on validation, as the manifest says."""
    return Fitted(runner.manifest.events, runner.manifest.output.thresholds)


def _opened(path: Path) -> tuple[Contents, Recipe]:
    """A bundle and the recipe that it carries."""
    contents = read_bundle(path)
    if RECIPE_KEY not in contents.header.metadata:
        raise BundleError(f"{path}: expected the recipe in the file's metadata, got none. Export the bundle again.")
    return contents, Recipe.from_yaml(contents.header.metadata[RECIPE_KEY], str(contents.path))
