"""The table of what the trained models reach, from the measured figures."""

import json
from pathlib import Path
from typing import Any

from zoo.core.words import measure, size
from zoo.tasks import METRICS, TASKS
from zoo.tasks.metric import named

ROOT = Path(__file__).parents[2]
#: Metrics that are shown beside a task's headline, if a model has them.
BESIDE = (
    "event_precision",
    "event_recall",
    "false_alarms_per_hour",
    "delay_median_s",
    "macro_f1",
    "accuracy",
    "top3",
    "perplexity",
)
#: Metrics that count what was scored.
COUNTS = ("windows", "steps", "hours", "events", "texts", "tokens")


def held_out() -> list[dict[str, Any]]:
    """What was measured of each model on each data set."""
    return json.loads((ROOT / "docs/measured/held_out.json").read_text("utf-8"))["scores"]


def models_table() -> str:
    """A row for each model and data set: headline, the other metrics that matter, what a naive method reaches, size."""
    rows = ["| Model | Scored on | Result | Naive | File |\n|---|---|---|---|---|"]
    for row in held_out():
        headline = TASKS[row["task"]].headline
        others = [metric for metric in BESIDE if metric in row["metrics"] and metric != headline]
        result = ", ".join(
            [f"**{_metric(headline, row['metrics'])}**", *(_metric(name, row["metrics"]) for name in others)]
        )
        counts = ", ".join(_count(name, row["metrics"][name]) for name in COUNTS if name in row["metrics"])
        naive = _metric(headline, row["baseline"]) if headline in row["baseline"] else "-"
        rows.append(f"| `{row['model']}` | {row['data']}: {counts} | {result} | {naive} | {size(row['size'])} |")
    return "\n".join(rows)


def _metric(name: str, values: dict[str, float]) -> str:
    """A metric with its value: shares of which more is better as a percentage, others with their unit."""
    row = named(METRICS.values(), name)
    unit = f" {row.unit}" if row and row.unit else ""
    return f"{name} {measure(values[name])}{unit}"


def _count(name: str, value: float) -> str:
    return f"{value:.1f} h" if name == "hours" else f"{value:,.0f} {name}"
