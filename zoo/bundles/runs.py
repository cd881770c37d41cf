"""From a finished run to a verified bundle."""

from pathlib import Path
from typing import Any

import numpy as np

from zoo.build import read_model
from zoo.bundles.golden import golden_inputs
from zoo.bundles.package import Bundle, write_bundle
from zoo.core.choices import Int8
from zoo.core.events import EventRule
from zoo.core.manifest import Manifest, Output
from zoo.core.plain import from_plain
from zoo.core.predictor import Predictor
from zoo.core.progress import SILENT, Progress
from zoo.core.provenance import DataFacts, ModelFacts, SplitFacts
from zoo.data.prepare import Prepared, Texts, Tracks, prepare
from zoo.evaluation import HEADLINE, score_split
from zoo.evaluation.language import NEVER
from zoo.exporter.int8.report import Metric
from zoo.rundir import Run, versions

#: Real validation inputs that the file is compared with Keras on, and time steps of each at most.
ROWS, ROW_STEPS = 12, 400


def export_run(
    run: Run, out: Path, *, opset: int | None = None, int8: Int8 | None = None, progress: Progress = SILENT
) -> Bundle:
    """Exports a run's best model, scored on the test split from the file itself.

    Args:
        run: a finished run.
        out: folder of the bundle; what is there is replaced only once the new bundle is verified.
        opset: ONNX operator set; 17 if neither this nor the recipe says another.
        int8: on, auto (int8 weights if the file becomes 2.5 times smaller and loses at most 0.5 % of the task's metric
            on the validation split) or off; off if neither this nor the recipe says otherwise.
        progress: hears about every step.

    Raises:
        RunError: the run is not finished.
        ExportError: the model cannot be written as ONNX, or int8 was asked for and would gain nothing.
        ParityError: the file does not compute what Keras computes. Nothing was written.
    """
    recipe, metrics = run.recipe, run.metrics
    tokenizer = run.tokenizer
    prepared = prepare(recipe, progress, tokenizer)
    rule = run.rule

    def score(predictor: Predictor, split: str = "test") -> dict[str, float]:
        return score_split(prepared, prepared.split(split), predictor, rule, progress)

    metric = HEADLINE[recipe.task]

    return write_bundle(
        read_model(run.model_path),
        _manifest(prepared, metrics, rule),
        out,
        tokenizer=None if tokenizer is None else tokenizer.to_json(),
        selftest=golden_inputs(prepared.input),
        rows=_real_rows(prepared),
        score=score,
        # Where the author keeps the data is nobody's business: from here, files are named as seen from this folder.
        recipe_yaml=recipe.seen_from(Path.cwd()).to_yaml(),
        opset=opset or recipe.export.opset,
        streaming=recipe.causal,
        int8=int8 or recipe.export.int8 or "off",
        headline=Metric(metric, "validation", lambda predictor: score(predictor, "validation")[metric]),
        progress=progress,
    )


def _manifest(prepared: Prepared, metrics: dict[str, Any], rule: EventRule | None) -> Manifest:
    recipe, about = prepared.recipe, prepared.about
    split = from_plain(SplitFacts, recipe.data.split.model_dump(mode="json"), "data.split")
    return Manifest(
        name=recipe.name,
        task=recipe.task,
        summary=recipe.summary,
        recipe_sha256=recipe.digest,
        input=prepared.input,
        output=Output(prepared.labels, never=NEVER if recipe.task == "next-word" else ()),
        events=() if rule is None else (rule,),
        model=ModelFacts(recipe.model.cell),
        made_with=versions(),
        data=DataFacts(**vars(about), split=split),
        metrics={"validation": metrics["validation"]},
    )


def _real_rows(prepared: Prepared) -> list[np.ndarray]:
    """Inputs from the validation split, spread over all of it."""
    part = prepared.split("validation")
    match part:
        case Tracks(tracks=tracks):
            # Around an event where there is one: silence would prove little.
            chosen = tracks[:ROWS]
            firsts = [int(t.truths[0, 0] * part.rate_hz) - ROW_STEPS // 2 if len(t.truths) else 0 for t in chosen]
            return [t.values[max(0, first) :][:ROW_STEPS] for t, first in zip(chosen, firsts, strict=True)]
        case Texts(corpus=corpus):
            spread = np.linspace(0, len(corpus) - 1, min(ROWS, len(corpus))).astype(int)
            return [row for row in (corpus[i][:ROW_STEPS].astype(np.int32) for i in spread) if len(row)]
