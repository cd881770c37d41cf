"""The report as one self-contained HTML page: inline pictures, a little style, no script.

Its text is in `templates/report.html`; this module prepares its values. The template escapes each of them.
"""

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zoo.build import ModelSummary
from zoo.recipe import Recipe
from zoo.rendering import render
from zoo.tasks.task import Fitted, Picture


@dataclass(frozen=True)
class History:
    """The loss by epoch.

    Attributes:
        png: the plot.
        epochs: number of epochs.
        best: number, from 1, of the epoch whose weights were kept.
        lowest: validation loss of that epoch.
    """

    png: bytes
    epochs: int
    best: int
    lowest: float


@dataclass(frozen=True)
class Facts:
    """The contents of a report.

    Attributes:
        recipe: the resolved recipe.
        run_id: name of the run directory.
        metrics: split -> metric -> number.
        model: the trained model's layers.
        history: the course of the training.
        fitted: what was chosen on validation, and how.
        recipe_yaml: the resolved recipe's text.
        environment: the run's record of versions and machine.
    """

    recipe: Recipe
    run_id: str
    metrics: Mapping[str, Any]
    model: ModelSummary
    history: History
    fitted: Fitted
    recipe_yaml: str
    environment: Mapping[str, Any]


def page(facts: Facts) -> str:
    """Renders the page."""
    return render(
        "zoo.report",
        "report.html",
        recipe=facts.recipe,
        run_id=facts.run_id,
        metrics=_metrics(facts.metrics, facts.recipe.task_row.headline),
        history=_history(facts.history),
        pictures=[_picture(picture) for picture in facts.fitted.pictures],
        chosen=facts.fitted.facts,
        model=_model(facts.model),
        recipe_yaml=facts.recipe_yaml,
        environment=_environment(facts.environment),
    )


def _metrics(metrics: Mapping[str, Any], headline: str) -> dict[str, Any]:
    """One column per split, one row per metric; the task's headline metric is emphasised."""
    splits = {split: metrics[split] for split in ("validation", "test") if split in metrics}
    names = dict.fromkeys(name for values in splits.values() for name in values)
    return {
        "headline": headline,
        "splits": [{"name": split, "numeric": _numeric(values)} for split, values in splits.items()],
        "rows": [
            {"name": name, "numbers": [_number(values.get(name)) for values in splits.values()]} for name in names
        ],
    }


def _numeric(values: Mapping[str, Any]) -> bool:
    return any(isinstance(value, (int, float)) for value in values.values())


def _history(history: History) -> dict[str, Any]:
    return {
        "png": _base64(history.png),
        "epochs": history.epochs,
        "best": history.best,
        "lowest": f"{history.lowest:.4g}",
    }


def _picture(picture: Picture) -> dict[str, str]:
    return {
        "title": picture.title,
        "png": _base64(picture.png),
        "alt": picture.alt,
        "caption": picture.caption,
    }


def _model(model: ModelSummary) -> dict[str, Any]:
    rows = [
        {"name": row.name, "kind": row.kind, "output_shape": row.output_shape, "parameters": _number(row.parameters)}
        for row in model.rows
    ]
    return {"rows": rows, "parameters": _number(model.parameters)}


def _environment(environment: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The recorded facts, followed by the versions of the packages."""
    facts = {key: value for key, value in environment.items() if key != "packages"}
    return [*facts.items(), *environment["packages"].items()]


def _base64(png: bytes) -> str:
    return base64.b64encode(png).decode("ascii")


def _number(value: object) -> str:
    """A number as text: integers in full, floats with four significant digits, a dash if there is none."""
    match value:
        case None:
            return "-"
        case float() if not math.isfinite(value):
            return "-"
        case float():
            return f"{value:.4g}"
        case int():
            return f"{value:,}"
    return str(value)
