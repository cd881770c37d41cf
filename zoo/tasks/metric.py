"""A metric: one row."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Metric:
    """One number, or one per label, that measures a model's predictions.

    Attributes:
        name: its name; the numbers of a metric per label are named `name_label`.
        value: the task's outcome -> the number; for a metric per label, label -> number.
        words: a description for people.
        less_is_better: whether a smaller number is better.
        unit: unit of the number; "" if it is a share or has none.
        each: whether there is one number per label.
        counts: whether it counts what was scored rather than measuring quality.
    """

    name: str
    value: Callable[[Any], Any]
    words: str
    less_is_better: bool = False
    unit: str = ""
    each: bool = False
    counts: bool = False


def measured(metrics: Iterable[Metric], outcome: object) -> dict[str, float]:
    """The numbers by name; metrics that do not apply (None) are left out."""
    numbers: dict[str, float] = {}
    for metric in metrics:
        value = metric.value(outcome)
        if metric.each:
            numbers |= {f"{metric.name}_{label}": number for label, number in value.items()}
        elif value is not None:
            numbers[metric.name] = value
    return numbers


def named(metrics: Iterable[Metric], name: str) -> Metric | None:
    """The row with that name, or of which `name` is the number for one label; None if there is none."""
    return next((row for row in metrics if row.name == name or (row.each and name.startswith(f"{row.name}_"))), None)
