"""docs/measured/streaming_step.md: the cost of one more sample. Template: `benchmarks/templates/streaming_step.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.streaming_step.ways import CHUNK, FEATURES, UNITS, WINDOW
from zoo.rendering import render


@dataclass(frozen=True)
class Measured:
    """Times of one cell, (p50, p95) in seconds each, and the ratio of window to step.

    Attributes:
        step: one sample through `zoo.edge`.
        plain: one sample through onnxruntime's ordinary call.
        chunk: time per sample of a chunk.
        window: the complete window.
        ratio: median, 10th and 90th percentile over the rounds.
        difference: largest difference between the scores of single steps and of the complete sequence.
    """

    cell: str
    step: tuple[float, float]
    plain: tuple[float, float]
    chunk: tuple[float, float]
    window: tuple[float, float]
    ratio: tuple[float, float, float]
    difference: float


def page(about: Mapping[str, Any], cells: Sequence[Measured], rounds: int) -> str:
    """The page as Markdown.

    Args:
        about: date, machine and versions.
        cells: the times of each cell.
        rounds: number of turns of each way.
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
        rows=[_row(cell) for cell in cells],
        difference=f"{max(cell.difference for cell in cells):.1g}",
    )


def _row(cell: Measured) -> list[str]:
    median, low, high = cell.ratio
    times = [f"{1e6 * p50:.1f} ({1e6 * p95:.1f})" for p50, p95 in (cell.step, cell.plain, cell.chunk, cell.window)]
    return [cell.cell, *times, f"**{median:.1f}** ({low:.1f} to {high:.1f})"]
