"""docs/measured/streaming_step.md: what one more sample costs. Its text is `benchmarks/templates/streaming_step.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.streaming_step.ways import CHUNK, FEATURES, UNITS, WINDOW
from zoo.rendering import render


@dataclass(frozen=True)
class Measured:
    """Seconds of one cell's calls: (p50, p95) of each, and the window's ratio to the step.

    Attributes:
        chunk: of one sample's share.
        ratio: median, 10th and 90th percentile over rounds.
        difference: largest between the scores of steps and those of the whole.
    """

    cell: str
    step: tuple[float, float]
    plain: tuple[float, float]
    chunk: tuple[float, float]
    window: tuple[float, float]
    ratio: tuple[float, float, float]
    difference: float


def page(about: Mapping[str, Any], found: Sequence[Measured], rounds: int) -> str:
    """The whole page as Markdown.

    Args:
        about: date, machine and versions.
        found: the times.
        rounds: how often each way had its turn.
    """
    return render(
        "benchmarks",
        "streaming_step.md",
        about=about,
        units=UNITS,
        features=FEATURES,
        chunk=CHUNK,
        window=WINDOW,
        rounds=rounds,
        rows=[_cells(one) for one in found],
        difference=f"{max(one.difference for one in found):.1g}",
    )


def _cells(one: Measured) -> list[str]:
    middle, low, high = one.ratio
    times = (one.step, one.plain, one.chunk, one.window)
    shown = [f"{1e6 * p50:.1f} ({1e6 * p95:.1f})" for p50, p95 in times]
    return [one.cell, *shown, f"**{middle:.1f}** ({low:.1f} to {high:.1f})"]
