"""The figure of the live benchmark: resident memory against samples."""

import io

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.colors import GREY
from benchmarks.live.results import Results

BLUE = "#0072b2"


def draw(results: Results) -> bytes:
    """A PNG with the memory during the soak test."""
    soak = results.soak
    figure = Figure(figsize=(9, 3.6), layout="constrained", dpi=110)
    axes = figure.subplots()
    axes.plot(*zip(*soak.readings, strict=True), color=BLUE, linewidth=1.5)
    axes.axvline(soak.warm_up, color=GREY, linewidth=1, linestyle="--")
    axes.annotate(
        "warm-up ends", (soak.warm_up, 0), (4, 4), textcoords="offset points", fontsize=9, color=GREY,
        xycoords=("data", "axes fraction"),
    )  # fmt: skip
    axes.set_ylim(0, 1.25 * max(memory for _, memory in soak.readings))
    axes.set_xlim(0, soak.samples)
    axes.set_ylabel("resident memory, MB")
    axes.set_xlabel("samples")
    axes.set_title(f"zoo watch, {results.about['bundle']}: memory over {soak.samples:,} samples", loc="left")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e6:g} M"))
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
