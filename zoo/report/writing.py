"""Writes the report's files into the run directory."""

import json
from typing import Any

import keras

from zoo import plots
from zoo.build import describe
from zoo.report.page import Facts, History, page
from zoo.rundir import Run
from zoo.tasks.task import Fitted


def write_report(
    run: Run, model: keras.Model, metrics: dict[str, Any], history: list[dict[str, float]], fitted: Fitted
) -> None:
    """Writes `plots/` and, last, `report.html`.

    Args:
        run: a run with its recipe and environment on disk.
        model: the model with the best weights on validation.
        metrics: split -> metric -> number.
        history: `loss`, `val_loss` and `learning_rate` of each epoch.
        fitted: what was chosen on validation, and how.
    """
    for picture in fitted.pictures:
        run.write(f"plots/{picture.name}.csv", picture.csv)
        run.write(f"plots/{picture.name}.png", picture.png)
    facts = Facts(
        recipe=run.recipe,
        run_id=run.id,
        metrics=metrics,
        model=describe(model),
        history=_history(run, history),
        fitted=fitted,
        recipe_yaml=(run.path / "recipe.yaml").read_text("utf-8"),
        environment=json.loads((run.path / "environment.json").read_text("utf-8")),
    )
    run.write("report.html", page(facts))


def _history(run: Run, history: list[dict[str, float]]) -> History:
    best = plots.best_epoch(history)
    png = plots.history_plot(history)
    run.write("plots/history.png", png)
    return History(png, epochs=len(history), best=best, lowest=history[best - 1]["val_loss"])
