"""The picture of a latency run: everybody's time relative to ours."""

import io
from collections.abc import Collection

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.colors import GREY
from benchmarks.export_latency.report import models_of
from benchmarks.export_latency.results import Measurement, Results
from benchmarks.models import case_title
from benchmarks.tables import digits

#: Colours that all eyes tell apart (Okabe & Ito, Color Universal Design, 2008), by contender.
COLORS = {
    "ours-right-padded": "#56b4e9",
    "keras": "#d55e00",
    "tf2onnx": "#e69f00",
    "litert": "#009e73",
    "openvino": "#0072b2",
    "openvino-fixed": "#000000",
    "pytorch": "#cc79a7",
}
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
STEP = 0.13  # from bar to bar, where groups are 1 apart


def draw(results: Results) -> bytes:
    """A PNG with a panel for each batch size, a group of bars for each model."""
    batches = results.about["settings"]["batches"]
    figure = Figure(figsize=(13, 1.1 + 3.9 * len(batches)), layout="constrained", dpi=110)
    panels = figure.subplots(len(batches), 1, squeeze=False)[:, 0]
    for axes, batch in zip(panels, batches, strict=True):
        _panel(axes, results, batch)
    handles = [Patch(color=COLORS[key], label=title) for key, title in results.contenders.items() if key in COLORS]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False, fontsize=10)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def _panel(axes: Axes, results: Results, batch: int) -> None:
    models = models_of(results)
    found = {(one.cell, one.variant, one.contender): one for one in results.measurements if one.batch == batch}
    for group, model in enumerate(models):
        shown = [found[(*model, key)] for key in COLORS if (*model, key) in found]
        for place, one in enumerate(shown):
            _bar(axes, group + (place - (len(shown) - 1) / 2) * STEP, one)
    axes.axhline(1, color=GREY, linewidth=1)
    axes.set_yscale("log")
    _limits(axes, found.values())
    titles = [case_title(*model).replace(", ", "\n") for model in models]
    ours = [found.get((*model, "ours")) for model in models]
    times = ["" if one is None or one.ms is None else f"\nours {one.ms:.2f} ms" for one in ours]
    axes.set_xticks(range(len(models)), [title + time for title, time in zip(titles, times, strict=True)], fontsize=9)
    axes.set_xlim(-0.55, len(models) - 0.45)
    axes.set_ylabel("time relative to ours (lower is faster)")
    axes.set_title(f"Batch {batch}", loc="left", fontsize=12)
    axes.tick_params(axis="x", length=0)
    axes.spines[["top", "right"]].set_visible(False)


def _bar(axes: Axes, x: float, one: Measurement) -> None:
    """A bar from 1 up or down, with the spread over rounds; a word where there is no time."""
    color = COLORS[one.contender]
    look = {"rotation": 90, "ha": "center", "fontsize": 7, "color": color}
    if one.ratio is None or one.low is None or one.high is None:
        axes.text(x, 1.06, "" if one.status == "timed" else one.status, va="bottom", **look)
        return
    axes.bar(x, one.ratio - 1, 0.9 * STEP, bottom=1, color=color)
    axes.plot([x, x], [one.low, one.high], color=GREY, linewidth=1)
    if one.ratio >= 1:
        axes.text(x, max(one.high, 1) * 1.05, digits(one.ratio), va="bottom", **look)
    else:
        axes.text(x, min(one.low, 1) / 1.05, digits(one.ratio), va="top", **look)


def _limits(axes: Axes, measurements: Collection[Measurement]) -> None:
    lows = [one.low for one in measurements if one.low is not None] or [1.0]
    highs = [one.high for one in measurements if one.high is not None] or [1.0]
    axes.set_ylim(min(0.7, min(lows) / 1.7), max(3, max(highs) * 1.7))
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(FixedLocator([tick for tick in TICKS if low <= tick <= high]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
