"""docs/export_time.md: how long an export takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.tables import markdown_table

PAGE = """\
# Time of an export

{about}

Seconds that `to_onnx(model, path, verify=False)` takes for a stack of recurrent layers of 64 over (128, 9) and a dense
softmax: median of {repeats} exports, after the very first one of the process ({first:.2f} s), which is not counted.

{table}
From {few} to {many} layers the time grows {growths} times; {factor} times would be linear.
"""


@dataclass(frozen=True)
class Exported:
    """Seconds of an export, the median of several, for one cell and number of layers."""

    cell: str
    layers: int
    seconds: float


def page(about: str, first: float, found: Sequence[Exported], repeats: int) -> str:
    """The whole page as Markdown."""
    from benchmarks.models import CELLS

    taken = {(one.cell, one.layers): one.seconds for one in found}
    layers = sorted({one.layers for one in found})
    cells = [cell for cell in CELLS if (cell, layers[0]) in taken]
    rows = [[CELLS[cell].__name__, *(f"{taken[cell, number]:.2f}" for number in layers)] for cell in cells]
    growths = [taken[cell, layers[-1]] / taken[cell, layers[0]] for cell in cells]
    return PAGE.format(
        about=about,
        first=first,
        repeats=repeats,
        table=markdown_table(["layers", *(str(number) for number in layers)], rows),
        few=layers[0],
        many=layers[-1],
        factor=layers[-1] // layers[0],
        growths=" to ".join(f"{growth:.0f}" for growth in (min(growths), max(growths))),
    )
