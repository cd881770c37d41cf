"""The table of what the trained models reach, from the measured figures."""

from typing import Any

from docs.writers.files import figures
from zoo.core.words import size
from zoo.tasks import TASKS

#: Metrics that the table shows, the headline of a task first -> how they are written.
SHOWN = {
    "event_f1": "event F1 {:.3f}",
    "accuracy": "accuracy {:.1%}",
    "macro_f1": "macro F1 {:.3f}",
    "top3": "top-3 {:.1%}",
    "top1": "top-1 {:.1%}",
    "event_precision": "precision {:.2f}",
    "event_recall": "recall {:.2f}",
    "false_alarms_per_hour": "{:.1f} false alarms per hour",
    "delay_median_s": "median delay {:.1f} s",
    "perplexity": "perplexity {:.0f}",
}
#: Counts of what was scored -> how they are written.
COUNTS = {"windows": "{:,} windows", "steps": "{:,} steps", "hours": "{:.1f} h", "events": "{:,} events"}
COUNTS |= {"texts": "{:,} texts", "tokens": "{:,} words"}


def held_out() -> list[dict[str, Any]]:
    """What was measured of each model on each data set."""
    return figures("held_out")["scores"]


def models_table() -> str:
    """A row for each model and data set: headline, the other metrics that matter, what a naive method reaches, size."""
    rows = ["| Model | Test data | Result | Naive | File |\n|---|---|---|---|---|"]
    for row in held_out():
        headline = TASKS[row["task"]].headline
        result = [
            _written(SHOWN, name, row["metrics"]) for name in SHOWN if name in row["metrics"] and name != headline
        ]
        first, naive = _written(SHOWN, headline, row["metrics"]), "-"
        if headline in row["baseline"]:
            naive = _written(SHOWN, headline, row["baseline"])
        counts = ", ".join(_written(COUNTS, name, row["metrics"]) for name in COUNTS if name in row["metrics"])
        cells = [f"`{row['model']}`", f"{row['data']}, {counts}", ", ".join([f"**{first}**", *result]), naive]
        rows.append(f"| {' | '.join(cells)} | {size(row['size'])} |")
    return "\n".join(rows)


def _written(forms: dict[str, str], name: str, values: dict[str, float]) -> str:
    """A metric or a count in words; a percentage with a space before its sign."""
    return forms[name].format(values[name]).replace("%", " %")
