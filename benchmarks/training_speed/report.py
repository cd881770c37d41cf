"""docs/measured/training_speed.md: tables, rows on which others are faster, and the method.

Template: `benchmarks/templates/training_speed.md`.
"""

import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.tables import digits
from benchmarks.timing import IDLE_CPU
from benchmarks.training_speed.race import AGREEMENT, FEWEST, WARM_UP
from benchmarks.training_speed.results import Measurement, Results
from benchmarks.training_speed.turns import KEEP_MEMORY
from benchmarks.training_speed.workloads import ROWS, WORKLOADS, Row
from zoo.rendering import render

OURS, STOCK = "zoo", "keras"


def page(results: Results) -> str:
    """The page as Markdown."""
    cpu = statistics.median([time.cpu for time in results.measurements if time.cpu is not None] or [1.0])
    measured = {row.workload for row in rows_of(results)}
    return render(
        "benchmarks",
        "training_speed.md",
        about=results.about,
        cpu=f"{cpu:.2f}",
        busy=cpu < IDLE_CPU,
        workloads=[workload for key, workload in WORKLOADS.items() if key in measured],
        contenders=list(results.contenders.values()),
        others=[title for key, title in results.contenders.items() if key != OURS],
        rates=_table(results, _rate),
        ratios=_table(results, _ratio, without=OURS),
        first_steps=_table(results, _first_step),
        losses=_table(results, _loss),
        untimed=_untimed(results),
        behind=_behind(results),
        products=_products(results),
        inputs=_inputs(results),
        keep_memory=KEEP_MEMORY,
        warm_up=WARM_UP,
        fewest=FEWEST,
        agreement=AGREEMENT,
    )


#: The text of a table's cell for a contender; the second argument has all contenders that were timed on the row.
CellText = Callable[[Measurement, dict[str, Measurement]], str]


def _table(results: Results, cell_text: CellText, without: str = "") -> list[list[str]]:
    """A row for each measured row, and a column for each contender but one; `-` if there is no time."""
    columns = [key for key in results.contenders if key != without]
    rows = []
    for row in rows_of(results):
        timed = timed_on(results, row)
        rows.append([row.title, *(cell_text(timed[key], timed) if key in timed else "-" for key in columns)])
    return rows


def _rate(time: Measurement, timed: dict[str, Measurement]) -> str:
    best = max(timed.values(), key=lambda other: other.rate)
    return f"**{time.rate:.1f}**" if time is best else f"{time.rate:.1f}"


def _ratio(time: Measurement, timed: dict[str, Measurement]) -> str:
    if OURS not in timed:
        return "-"
    ratio = timed[OURS].times_as_fast_as(time)
    return f"**{digits(ratio.median)}x** ({digits(ratio.low)} to {digits(ratio.high)})"


def _first_step(time: Measurement, timed: dict[str, Measurement]) -> str:
    return f"{time.first_s:.2f}"


def _loss(time: Measurement, timed: dict[str, Measurement]) -> str:
    return f"{time.first_loss:.4f}, {time.loss:.4f}"


def _untimed(results: Results) -> list[dict[str, Any]]:
    """The contenders without a time, and why."""
    return [
        {
            "row": Row(measurement.workload, measurement.cell).title,
            "contender": results.contenders[measurement.contender],
            "reason": measurement.reason,
        }
        for measurement in results.measurements
        if measurement.status == "skipped"
    ]


def _behind(results: Results) -> list[dict[str, Any]]:
    """The contenders that are faster than the zoo, row by row; `other` is None if the zoo has no time."""
    entries: list[dict[str, Any]] = []
    for row in rows_of(results):
        timed = timed_on(results, row)
        ours = timed.pop(OURS, None)
        if ours is None:
            entries.append({"row": row.title, "other": None})
            continue
        for key, time in timed.items():
            ratio = ours.times_as_fast_as(time)
            if ratio.median < 1:
                entries.append(
                    {
                        "row": row.title,
                        "other": results.contenders[key],
                        "clearly": ratio.high < 1,
                        "other_rate": f"{time.rate:.1f}",
                        "zoo_rate": f"{ours.rate:.1f}",
                        "ratio": digits(ratio.median),
                        "low": digits(ratio.low),
                        "high": digits(ratio.high),
                    }
                )
    return entries


def _products(results: Results) -> list[list[str]]:
    """The times of a step's products and of complete steps, and the largest possible gain."""
    rows = []
    for time in results.products:
        row = Row(time.workload, time.cell)
        timed = timed_on(results, row)
        steps = {key: 1000 / timed[key].rate for key in (OURS, STOCK) if key in timed}
        step_cells = [f"{steps[key]:.1f}" if key in steps else "-" for key in (OURS, STOCK)]
        limit = f"{digits(steps[STOCK] / time.products_ms)}x" if STOCK in steps else "-"
        rows.append([row.title, f"{time.products_ms:.1f}", f"{time.gflops:.0f}", *step_cells, limit])
    return rows


def _inputs(results: Results) -> dict[str, Any]:
    """The times to prepare a batch and to train on it, for the shipped recipes."""
    timed = [times for times in results.inputs if times.reason is None]
    largest = max((times.share for times in timed), default=0.0)
    return {
        "rows": [
            [times.recipe, f"{times.batch_ms:.1f}", f"{times.step_ms:.0f}", f"{100 * times.share:.1f} %"]
            for times in timed
        ],
        "untimed": [times for times in results.inputs if times.reason is not None],
        "batches": timed[0].batches if timed else 0,
        "largest": f"{100 * largest:.1f}",
        "slows": largest >= 0.1,
    }


def rows_of(results: Results) -> list[Row]:
    """The rows that were measured, in the order of the tables."""
    measured = {(time.workload, time.cell) for time in results.measurements}
    return [row for row in ROWS if (row.workload, row.cell) in measured]


def timed_on(results: Results, row: Row) -> dict[str, Measurement]:
    """The contenders that have a time on a row, by key."""
    return {
        time.contender: time
        for time in results.measurements
        if (time.workload, time.cell) == (row.workload, row.cell) and time.status == "timed"
    }
