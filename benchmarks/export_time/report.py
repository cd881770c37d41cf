"""docs/measured/export_time.md: the duration of an export. Template: `benchmarks/templates/export_time.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.rendering import render


@dataclass(frozen=True)
class Exported:
    """Median duration in seconds of the exports for one cell and number of layers."""

    cell: str
    layers: int
    seconds: float


def page(about: Mapping[str, Any], first: float, exports: Sequence[Exported], repeats: int) -> str:
    """The page as Markdown.

    Args:
        about: date, machine and versions.
        first: seconds of the process's first export.
        exports: the times.
        repeats: number of exports of which each time is the median.
    """
    from benchmarks.models import CELLS

    seconds = {(export.cell, export.layers): export.seconds for export in exports}
    layers = sorted({export.layers for export in exports})
    cells = [cell for cell in CELLS if (cell, layers[0]) in seconds]
    growths = [seconds[cell, layers[-1]] / seconds[cell, layers[0]] for cell in cells]
    return render(
        "benchmarks",
        "export_time.md",
        about=about,
        first=f"{first:.2f}",
        repeats=repeats,
        layers=layers,
        rows=[[CELLS[cell].__name__, *(f"{seconds[cell, number]:.2f}" for number in layers)] for cell in cells],
        growths=[f"{growth:.0f}" for growth in (min(growths), max(growths))],
        factor=layers[-1] // layers[0],
    )
