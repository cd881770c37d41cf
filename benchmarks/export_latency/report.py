"""docs/measured/export_latency.md: tables, what was not measured and why, and how it was done.

Its text is `benchmarks/templates/export_latency.md`.
"""

import statistics
from typing import Any

from benchmarks.export_latency.results import FileFacts, Measurement, Results
from benchmarks.models import CELLS, VARIANTS, case_title
from benchmarks.tables import digits
from benchmarks.timing import IDLE_CPU
from zoo.rendering import render


def page(results: Results) -> str:
    """The whole page as Markdown."""
    settings = results.about["settings"]
    cpu = [one.cpu for one in results.measurements if one.cpu is not None] or [1.0]
    return render(
        "benchmarks",
        "export_latency.md",
        about=results.about,
        busy=statistics.median(cpu) < IDLE_CPU,
        contenders=list(results.contenders.values()),
        batches=[_batch(results, batch) for batch in settings["batches"]],
        faster=_faster(results),
        batching=_batching(results),
        loop_ratio=_loop_ratio(results),
        openvino_runs_on=_runs_on_in_openvino(results),
        files=[_file(results, facts) for facts in results.files],
        fill_ms=f"{1000 * settings['fill_s']:.0f}",
        cpu=f"{max(cpu):.2f}",
    )


def _batch(results: Results, batch: int) -> dict[str, Any]:
    """A row for each model, a cell for each contender; and why cells have no time, in the order of their numbers."""
    notes: dict[str, int] = {}
    rows = []
    for cell, variant in models_of(results):
        found = {
            one.contender: one
            for one in results.measurements
            if (one.cell, one.variant, one.batch) == (cell, variant, batch)
        }
        rows.append([case_title(cell, variant), *(_latency(found.get(key), notes) for key in results.contenders)])
    return {"size": batch, "rows": rows, "reasons": list(notes)}


def _latency(one: Measurement | None, notes: dict[str, int]) -> str:
    """A cell of the table; a reason that is new gets the next number in `notes`."""
    if one is None:
        return "-"
    if one.status != "timed":
        reason = str(one.reason)
        number = notes.setdefault(reason, len(notes) + 1)
        return f"{one.status} ({number})"
    time = f"{one.ms:.2f} ms"
    if one.contender == "ours" or one.ratio is None:
        return time
    return f"{time}, **{digits(one.ratio)}x** ({digits(one.low)} to {digits(one.high)})"


def _faster(results: Results) -> list[dict[str, Any]]:
    """The peers that beat ours in nine rounds of ten or more."""
    return [
        {
            "model": case_title(one.cell, one.variant),
            "batch": one.batch,
            "contender": results.contenders[one.contender],
            "ms": f"{one.ms:.2f}",
            "ratio": digits(one.ratio),
        }
        for one in results.measurements
        if not one.contender.startswith("ours") and one.high is not None and one.high < 1
    ]


def _batching(results: Results) -> list[dict[str, str]]:
    """Milliseconds of a row alone and in a batch of 32, of the cells that have both."""
    ours = {
        (one.cell, one.batch): one.ms
        for one in results.measurements
        if (one.variant, one.contender) == ("plain", "ours")
    }
    rows = []
    for cell, kind in CELLS.items():
        alone, many = ours.get((cell, 1)), ours.get((cell, 32))
        if alone and many:
            rows.append({"cell": kind.__name__, "alone_ms": f"{alone:.2f}", "row_ms": f"{many / 32:.2f}"})
    return rows


def _loop_ratio(results: Results) -> str | None:
    """The part of our time that Keras's `Loop` takes for a batch of SimpleRNN, if it is the faster one."""
    for one in results.measurements:
        if (one.cell, one.variant, one.batch, one.contender) == ("rnn", "plain", 32, "keras"):
            return digits(one.ratio) if one.ratio is not None and one.ratio < 1 else None
    return None


def _runs_on_in_openvino(results: Results) -> bool:
    """Whether OpenVINO computed something else with a free batch and the right thing with a fixed one."""
    wrong = {one.cell for one in results.measurements if one.contender == "openvino" and one.status == "wrong"}
    right = {one.cell for one in results.measurements if one.contender == "openvino-fixed" and one.status == "timed"}
    return bool(wrong & right)


def _file(results: Results, facts: FileFacts) -> list[str]:
    """What an exporter wrote."""
    fixed = "" if facts.batch is None else f", batch {facts.batch}"
    values = [
        None if facts.bytes is None else f"{facts.bytes / 1000:.0f}",
        facts.nodes,
        facts.native,
        facts.loops,
        None if facts.export_s is None else f"{facts.export_s:.2f}",
        facts.openvino or (f"no file: {facts.reason}" if facts.reason else None),
    ]
    return [
        case_title(facts.cell, facts.variant),
        results.contenders.get(facts.exporter, facts.exporter) + fixed,
        *("-" if value is None else str(value) for value in values),
    ]


def models_of(results: Results) -> list[tuple[str, str]]:
    """Cell and variant of the models that were measured, in the order of the tables."""
    measured = {(one.cell, one.variant) for one in results.measurements}
    return [(cell, variant) for cell in CELLS for variant in VARIANTS if (cell, variant) in measured]
