"""The report as one HTML page that needs nothing else: pictures inline, a little style, no script.

Every text goes through `_text`; what stands in the markup itself is written here and nowhere else.
"""

import base64
import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.build import ModelSummary
from zoo.evaluation import HEADLINE
from zoo.recipe import Recipe

#: In the dark the pictures are turned over: white becomes dark, the colours stay what they are.
STYLE = """
:root { color-scheme: light dark; --line: #8885; --soft: #8881; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin-bottom: 0; }
h2 { margin-top: 2.5rem; font-size: 1.2rem; }
table { border-collapse: collapse; }
th, td { padding: .2rem 1rem .2rem 0; border-bottom: 1px solid var(--line); text-align: left; }
th { font-weight: normal; }
thead th, tr.strong > * { font-weight: bold; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 0; }
img { max-width: 100%; height: auto; }
figcaption, .small { font-size: .9rem; opacity: .8; }
pre { padding: 1rem; background: var(--soft); font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { img { filter: invert(.93) hue-rotate(180deg); } }
"""

#: Field of the event rule -> what it is to a reader; a field that is not here is shown by its name.
RULE = {
    "label": "event",
    "threshold": "alarm at a score of",
    "release": "over below a score of",
    "min_duration_s": "score stays high first, seconds",
    "cooldown_s": "no second alarm within, seconds",
    "warm_up_s": "silent at the start, seconds",
}


@dataclass(frozen=True)
class Picture:
    """A picture with its heading, what it shows in words, and the line below it."""

    title: str
    alt: str
    caption: str
    png: bytes


@dataclass(frozen=True)
class Facts:
    """What a report tells.

    Attributes:
        recipe: the resolved recipe.
        run_id: name of the run directory.
        metrics: split -> metric -> number, and the event rule under `events` if there is one.
        model: the trained model's layers.
        pictures: in order.
        recipe_yaml: the resolved recipe as it was written.
        environment: what the run recorded of versions and machine.
    """

    recipe: Recipe
    run_id: str
    metrics: Mapping[str, Any]
    model: ModelSummary
    pictures: tuple[Picture, ...]
    recipe_yaml: str
    environment: Mapping[str, Any]


def page(facts: Facts) -> str:
    """The whole page."""
    recipe = facts.recipe
    sections = [
        _section("Metrics", _metrics(facts.metrics, HEADLINE[recipe.task])),
        *(_section(picture.title, _figure(picture)) for picture in facts.pictures),
        *([_section("Event rule", _rule(facts))] if "events" in facts.metrics else []),
        _section("Model", _model(facts.model)),
        _section("Recipe", f"<pre><code>{_text(facts.recipe_yaml)}</code></pre>"),
        _section("Environment", _table((), _environment(facts.environment))),
    ]
    body = "\n".join(sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(recipe.name)}: report of run {_text(facts.run_id)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{_text(recipe.name)}</h1>
<p>{_text(recipe.summary)}</p>
<p class="small">{_text(recipe.task)}, {_text(recipe.model.cell)}, run {_text(facts.run_id)}</p>
{body}
</main>
</body>
</html>
"""


def _metrics(metrics: Mapping[str, Any], headline: str) -> str:
    """One column a split, one row a metric; the task's headline metric stands out."""
    splits = [split for split in ("validation", "test") if split in metrics]
    names = dict.fromkeys(name for split in splits for name in metrics[split])
    rows = [[name, *(metrics[split].get(name) for split in splits)] for name in names]
    return _table(["metric", *splits], rows, headline)


def _rule(facts: Facts) -> str:
    rule = facts.metrics["events"]
    rows = [[RULE.get(field, field), str(value)] for field, value in rule.items()]
    if facts.recipe.events is not None:
        rows.append(["fitted to the target", facts.recipe.events.target])
    return _table((), rows)


def _model(model: ModelSummary) -> str:
    rows = [[row.name, row.kind, row.output_shape, row.parameters] for row in model.rows]
    rows.append(["total", "", "", model.parameters])
    return _table(["layer", "kind", "output shape", "parameters"], rows, "total")


def _environment(environment: Mapping[str, Any]) -> list[list[str]]:
    """What was recorded, and behind it the versions of the packages."""
    rest = {key: value for key, value in environment.items() if key != "packages"}
    return [[key, str(value)] for key, value in [*rest.items(), *environment["packages"].items()]]


def _figure(picture: Picture) -> str:
    data = base64.b64encode(picture.png).decode("ascii")
    return (
        f'<figure>\n<img src="data:image/png;base64,{data}" alt="{_text(picture.alt)}">\n'
        f"<figcaption>{_text(picture.caption)}</figcaption>\n</figure>"
    )


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{_text(title)}</h2>\n{content}\n</section>"


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]], strong: str = "") -> str:
    """A table whose first column names its rows; numbers stand at the right, the row named `strong` stands out."""
    lines = ["<table>"]
    if columns:
        heads = (
            f'<th scope="col"{_class("number" if _numeric(rows, at) else "")}>{_text(name)}</th>'
            for at, name in enumerate(columns)
        )
        lines.append(f"<thead><tr>{''.join(heads)}</tr></thead>")
    lines.append("<tbody>")
    lines += [_row(row, "strong" if row[0] == strong else "") for row in rows]
    return "\n".join([*lines, "</tbody>", "</table>"])


def _numeric(rows: Sequence[Sequence[Any]], column: int) -> bool:
    return any(isinstance(row[column], (int, float)) for row in rows)


def _row(row: Sequence[Any], kind: str) -> str:
    first, *rest = row
    cells = "".join(f"<td{_class('' if isinstance(value, str) else 'number')}>{_value(value)}</td>" for value in rest)
    return f'<tr{_class(kind)}><th scope="row">{_text(first)}</th>{cells}</tr>'


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _value(value: object) -> str:
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
    return _text(value)


def _text(value: object) -> str:
    """Safe between tags and within quotes."""
    return html.escape(str(value), quote=True)
