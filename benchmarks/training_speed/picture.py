"""The figure of the training benchmark: the speed of each contender relative to Keras."""

import io
from collections.abc import Mapping
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.colors import GREY
from benchmarks.tables import digits
from benchmarks.timing import Ratio
from benchmarks.training_speed.report import STOCK, rows_of, timed_on
from benchmarks.training_speed.results import Results
from benchmarks.training_speed.workloads import CELLS, WORKLOADS, Row

#: Colours by contender from top to bottom, distinguishable with colour blindness (Okabe & Ito, Color Universal Design,
#: 2008).
COLORS = {"zoo": "#0072b2", "keras-jit": "#e69f00", "pytorch": "#cc79a7", "pytorch-tuned": "#009e73"}
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
DARK = "#333333"
STEP = 0.2  # distance of bars, where the distance of groups is 1


def draw(results: Results) -> bytes:
    """A PNG with a panel for each workload, and in it a group of bars for each cell."""
    rows = rows_of(results)
    workloads = [workload for workload in WORKLOADS if any(row.workload == workload for row in rows)]
    columns = min(2, max(1, len(workloads)))
    lines = max(1, ceil(len(workloads) / columns))
    figure = Figure(figsize=(6.5 * columns, 1 + 3.3 * lines), layout="constrained", dpi=110)
    panels: list[Axes] = list(figure.subplots(lines, columns, squeeze=False).flat)
    for axes in panels[len(workloads) :]:
        axes.set_visible(False)
    speeds = {row: relative(results, row) for row in rows}
    ratios = [ratio for row_speeds in speeds.values() for ratio in row_speeds.values()]
    low, high = min([0.7, *(ratio.low for ratio in ratios)]), max([1.4, *(ratio.high for ratio in ratios)])
    for axes, workload in zip(panels, workloads, strict=False):
        panel_speeds = {row: row_speeds for row, row_speeds in speeds.items() if row.workload == workload}
        _panel(axes, results, WORKLOADS[workload].title, panel_speeds)
        _set_scale(axes, low / 1.5, high * 1.5)
    handles = [Patch(color=color, label=results.contenders[key]) for key, color in COLORS.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False, fontsize=10)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def relative(results: Results, row: Row) -> dict[str, Ratio]:
    """The speed of each other contender relative to Keras on a row, by key; empty if Keras has no time."""
    timed = timed_on(results, row)
    stock = timed.pop(STOCK, None)
    return {} if stock is None else {key: time.times_as_fast_as(stock) for key, time in timed.items()}


def _panel(axes: Axes, results: Results, title: str, speeds: Mapping[Row, Mapping[str, Ratio]]) -> None:
    labels = []
    for group, (row, row_speeds) in enumerate(speeds.items()):
        stock = timed_on(results, row).get(STOCK)
        labels.append(CELLS[row.cell] + ("" if stock is None else f"\nKeras {stock.rate:.1f}/s"))
        for place, key in enumerate(COLORS):
            _bar(axes, group + (place - (len(COLORS) - 1) / 2) * STEP, row_speeds.get(key), COLORS[key])
    axes.axvline(1, color=GREY, linewidth=1)
    axes.set_yticks(range(len(labels)), labels, fontsize=9)
    axes.set_ylim(len(labels) - 0.45, -0.55)  # the first group on top
    axes.set_title(title, loc="left", fontsize=12)
    axes.set_xlabel("steps per second relative to Keras (right is faster)", fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)


def _bar(axes: Axes, y: float, ratio: Ratio | None, color: str) -> None:
    """Draws a bar from 1 to the right or left with the spread over the rounds, or "not timed" if there is no time."""
    style = {"va": "center", "fontsize": 8, "color": DARK}
    if ratio is None:
        axes.text(1.04, y, "not timed", ha="left", **style)
        return
    axes.barh(y, ratio.median - 1, 0.9 * STEP, left=1, color=color)
    axes.plot([ratio.low, ratio.high], [y, y], color=GREY, linewidth=1)
    if ratio.median >= 1:
        axes.text(max(ratio.high, 1) * 1.04, y, f"{digits(ratio.median)}x", ha="left", **style)
    else:
        axes.text(min(ratio.low, 1) / 1.04, y, f"{digits(ratio.median)}x", ha="right", **style)


def _set_scale(axes: Axes, low: float, high: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in TICKS if low <= tick <= high]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.grid(axis="x", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
