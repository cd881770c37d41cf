"""Plots as PNG. Figures are created without pyplot, so they share no state."""

import io
import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, SymmetricalLogLocator

#: Two colours that colour-blind readers can distinguish (Okabe & Ito, Color Universal Design, 2008); grey for the rest.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#767676"


def best_epoch(history: list[dict[str, float]]) -> int:
    """The number, from 1, of the first epoch with the lowest validation loss."""
    values = [epoch["val_loss"] for epoch in history]
    return values.index(min(values)) + 1


def history_plot(history: list[dict[str, float]]) -> bytes:
    """Plots training and validation loss by epoch, with the best epoch marked and the learning rate as a thin line."""
    figure = _figure()
    axes = figure.add_subplot()
    rate = axes.twinx()
    axes.set_zorder(rate.get_zorder() + 1)  # draws the losses above the learning rate
    axes.patch.set_visible(False)
    epochs = range(1, len(history) + 1)
    best = best_epoch(history)
    axes.plot(epochs, [epoch["loss"] for epoch in history], "o-", color=ORANGE, markersize=3.5, label="training loss")
    values = [epoch["val_loss"] for epoch in history]
    axes.plot(epochs, values, "o-", color=BLUE, markersize=3.5, label="validation loss")
    axes.axvline(best, color=BLUE, linewidth=1, linestyle=":")
    _ring(axes, [best], [values[best - 1]], BLUE, f"best epoch: {best}")
    rate.plot(epochs, [epoch["learning_rate"] for epoch in history], color=GREY, linewidth=0.8, label="learning rate")
    axes.set(xlabel="epoch", ylabel="loss", xlim=(0.5, len(history) + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    rate.set_ylim(bottom=0)
    rate.set_ylabel("learning rate", color=GREY)
    rate.tick_params(axis="y", colors=GREY)
    _remove_frame(axes)
    _remove_frame(rate, unused_side="left")
    return _png(figure)


def trade_off_plot(points: Sequence[tuple[float, float, float]], chosen: int, threshold: float, target: float) -> bytes:
    """Plots event recall and F1 against false alarms.

    Args:
        points: false alarms per hour, event recall and event F1 at each threshold.
        chosen: index of the threshold that the event rule uses.
        threshold: that threshold.
        target: the recipe's limit of false alarms per hour; infinity if it sets none.
    """
    figure = _figure()
    axes = figure.add_subplot()
    alarms, recalls, f1s = (list(column) for column in zip(*points, strict=True))
    for label, color, values in (("event recall", BLUE, recalls), ("event F1", ORANGE, f1s)):
        axes.plot(alarms, values, "o-", color=color, linewidth=1.2, markersize=3.5, clip_on=False, label=label)
    limited = math.isfinite(target)
    _scale(axes, [*alarms, target] if limited else alarms)
    if limited:
        axes.axvline(target, color=GREY, linewidth=1, linestyle="--", label=f"target: at most {target:.3g} per hour")
        axes.axvspan(axes.get_xlim()[0], target, color=GREY, alpha=0.12, linewidth=0)
    _ring(axes, [alarms[chosen]] * 2, [recalls[chosen], f1s[chosen]], "black", f"chosen threshold: {threshold:g}")
    axes.set(xlabel="false alarms per hour", ylim=(0, 1.02))
    _remove_frame(axes)
    return _png(figure)


def _scale(axes: Axes, values: list[float]) -> None:
    """Scales the x-axis from 0 to the largest value: linear up to the smallest value above 0, then logarithmic."""
    smallest = min(value for value in [*values, 1.0] if value > 0)
    axes.set_xscale("symlog", linthresh=smallest, linscale=0.5)
    axes.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=smallest, subs=[1, 2, 5]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlim(-smallest / 5, max(*values, smallest) * 1.1)


def _figure() -> Figure:
    return Figure(figsize=(7.2, 4), dpi=150, layout="constrained")


def _ring(axes: Axes, x: list[float], y: list[float], color: str, label: str) -> None:
    axes.plot(x, y, "o", color=color, markersize=11, markerfacecolor="none", clip_on=False, zorder=5, label=label)


def _remove_frame(axes: Axes, unused_side: str = "right") -> None:
    """Removes the frame except for the axes that carry numbers."""
    axes.spines[["top", unused_side]].set_visible(False)
    axes.grid(axis="y", alpha=0.25 if unused_side == "right" else 0.0)


def _png(figure: Figure) -> bytes:
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize="small")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
