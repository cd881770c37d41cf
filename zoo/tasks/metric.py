"""A metric: one row."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Metric:
    """One number, or one a label, of what a model said.

    Attributes:
        name: its own; those of a metric that is told for each label are `name_label`.
        value: what the task counted -> the number; for a metric of each label, label -> number.
        words: what it is, for a person.
        less_is_better: whether a smaller number is a better one.
        unit: of the number; "" if it is a share or has none.
        each: whether there is one number for each label.
        counts: whether it says how much was looked at rather than how well.
    """

    name: str
    value: Callable[[Any], Any]
    words: str
    less_is_better: bool = False
    unit: str = ""
    each: bool = False
    counts: bool = False


def measured(metrics: Iterable[Metric], outcome: object) -> dict[str, float]:
    """The numbers by name; what does not apply (None) is left out."""
    found: dict[str, float] = {}
    for metric in metrics:
        value = metric.value(outcome)
        if metric.each:
            found |= {f"{metric.name}_{label}": number for label, number in value.items()}
        elif value is not None:
            found[metric.name] = value
    return found


def named(metrics: Iterable[Metric], name: str) -> Metric | None:
    """The row of a metric's name, that of one label's too; None if there is none."""
    return next((row for row in metrics if row.name == name or (row.each and name.startswith(f"{row.name}_"))), None)
