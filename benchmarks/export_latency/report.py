"""The page that a latency run writes: tables, what was not measured and why, and how it was done."""

import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.export_latency.results import FileFacts, Measurement, Results
from benchmarks.machine import describe
from benchmarks.models import CELLS, VARIANTS, case_title
from benchmarks.tables import digits, markdown_table
from benchmarks.timing import IDLE_CPU

METHOD = """\
## How it was measured

* Two recurrent layers of 64 and a dense softmax over 6 classes, random weights and biases. Plain and bidirectional:
  windows of (128, 9). Masked: `Embedding(5000, 64, mask_zero=True)` before them, 100 tokens, rows padded on the right
  to random lengths of 20 to 100; the only row of batch 1 has 70.
* Before it is timed, every contender's answer is compared with Keras's. One whose probabilities differ by more than
  1e-4 computes something else: it is shown as *wrong* and not timed.
* All but PyTorch in one process, one thread each, float32, a numpy array in, a numpy array out. In each round every
  contender has its turn, in rotating order: one call to warm up and then calls for about {fill_ms:.0f} ms. Times are
  medians over {rounds} rounds of each round's median. The ratio is taken within each round, so that what slows the
  machine slows both sides; in brackets its 10th and 90th percentile over the rounds.
* *ours*: `to_onnx(model, path)`, a file that is right for any mask. *ours, right-padded*: the same with
  `right_padded=True`, for models whose masks are padding on the right. Both, *Keras export*
  (`model.export(path, format="onnx")`) and *tf2onnx* (`from_function`) run in onnxruntime. *LiteRT*: TensorFlow's
  converter, batch and length fixed. *OpenVINO*: on our file, with its free batch and with `Model.reshape` to a fixed
  one. *PyTorch*: layers of `torch.nn` with the same weights, `inference_mode`, packed rows if masked; in a
  process of its own, which times itself.
* While a contender was timed, the process used at most {cpu:.2f} CPU seconds a second.
"""


def page(results: Results) -> str:
    """The whole page as Markdown."""
    settings = results.about["settings"]
    cpu = [one.cpu for one in results.measurements if one.cpu is not None] or [1.0]
    parts = ["# Latency of exported recurrent models\n", describe(results.about) + "\n"]
    if settings["quick"]:
        parts.append("**A quick run: its numbers are for a first look only.**\n")
    if statistics.median(cpu) < IDLE_CPU:
        parts.append("**The machine was busy with other things: the ratios tell more than the times.**\n")
    parts.append(
        "Milliseconds for one inference, and how many times as long as ours that is: above 1x ours is faster.\n\n"
        "![Time relative to ours](export_latency.png)\n"
    )
    for batch in settings["batches"]:
        parts.append(f"## Batch {batch}\n\n{latency_table(results, batch)}")
    parts.append(f"## Where another is faster\n\n{faster(results)}{batching(results)}{masks_in_openvino(results)}")
    parts.append(f"## The files\n\n{file_table(results)}")
    parts.append(METHOD.format(fill_ms=1000 * settings["fill_s"], rounds=settings["rounds"], cpu=max(cpu)))
    return "\n".join(parts)


def latency_table(results: Results, batch: int) -> str:
    """A row for each model, a column for each contender; below it why cells are empty."""
    notes: dict[str, int] = {}
    rows = []
    for cell, variant in models_of(results):
        found = {
            one.contender: one
            for one in results.measurements
            if (one.cell, one.variant, one.batch) == (cell, variant, batch)
        }
        cells = [_latency(found.get(key), notes) for key in results.contenders]
        rows.append([case_title(cell, variant), *cells])
    table = markdown_table(["model", *results.contenders.values()], rows)
    return table + "".join(f"\n{number}. {reason}" for reason, number in notes.items()) + ("\n" if notes else "")


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


def faster(results: Results) -> str:
    """A line for each peer that beat ours in nine rounds of ten or more."""
    lines = [
        f"* {case_title(one.cell, one.variant)}, batch {one.batch}: {results.contenders[one.contender]}, "
        f"{one.ms:.2f} ms, {digits(one.ratio)} of our time"
        for one in results.measurements
        if not one.contender.startswith("ours") and one.high is not None and one.high < 1
    ]
    return "\n".join(lines or ["Nowhere in this run."]) + "\n"


def batching(results: Results) -> str:
    """What a larger batch changes, from this run's numbers; empty if the run has none of them."""
    found = {(one.cell, one.batch, one.contender): one for one in results.measurements if one.variant == "plain"}
    text = ""
    for cell, kind in CELLS.items():
        one, many = found.get((cell, 1, "ours")), found.get((cell, 32, "ours"))
        if one is not None and many is not None and one.ms and many.ms:
            text += f"* {kind.__name__}: {one.ms:.2f} ms for one row, {many.ms / 32:.2f} ms a row in a batch of 32\n"
    if text:
        text = f"\nWhat a larger batch brings our files in onnxruntime:\n\n{text}"
        text += "\nA `Loop` costs its price once a time step for all rows: the larger the batch, the closer it comes.\n"
    loop = found.get(("rnn", 32, "keras"))
    if loop is not None and loop.ratio is not None and loop.ratio < 1:
        text += (
            "With SimpleRNN, whose step is the cheapest, the native node loses to the `Loop` at batch 32 "
            f"({digits(loop.ratio)} of our time). A device that watches one sensor runs batch 1.\n"
        )
    return text


def masks_in_openvino(results: Results) -> str:
    """A warning, if OpenVINO computed something else with a free batch and the right thing with a fixed one."""
    wrong = {one.cell for one in results.measurements if one.contender == "openvino" and one.status == "wrong"}
    right = {one.cell for one in results.measurements if one.contender == "openvino-fixed" and one.status == "timed"}
    if not wrong & right:
        return ""
    return (
        "\nOpenVINO heeds `sequence_lens`, which end masked rows, only where the batch is fixed. Where it is free,\n"
        "rows run on through padding and the result is wrong without a word: call `Model.reshape` before compiling.\n"
    )


def file_table(results: Results) -> str:
    """What each exporter wrote."""
    columns: dict[str, Callable[[FileFacts], Any]] = {
        "kB": lambda facts: f"{facts.bytes / 1000:.0f}" if facts.bytes is not None else None,
        "nodes": lambda facts: facts.nodes,
        "native nodes": lambda facts: facts.native,
        "loops": lambda facts: facts.loops,
        "export, s": lambda facts: f"{facts.export_s:.2f}" if facts.export_s is not None else None,
        "in OpenVINO": lambda facts: facts.openvino or (f"no file: {facts.reason}" if facts.reason else None),
    }
    rows = []
    for facts in results.files:
        fixed = "" if facts.batch is None else f", batch {facts.batch}"
        name = results.contenders.get(facts.exporter, facts.exporter) + fixed
        values = [value(facts) for value in columns.values()]
        rows.append(
            [case_title(facts.cell, facts.variant), name, *("-" if value is None else str(value) for value in values)]
        )
    note = "\nNodes count those inside of loops too. The first export of a run also loads what the exporter needs.\n"
    return markdown_table(["model", "written by", *columns], rows) + note


def models_of(results: Results) -> list[tuple[str, str]]:
    """Cell and variant of the models that were measured, in the order of the tables."""
    measured = {(one.cell, one.variant) for one in results.measurements}
    return [(cell, variant) for cell in CELLS for variant in VARIANTS if (cell, variant) in measured]
