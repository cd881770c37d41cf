"""docs/measured/export_latency.md: tables, reasons for missing times, and the method.

Template: `benchmarks/templates/export_latency.md`.
"""

import statistics
from typing import Any

from benchmarks.export_latency.results import FileFacts, Measurement, Results
from benchmarks.models import CELLS, VARIANTS, case_title
from benchmarks.tables import digits
from benchmarks.timing import IDLE_CPU
from zoo.rendering import render


def page(results: Results) -> str:
    """The page as Markdown."""
    settings = results.about["settings"]
    cpu = [time.cpu for time in results.measurements if time.cpu is not None] or [1.0]
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
        openvino_runs_on=_openvino_ignores_lengths(results),
        files=[_file(results, facts) for facts in results.files],
        fill_ms=f"{1000 * settings['fill_s']:.0f}",
        cpu=f"{max(cpu):.2f}",
    )


def _batch(results: Results, batch: int) -> dict[str, Any]:
    """A row for each model with a cell for each contender; and the numbered reasons of cells without a time."""
    notes: dict[str, int] = {}
    rows = []
    for cell, variant in models_of(results):
        times = {
            time.contender: time
            for time in results.measurements
            if (time.cell, time.variant, time.batch) == (cell, variant, batch)
        }
        rows.append([case_title(cell, variant), *(_latency(times.get(key), notes) for key in results.contenders)])
    return {"size": batch, "rows": rows, "reasons": list(notes)}


def _latency(time: Measurement | None, notes: dict[str, int]) -> str:
    """A cell of the table; a new reason gets the next number in `notes`."""
    if time is None:
        return "-"
    if time.status != "timed":
        reason = str(time.reason)
        number = notes.setdefault(reason, len(notes) + 1)
        return f"{time.status} ({number})"
    text = f"{time.ms:.2f} ms"
    if time.contender == "ours" or time.ratio is None:
        return text
    return f"{text}, **{digits(time.ratio)}x** ({digits(time.low)} to {digits(time.high)})"


def _faster(results: Results) -> list[dict[str, Any]]:
    """The contenders that are faster than ours in at least nine of ten rounds."""
    return [
        {
            "model": case_title(time.cell, time.variant),
            "batch": time.batch,
            "contender": results.contenders[time.contender],
            "ms": f"{time.ms:.2f}",
            "ratio": digits(time.ratio),
        }
        for time in results.measurements
        if not time.contender.startswith("ours") and time.high is not None and time.high < 1
    ]


def _batching(results: Results) -> list[dict[str, str]]:
    """Milliseconds per row alone and in a batch of 32, for the cells that have both."""
    ours = {
        (time.cell, time.batch): time.ms
        for time in results.measurements
        if (time.variant, time.contender) == ("plain", "ours")
    }
    rows = []
    for cell, kind in CELLS.items():
        alone, many = ours.get((cell, 1)), ours.get((cell, 32))
        if alone and many:
            rows.append({"cell": kind.__name__, "alone_ms": f"{alone:.2f}", "row_ms": f"{many / 32:.2f}"})
    return rows


def _loop_ratio(results: Results) -> str | None:
    """The ratio of Keras's `Loop` to our time for a batch of SimpleRNN, if the `Loop` is faster."""
    for time in results.measurements:
        if (time.cell, time.variant, time.batch, time.contender) == ("rnn", "plain", 32, "keras"):
            return digits(time.ratio) if time.ratio is not None and time.ratio < 1 else None
    return None


def _openvino_ignores_lengths(results: Results) -> bool:
    """Whether OpenVINO's output was wrong with a free batch size and correct with a fixed one."""
    wrong = {time.cell for time in results.measurements if time.contender == "openvino" and time.status == "wrong"}
    right = {time.cell for time in results.measurements if (time.contender, time.status) == ("openvino-fixed", "timed")}
    return bool(wrong & right)


def _file(results: Results, facts: FileFacts) -> list[str]:
    """The row of a file that an exporter wrote, or failed to write."""
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
    measured = {(time.cell, time.variant) for time in results.measurements}
    return [(cell, variant) for cell in CELLS for variant in VARIANTS if (cell, variant) in measured]
