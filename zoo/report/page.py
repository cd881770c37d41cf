"""The report as one HTML page that needs nothing else: pictures inline, a little style, no script.

Its text is `templates/report.html`; here are the values that it names. Every one of them is escaped there.
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
        png: the picture.
        epochs: how many there were.
        best: number, from 1, of the one whose weights were kept.
        lowest: its loss on validation.
    """

    png: bytes
    epochs: int
    best: int
    lowest: float


@dataclass(frozen=True)
class Facts:
    """What a report tells.

    Attributes:
        recipe: the resolved recipe.
        run_id: name of the run directory.
        metrics: split -> metric -> number.
        model: the trained model's layers.
        history: how the training went.
        fitted: what was chosen on validation, and how.
        recipe_yaml: the resolved recipe as it was written.
        environment: what the run recorded of versions and machine.
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
    """The whole page."""
    return render(
        "zoo.report",
        "report.html",
        recipe=facts.recipe,
        run_id=facts.run_id,
        metrics=_metrics(facts.metrics, facts.recipe.does.headline),
        history=_history(facts.history),
        pictures=[_picture(picture) for picture in facts.fitted.pictures],
        chosen=facts.fitted.facts,
        model=_model(facts.model),
        recipe_yaml=facts.recipe_yaml,
        environment=_environment(facts.environment),
    )


def _metrics(metrics: Mapping[str, Any], headline: str) -> dict[str, Any]:
    """One column a split, one row a metric; the task's headline metric stands out."""
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
    """What was recorded, and behind it the versions of the packages."""
    rest = {key: value for key, value in environment.items() if key != "packages"}
    return [*rest.items(), *environment["packages"].items()]


def _base64(png: bytes) -> str:
    return base64.b64encode(png).decode("ascii")


def _number(value: object) -> str:
    """Counts as they are, other numbers to four digits, a dash for none."""
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
