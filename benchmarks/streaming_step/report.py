"""docs/streaming_step.md: what one more sample costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.streaming_step.ways import CHUNK, FEATURES, UNITS, WINDOW
from benchmarks.tables import markdown_table

PAGE = """\
# One more sample

{about}

Two recurrent layers of {units} and a dense sigmoid over samples of {features} features, one thread of onnxruntime,
medians in microseconds; p95 in brackets. The state is the file's own inputs and outputs (`to_onnx(model, path,
streaming=True)`). *Step*: one sample through `zoo.edge`, memory bound once. *`run()`*: one sample through
onnxruntime's plain call. *Of a chunk*: a sample's share of {chunk} that are pushed together. *Window*: the last
{window} samples again, which is what a file without states needs for each new one.

{table}
How many times as long the window takes as the step: the median over {rounds} rounds, in each of which all four had
their turn, and where 8 of 10 rounds lie. Steps and window give the same scores: largest difference {difference:.1g}.
"""


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


def page(about: str, found: Sequence[Measured], rounds: int) -> str:
    """The whole page as Markdown."""
    heads = ["", "step", "`run()`", "of a chunk", f"window of {WINDOW}", "window / step"]
    return PAGE.format(
        about=about,
        units=UNITS,
        features=FEATURES,
        chunk=CHUNK,
        window=WINDOW,
        rounds=rounds,
        table=markdown_table(heads, [_cells(one) for one in found]),
        difference=max(one.difference for one in found),
    )


def _cells(one: Measured) -> list[str]:
    middle, low, high = one.ratio
    times = (one.step, one.plain, one.chunk, one.window)
    shown = [f"{1e6 * p50:.1f} ({1e6 * p95:.1f})" for p50, p95 in times]
    return [one.cell, *shown, f"**{middle:.1f}** ({low:.1f} to {high:.1f})"]
