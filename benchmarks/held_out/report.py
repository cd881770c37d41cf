"""docs/measured/held_out.md: every metric of every trained model. Template: `benchmarks/templates/held_out.md`."""

from collections.abc import Mapping, Sequence
from typing import Any

from zoo.core.words import measure
from zoo.rendering import render


def page(about: Mapping[str, Any], scores: Sequence[Mapping[str, Any]]) -> str:
    """The page as Markdown.

    Args:
        about: date, machine and versions.
        scores: the scores of each model and data set.
    """
    return render("benchmarks", "held_out.md", about=about, models=[_model(row) for row in scores])


def _model(row: Mapping[str, Any]) -> dict[str, Any]:
    columns = {"whole": row["metrics"], "live": row["live"], "naive": row["baseline"]}
    columns = {name: values for name, values in columns.items() if values}
    cells = [
        [f"`{metric}`", *(measure(values.get(metric)) for values in columns.values())] for metric in row["metrics"]
    ]
    return {"name": row["model"], "data": row["data"], "head": ["metric", *columns], "rows": cells}
