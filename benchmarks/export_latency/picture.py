"""The figure of a latency run: the time of each contender relative to ours."""

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

#: Colours by contender, distinguishable with colour blindness (Okabe & Ito, Color Universal Design, 2008).
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
STEP = 0.13  # distance of bars, where the distance of groups is 1


def draw(results: Results) -> bytes:
    """A PNG with a panel for each batch size, and a group of bars for each model."""
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
    times = {(time.cell, time.variant, time.contender): time for time in results.measurements if time.batch == batch}
    for group, model in enumerate(models):
        bars = [times[(*model, key)] for key in COLORS if (*model, key) in times]
        for place, time in enumerate(bars):
            _bar(axes, group + (place - (len(bars) - 1) / 2) * STEP, time)
    axes.axhline(1, color=GREY, linewidth=1)
    axes.set_yscale("log")
    _set_limits(axes, times.values())
    titles = [case_title(*model).replace(", ", "\n") for model in models]
    ours = [times.get((*model, "ours")) for model in models]
    labels = ["" if time is None or time.ms is None else f"\nours {time.ms:.2f} ms" for time in ours]
    axes.set_xticks(
        range(len(models)), [title + label for title, label in zip(titles, labels, strict=True)], fontsize=9
    )
    axes.set_xlim(-0.55, len(models) - 0.45)
    axes.set_ylabel("time relative to ours (lower is faster)")
    axes.set_title(f"Batch {batch}", loc="left", fontsize=12)
    axes.tick_params(axis="x", length=0)
    axes.spines[["top", "right"]].set_visible(False)


def _bar(axes: Axes, x: float, time: Measurement) -> None:
    """Draws a bar from 1 up or down with the spread over the rounds, or the status if there is no time."""
    color = COLORS[time.contender]
    style = {"rotation": 90, "ha": "center", "fontsize": 7, "color": color}
    if time.ratio is None or time.low is None or time.high is None:
        axes.text(x, 1.06, "" if time.status == "timed" else time.status, va="bottom", **style)
        return
    axes.bar(x, time.ratio - 1, 0.9 * STEP, bottom=1, color=color)
    axes.plot([x, x], [time.low, time.high], color=GREY, linewidth=1)
    if time.ratio >= 1:
        axes.text(x, max(time.high, 1) * 1.05, digits(time.ratio), va="bottom", **style)
    else:
        axes.text(x, min(time.low, 1) / 1.05, digits(time.ratio), va="top", **style)


def _set_limits(axes: Axes, measurements: Collection[Measurement]) -> None:
    lows = [time.low for time in measurements if time.low is not None] or [1.0]
    highs = [time.high for time in measurements if time.high is not None] or [1.0]
    axes.set_ylim(min(0.7, min(lows) / 1.7), max(3, max(highs) * 1.7))
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(FixedLocator([tick for tick in TICKS if low <= tick <= high]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
