"""The measurements of a model in float32 and in int8, for the caller, the manifest and the card."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from zoo.core.choices import Int8
from zoo.core.predictor import Predictor
from zoo.core.provenance import Int8Report, Int8Row

#: The files that are compared.
FLOAT32, WEIGHTS, DYNAMIC = "float32", "int8 weights", "int8 LSTM"


@dataclass(frozen=True)
class Metric:
    """The metric by which files are compared.

    Attributes:
        name: name of the metric.
        split: the split to measure it on. Never the test split, which must not serve for choosing among files.
        score: computes its value for a predictor.
        less_is_better: whether a smaller value is better.
    """

    name: str
    split: str
    score: Callable[[Predictor], float]
    less_is_better: bool = False

    def loss(self, reference: float, got: float) -> float:
        """The share of `reference` that is lost; negative for a gain."""
        if reference == got or (math.isnan(reference) and math.isnan(got)):
            return 0.0
        worse = got - reference if self.less_is_better else reference - got
        return worse / abs(reference) if reference and math.isfinite(worse) else math.inf


@dataclass(frozen=True)
class Int8Comparison:
    """The measurements, and the file that was chosen.

    Attributes:
        asked: auto or on.
        metric: name and split of `Int8Row.metric`; None if the loss is the change of the outputs.
        rows: the float32 file first.
    """

    asked: Int8
    metric: str | None
    rows: tuple[Int8Row, ...]

    @property
    def chosen(self) -> Int8Row:
        """The file that was written."""
        return next(row for row in self.rows if row.chosen)

    def facts(self) -> Int8Report:
        """The manifest's entry, rounded to four digits, which is more than a clock resolves."""
        rows = (replace(row, **{key: _short(value) for key, value in asdict(row).items()}) for row in self.rows)
        return Int8Report(self.asked, self.chosen.candidate, self.metric, tuple(rows))


def _short(value: Any) -> Any:
    """A number rounded to four digits; None for values that JSON cannot represent."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.4g}") if math.isfinite(value) else None
