"""docs/measured/training_speed.md: tables, where another is ahead, and how it was done.

Its text is `benchmarks/templates/training_speed.md`.
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
    """The whole page as Markdown."""
    cpu = statistics.median([one.cpu for one in results.measurements if one.cpu is not None] or [1.0])
    measured = {row.workload for row in rows_of(results)}
    return render(
        "benchmarks",
        "training_speed.md",
        about=results.about,
        cpu=f"{cpu:.2f}",
        busy=cpu < IDLE_CPU,
        workloads=[one for key, one in WORKLOADS.items() if key in measured],
        contenders=list(results.contenders.values()),
        others=[title for key, title in results.contenders.items() if key != OURS],
        rates=_table(results, _rate),
        ratios=_table(results, _ratio, without=OURS),
        first_steps=_table(results, _first),
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


#: What a cell of a table shows of a contender, given all that were timed on the row.
Shown = Callable[[Measurement, dict[str, Measurement]], str]


def _table(results: Results, shown: Shown, without: str = "") -> list[list[str]]:
    """A row for each row that was measured, a column for each contender but one; `-` where there is nothing to show."""
    columns = [key for key in results.contenders if key != without]
    rows = []
    for row in rows_of(results):
        timed = timed_on(results, row)
        rows.append([row.title, *(shown(timed[key], timed) if key in timed else "-" for key in columns)])
    return rows


def _rate(one: Measurement, timed: dict[str, Measurement]) -> str:
    best = max(timed.values(), key=lambda other: other.rate)
    return f"**{one.rate:.1f}**" if one is best else f"{one.rate:.1f}"


def _ratio(one: Measurement, timed: dict[str, Measurement]) -> str:
    if OURS not in timed:
        return "-"
    ratio = timed[OURS].times_as_fast_as(one)
    return f"**{digits(ratio.median)}x** ({digits(ratio.low)} to {digits(ratio.high)})"


def _first(one: Measurement, timed: dict[str, Measurement]) -> str:
    return f"{one.first_s:.2f}"


def _loss(one: Measurement, timed: dict[str, Measurement]) -> str:
    return f"{one.first_loss:.4f}, {one.loss:.4f}"


def _untimed(results: Results) -> list[dict[str, Any]]:
    """Why contenders have no time."""
    return [
        {
            "row": Row(one.workload, one.cell).title,
            "contender": results.contenders[one.contender],
            "reason": one.reason,
        }
        for one in results.measurements
        if one.status == "skipped"
    ]


def _behind(results: Results) -> list[dict[str, Any]]:
    """Who is faster than the zoo, row by row; `other` is None where the zoo has no time."""
    found: list[dict[str, Any]] = []
    for row in rows_of(results):
        timed = timed_on(results, row)
        ours = timed.pop(OURS, None)
        if ours is None:
            found.append({"row": row.title, "other": None})
            continue
        for key, one in timed.items():
            ratio = ours.times_as_fast_as(one)
            if ratio.median < 1:
                found.append(
                    {
                        "row": row.title,
                        "other": results.contenders[key],
                        "clearly": ratio.high < 1,
                        "other_rate": f"{one.rate:.1f}",
                        "zoo_rate": f"{ours.rate:.1f}",
                        "ratio": digits(ratio.median),
                        "low": digits(ratio.low),
                        "high": digits(ratio.high),
                    }
                )
    return found


def _products(results: Results) -> list[list[str]]:
    """What the products of a step take of it, and what that leaves to gain."""
    rows = []
    for one in results.products:
        row = Row(one.workload, one.cell)
        timed = timed_on(results, row)
        steps = {key: 1000 / timed[key].rate for key in (OURS, STOCK) if key in timed}
        shares = [f"{steps[key]:.1f}" if key in steps else "-" for key in (OURS, STOCK)]
        most = f"{digits(steps[STOCK] / one.products_ms)}x" if STOCK in steps else "-"
        rows.append([row.title, f"{one.products_ms:.1f}", f"{one.gflops:.0f}", *shares, most])
    return rows


def _inputs(results: Results) -> dict[str, Any]:
    """How long a batch takes to make and to train on, in the shipped recipes."""
    timed = [one for one in results.inputs if one.reason is None]
    largest = max((one.share for one in timed), default=0.0)
    return {
        "rows": [
            [one.recipe, f"{one.batch_ms:.1f}", f"{one.step_ms:.0f}", f"{100 * one.share:.1f} %"] for one in timed
        ],
        "untimed": [one for one in results.inputs if one.reason is not None],
        "batches": timed[0].batches if timed else 0,
        "largest": f"{100 * largest:.1f}",
        "slows": largest >= 0.1,
    }


def rows_of(results: Results) -> list[Row]:
    """The rows that were measured, in the order of the tables."""
    measured = {(one.workload, one.cell) for one in results.measurements}
    return [row for row in ROWS if (row.workload, row.cell) in measured]


def timed_on(results: Results, row: Row) -> dict[str, Measurement]:
    """The contenders that have a time on a row, by key."""
    return {
        one.contender: one
        for one in results.measurements
        if (one.workload, one.cell) == (row.workload, row.cell) and one.status == "timed"
    }
