"""A made-up task that is defined entirely in this file, and taken from its recipe to an answer in a process of its own.

Recordings are loud if a channel exceeds a level that the recipe sets, otherwise quiet. `python eighth.py FOLDER`
trains on the recordings in that folder, exports, scores and predicts, and prints the results as JSON.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.core.manifest import Manifest, Output
from zoo.data.examples import WholeInputs
from zoo.edge import tasks as device_table
from zoo.edge.answers import Prediction, finite
from zoo.edge.tasks import DeviceTask
from zoo.schema.architecture import one_output
from zoo.schema.spec import NotNegative, Spec
from zoo.tasks import TASKS
from zoo.tasks.metric import Metric, measured
from zoo.tasks.task import CardTask, Example, Fitted, Scoring, Section, Task

STEPS = 40


class Loudness(Spec):
    """What counts as loud."""

    above: NotNegative = 1.0
    """The level that loud recordings exceed."""


def answer(opened: Any, output: np.ndarray, where: str) -> Prediction:
    score = float(finite(output, where)[0])
    return Prediction("loud" if score >= 0.5 else "quiet", score)


def no_contradictions(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield from ()


DEVICE = DeviceTask("loudness", frozenset({"recording"}), 2, no_contradictions, answer)


def pieces(prepared: Any, part: Any) -> tuple[list[np.ndarray], np.ndarray]:
    rows = [t.values[start : start + STEPS] for t in part.tracks for start in range(0, len(t.values) - STEPS, STEPS)]
    above = prepared.recipe.section.above
    return rows, np.asarray([[row[:, 0].max() > above] for row in rows], np.float32)


def examples(prepared: Any, side: str) -> WholeInputs:
    rows, targets = pieces(prepared, prepared.split(side))
    return WholeInputs(rows, targets, np.ones(len(rows)), np.stack)


def head(prepared: Any, x: Any, embedding: object) -> Any:
    from keras import layers

    return layers.Dense(1, "sigmoid", name="output")(x)


def trainee(model: Any) -> Any:
    import keras

    return model, keras.losses.BinaryCrossentropy(reduction="mean_with_sample_weight")


METRICS = (Metric("accuracy", lambda correct: float(correct.mean()), "share with the correct label"),)


def score(prepared: Any, part: Any, predictor: Any, fitted: Fitted, progress: Any) -> dict[str, float]:
    rows, targets = pieces(prepared, part)
    return measured(METRICS, (predictor(np.stack(rows)) >= 0.5) == targets)


def baseline(prepared: Any, part: Any) -> dict[str, float]:
    return {"accuracy": float((pieces(prepared, part)[1] == 0).mean())}


def labels(recipe: Any, names: Sequence[str]) -> tuple[str, ...]:
    return ("loud",)


def show(prepared: Any, runner: Any, data: Any) -> Example:
    predictions = [runner.predict(recording.values) for recording in data.recordings]
    return Example("Held-out recordings:", tuple({"prediction": prediction.label} for prediction in predictions))


ROW = Task(
    device=DEVICE,
    section=Section("loudness", Loudness),
    labelled=False,
    problems=lambda draft: one_output(draft.layers),
    labels=labels,
    check=lambda prepared: None,
    examples=examples,
    head=head,
    trainee=trainee,
    scoring=Scoring(METRICS, score, baseline),
    show=show,
    card=CardTask("It reads {noun} and says whether it is loud.", "(batch, 1) scores of {labels}"),
    output=lambda prepared, fitted: Output(prepared.labels),
)


def main(folder: Path) -> None:
    # A task is a row in each of the two tables.
    device_table.TASKS[DEVICE.name] = DEVICE
    TASKS[ROW.name] = ROW

    from zoo.bundles import check, export_run
    from zoo.bundles.demo import held_out_example
    from zoo.edge import load
    from zoo.evaluation import evaluate
    from zoo.recipe import Recipe
    from zoo.training import train

    recipe = Recipe.load(folder / "loud.yaml")
    steps = [row.step for row in check(recipe).rows]
    run = train(recipe, root=folder / "runs")
    bundle = export_run(run, folder / "bundle")
    runner = load(bundle.folder)
    results = {
        "checked": steps,
        "task": bundle.manifest.task,
        "digest": Recipe.from_yaml(recipe.to_yaml()).digest == recipe.digest,
        "metrics": evaluate(bundle.folder).metrics,
        "run": run.metrics["test"],
        "baseline": evaluate(bundle.folder).baseline,
        "predictions": [runner.predict(np.full((STEPS, 2), level, np.float32)).to_dict() for level in (0.0, 3.0)],
        "self test": runner.self_test(),
        "card": "says whether it is loud" in (bundle.folder / "card.md").read_text(),
        "report": "accuracy" in run.report_path.read_text(),
        "shown": len(held_out_example(recipe, runner).rows),
    }
    print(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
