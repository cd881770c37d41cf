"""docs/measured/export_time.md: how long an export takes. Its text is `benchmarks/templates/export_time.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.rendering import render


@dataclass(frozen=True)
class Exported:
    """Seconds of an export, the median of several, for one cell and number of layers."""

    cell: str
    layers: int
    seconds: float


def page(about: Mapping[str, Any], first: float, found: Sequence[Exported], repeats: int) -> str:
    """The whole page as Markdown.

    Args:
        about: date, machine and versions.
        first: seconds of the process's first export.
        found: the times.
        repeats: exports of which each is the median.
    """
    from benchmarks.models import CELLS

    taken = {(one.cell, one.layers): one.seconds for one in found}
    layers = sorted({one.layers for one in found})
    cells = [cell for cell in CELLS if (cell, layers[0]) in taken]
    growths = [taken[cell, layers[-1]] / taken[cell, layers[0]] for cell in cells]
    return render(
        "benchmarks",
        "export_time.md",
        about=about,
        first=f"{first:.2f}",
        repeats=repeats,
        layers=layers,
        rows=[[CELLS[cell].__name__, *(f"{taken[cell, number]:.2f}" for number in layers)] for cell in cells],
        growths=[f"{growth:.0f}" for growth in (min(growths), max(growths))],
        factor=layers[-1] // layers[0],
    )
