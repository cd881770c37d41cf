"""The metrics of a run (from Keras) or of a bundle (from ONNX), on any split or on another data set."""

from dataclasses import dataclass, replace
from pathlib import Path

from zoo.core.errors import BundleError, DataError, InputError
from zoo.core.events import EventRule
from zoo.core.manifest import RECIPE_KEY
from zoo.core.predictor import Predictor
from zoo.core.progress import SILENT, Progress
from zoo.data import sources
from zoo.data.loading import load
from zoo.data.prepare import Prepared, Texts, Tracks, prepare, prepare_other
from zoo.data.records import SPLITS, TextSet
from zoo.edge import Runner
from zoo.edge.bundle import read_bundle
from zoo.edge.opened import Contents
from zoo.edge.text import Tokenizer
from zoo.evaluation.classification import majority_baseline
from zoo.evaluation.language import trigram_baseline
from zoo.evaluation.live import live_metrics
from zoo.evaluation.predictor import keras_predictor
from zoo.evaluation.scoring import score_split
from zoo.recipe import Recipe, SourceData
from zoo.rundir import Run


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
    rule: EventRule | None
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
        _check_other_data(subject, data)
    prepared = prepare(subject.recipe, progress, subject.tokenizer)
    if data is None or data == prepared.about.name:
        part = prepared.split(split)
        metrics = score_split(prepared, part, subject.predictor, subject.rule, progress)
        baseline = _baseline(prepared, part)
        return Report(subject.recipe.name, subject.backend, prepared.about.name, split, metrics, baseline)
    return _on_other_data(subject, prepared, data, progress)


def _evaluate_live(target: Run | Path, split: str, data: str | None, progress: Progress) -> Report:
    if isinstance(target, Run):
        raise InputError(f"live: expected a bundle, got the run {target.id}. Export it first: zoo export")
    if data is not None:
        raise InputError("live: expected the recipe's own data set. Leave --data or --live out.")
    contents, recipe = _opened(target)
    metrics = live_metrics(Runner(contents), recipe, split, progress)
    known = contents.manifest.data
    return Report(recipe.name, "onnx, live", known.name if known else "its own data", split, metrics, {})


def _check_other_data(subject: _Subject, name: str) -> None:
    """Refuses a data set that the model cannot read, before anything is fetched."""
    if isinstance(subject.recipe.data, SourceData) and subject.recipe.data.source == name:
        return
    kind = sources.find(name).kind
    if subject.tokenizer is None:
        raise DataError(f"data: {subject.recipe.name} reads a sensor: it is scored on its own data set only.")
    if kind != "text":
        raise DataError(f"data: expected a data set of texts for {subject.recipe.name}, got {name}.")


def _on_other_data(subject: _Subject, prepared: Prepared, name: str, progress: Progress) -> Report:
    other = load(SourceData(source=name), progress)
    assert isinstance(other, TextSet)
    part = prepare_other(prepared, other)
    metrics = score_split(prepared, part, subject.predictor, subject.rule, progress)
    unseen = _not_trained_on(subject.recipe, other, progress)
    if len(unseen) < len(other.texts):
        rest = prepare_other(prepared, unseen_part(other, unseen))
        again = score_split(prepared, rest, subject.predictor, subject.rule, progress)
        metrics["texts_also_trained_on"] = len(other.texts) - len(unseen)
        metrics |= {f"{key}_without_them": value for key, value in again.items() if key in ("accuracy", "top1", "top3")}
    return Report(subject.recipe.name, subject.backend, name, "all", metrics, _baseline(prepared, part))


def _not_trained_on(recipe: Recipe, other: TextSet, progress: Progress) -> list[int]:
    """Positions of the texts that do not occur in the recipe's own data."""
    own = load(recipe.data, progress)
    known = {_key(text) for text in own.texts} if isinstance(own, TextSet) else set[str]()
    return [number for number, text in enumerate(other.texts) if _key(text) not in known]


def unseen_part(data: TextSet, numbers: list[int]) -> TextSet:
    """The texts at these positions."""
    labels = None if data.labels is None else data.labels[numbers]
    return replace(data, texts=[data.texts[n] for n in numbers], labels=labels, groups=None, given=None, parts=None)


def _key(text: str) -> str:
    return " ".join(text.split())


def _baseline(prepared: Prepared, part: Tracks | Texts) -> dict[str, float]:
    train = prepared.split("train")
    if not isinstance(part, Texts) or not isinstance(train, Texts):
        return {}
    if prepared.recipe.task == "next-word":
        return trigram_baseline(train.corpus, part.corpus)
    return majority_baseline(train.labels, part.labels)


def _of_run(run: Run) -> _Subject:
    from zoo.build import read_model  # here: a bundle is scored where there is no Keras

    rule = run.rule  # first: refuses a run that is not finished before Keras is asked
    return _Subject(run.recipe, "keras", keras_predictor(read_model(run.model_path)), rule, run.tokenizer)


def _of_bundle(path: Path) -> _Subject:
    contents, recipe = _opened(path)
    runner = Runner(contents)
    tokenizer = Tokenizer.from_json(contents.tokenizer, str(path)) if contents.tokenizer else None
    rule = next(iter(runner.manifest.events), None)
    return _Subject(recipe, "onnx", runner.run, rule, tokenizer)


def _opened(path: Path) -> tuple[Contents, Recipe]:
    """A bundle and the recipe that it carries."""
    contents = read_bundle(path)
    if RECIPE_KEY not in contents.header.metadata:
        raise BundleError(f"{path}: expected the recipe in the file's metadata, got none. Export the bundle again.")
    return contents, Recipe.from_yaml(contents.header.metadata[RECIPE_KEY], str(contents.path))
