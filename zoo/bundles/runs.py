"""Exports a finished run as a verified bundle."""

from pathlib import Path
from typing import Any

import numpy as np

from zoo.build import read_model
from zoo.bundles.package import Bundle, write_bundle
from zoo.core.choices import Int8
from zoo.core.manifest import Manifest
from zoo.core.plain import from_plain
from zoo.core.predictor import Predictor
from zoo.core.progress import SILENT, Progress
from zoo.core.provenance import DataFacts, ModelFacts, SplitFacts
from zoo.exporter.int8.report import Metric
from zoo.preparing import RecipeData, prepare
from zoo.rundir import Run, versions
from zoo.tasks.task import Fitted

#: Number of real validation inputs on which the file is compared with Keras, and the largest number of time steps.
ROWS, ROW_STEPS = 12, 400
#: Largest number of validation inputs that are searched for rows whose targets change.
CANDIDATES = 500


def export_run(
    run: Run, out: Path, *, opset: int | None = None, int8: Int8 | None = None, progress: Progress = SILENT
) -> Bundle:
    """Exports a run's best model, with the file itself scored on the test split.

    Args:
        run: a finished run.
        out: folder of the bundle; an existing bundle is replaced only once the new one is verified.
        opset: ONNX operator set. Default: the recipe's, else 17.
        int8: on, auto (int8 weights if the file becomes 2.5 times smaller and loses at most 0.5 % of the task's metric
            on the validation split) or off. Default: the recipe's, else off.
        progress: reports every step.

    Raises:
        RunError: the run is not finished.
        ExportError: the model cannot be written as ONNX, or int8 is on and gains nothing.
        ParityError: the file does not compute what Keras computes. Nothing was written.
    """
    recipe, metrics = run.recipe, run.metrics
    tokenizer = run.tokenizer
    prepared = prepare(recipe, progress, tokenizer)
    fitted = run.fitted
    scoring = prepared.task.scoring

    def score(predictor: Predictor, split: str = "test") -> dict[str, float]:
        return scoring.score(prepared, prepared.split(split), predictor, fitted, progress)

    metric = scoring.metrics[0]

    return write_bundle(
        read_model(run.model_path),
        _manifest(prepared, metrics, fitted),
        out,
        tokenizer=None if tokenizer is None else tokenizer.to_json(),
        selftest=[{"input": golden} for golden in prepared.kind.golden(prepared.input)],
        rows=_real_rows(prepared),
        score=score,
        # The bundle must not reveal where the author keeps the data: file names become relative to this folder.
        recipe_yaml=recipe.seen_from(Path.cwd()).to_yaml(),
        opset=opset or recipe.export.opset,
        streaming=recipe.causal,
        int8=int8 or recipe.export.int8 or "off",
        headline=Metric(
            metric.name,
            "validation",
            lambda predictor: score(predictor, "validation")[metric.name],
            metric.less_is_better,
        ),
        progress=progress,
    )


def _manifest(prepared: RecipeData, metrics: dict[str, Any], fitted: Fitted) -> Manifest:
    recipe, about = prepared.recipe, prepared.about
    split = from_plain(SplitFacts, recipe.data.split.model_dump(mode="json"), "data.split")
    return Manifest(
        name=recipe.name,
        task=recipe.task,
        summary=recipe.summary,
        recipe_sha256=recipe.digest,
        input=prepared.input,
        output=prepared.task.output(prepared, fitted),
        events=fitted.events,
        model=ModelFacts(recipe.model.cell),
        made_with=versions(),
        data=DataFacts(**vars(about), split=split),
        metrics={"validation": metrics["validation"]},
    )


def _real_rows(prepared: RecipeData) -> list[np.ndarray]:
    """Inputs spread over the validation split, only those whose targets change if there are any.

    Rows in which nothing happens would prove little.
    """
    examples = prepared.validation
    count = len(examples.lengths)
    changing: list[np.ndarray] = []
    constant: list[np.ndarray] = []
    for number in np.linspace(0, count - 1, min(CANDIDATES, count)).astype(int):
        x, y, _ = examples.take(np.asarray([number]))
        each_step = y.ndim > 1 and y.shape[1] == x.shape[1]
        changes = np.flatnonzero(y[0] != y[0][:1]) if each_step else []
        (changing if len(changes) else constant).append(_around(x[0], int(changes[0]) if len(changes) else 0))
    rows = changing or constant
    return [rows[number] for number in np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).astype(int)]


def _around(row: np.ndarray, step: int) -> np.ndarray:
    """At most `ROW_STEPS` time steps of a row, with this step in the middle where possible."""
    first = min(max(0, step - ROW_STEPS // 2), max(0, len(row) - ROW_STEPS))
    return row[first : first + ROW_STEPS]
