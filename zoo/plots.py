"""Pictures as PNG. Figures are made directly, without pyplot, so no state is shared."""

import io
import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, SymmetricalLogLocator

#: Two colours that all eyes tell apart (Okabe & Ito, Color Universal Design, 2008), and what stands behind them.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#767676"


def best_epoch(history: list[dict[str, float]]) -> int:
    """Number, from 1, of the first epoch with the lowest loss on validation."""
    values = [epoch["val_loss"] for epoch in history]
    return values.index(min(values)) + 1


def history_plot(history: list[dict[str, float]]) -> bytes:
    """Loss on training and validation by epoch, the best epoch marked, the learning rate thin behind."""
    figure = _figure()
    axes = figure.add_subplot()
    rate = axes.twinx()
    axes.set_zorder(rate.get_zorder() + 1)  # the losses lie over the learning rate
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
    _plain(axes)
    _plain(rate, spare="left")
    return _png(figure)


def trade_off_plot(
    points: Sequence[tuple[float, float, float]], chosen: int, threshold: float, bearable: float
) -> bytes:
    """Event recall and F1 against false alarms.

    Args:
        points: false alarms an hour, event recall and event F1 that each threshold gives.
        chosen: number of the one that the event rule has.
        threshold: that one.
        bearable: the recipe's target, false alarms an hour; infinity if it names none.
    """
    figure = _figure()
    axes = figure.add_subplot()
    alarms, recalls, f1s = (list(column) for column in zip(*points, strict=True))
    for label, color, values in (("event recall", BLUE, recalls), ("event F1", ORANGE, f1s)):
        axes.plot(alarms, values, "o-", color=color, linewidth=1.2, markersize=3.5, clip_on=False, label=label)
    limited = math.isfinite(bearable)
    _scale(axes, [*alarms, bearable] if limited else alarms)
    if limited:
        axes.axvline(bearable, color=GREY, linewidth=1, linestyle="--", label=f"target: at most {bearable:.3g} an hour")
        axes.axvspan(axes.get_xlim()[0], bearable, color=GREY, alpha=0.12, linewidth=0)
    reached = [recalls[chosen], f1s[chosen]]
    _ring(axes, [alarms[chosen]] * 2, reached, "black", f"chosen threshold: {threshold:g}")
    axes.set(xlabel="false alarms per hour", ylim=(0, 1.02))
    _plain(axes)
    return _png(figure)


def _scale(axes: Axes, values: list[float]) -> None:
    """From 0 to the largest value: evenly up to the smallest above 0, from there by powers of ten."""
    smallest = min(value for value in [*values, 1.0] if value > 0)
    axes.set_xscale("symlog", linthresh=smallest, linscale=0.5)
    axes.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=smallest, subs=[1, 2, 5]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlim(-smallest / 5, max(*values, smallest) * 1.1)


def _figure() -> Figure:
    return Figure(figsize=(7.2, 4), dpi=150, layout="constrained")


def _ring(axes: Axes, x: list[float], y: list[float], color: str, label: str) -> None:
    axes.plot(x, y, "o", color=color, markersize=11, markerfacecolor="none", clip_on=False, zorder=5, label=label)


def _plain(axes: Axes, spare: str = "right") -> None:
    """Takes away the frame, but for the lines that numbers stand at."""
    axes.spines[["top", spare]].set_visible(False)
    axes.grid(axis="y", alpha=0.25 if spare == "right" else 0.0)


def _png(figure: Figure) -> bytes:
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize="small")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
