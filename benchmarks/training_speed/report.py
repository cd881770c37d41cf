"""The page that a run of the training benchmark writes: tables, where another is ahead, and how it was done."""

import statistics
from collections.abc import Callable

from benchmarks.machine import describe
from benchmarks.tables import digits, markdown_table
from benchmarks.timing import IDLE_CPU
from benchmarks.training_speed.race import AGREEMENT, FEWEST, WARM_UP
from benchmarks.training_speed.results import Measurement, Results
from benchmarks.training_speed.turns import KEEP_MEMORY
from benchmarks.training_speed.workloads import ROWS, WORKLOADS, Row

OURS, STOCK = "zoo", "keras"

INTRODUCTION = """\
Training steps a second on one core of a CPU: the zoo, with its fast layers, optimizer and loss, beside Keras and
PyTorch. All train in float32 on the same data.

![Speed relative to Keras](training_speed.png)
"""

RATIO = """\
Steps a second of the zoo divided by those of each other: above 1x the zoo is faster.

"""

LOSS = """\
Of the first step, and the mean over the first {warm_up}. The classes of W1 and W2 and the frequent words of W3 can be
learnt. PyTorch begins with weights of its own.

"""

INPUT = """\
The shipped recipes on their own data, as `zoo train` trains them: the first {batches} batches of a training, made while
nothing else runs on the core, and then trained on.

"""

PRODUCTS = """\
The matrix products of a step by themselves, as numpy's OpenBLAS makes them, one after the other on the same core. They
are in every contender's step, and no layer can do without them: if everything else took no time, the zoo would be
about as many times as fast as Keras as the last column says. (Other libraries make some of them faster, some slower.)

"""

METHOD = """\
## How it was measured

* *zoo*: `zoo.fast.fast(model)` with `zoo.fast.optimizers.fused(optimizer)`, and in W3
  `zoo.fast.losses.NextTokenCrossentropy`: what `zoo train` does on a CPU. *Keras*: the stock model. *Keras jit*:
  the same with `compile(jit_compile=True)`. These three are trained by `fit` on numpy arrays, from the same weights.
* *PyTorch*: layers of `torch.nn` and a loop over slices of tensors; masked texts are packed (`pack_padded_sequence`).
  *PyTorch tuned*: the same with `torch.set_flush_denormal(True)`, `fused=True` in the optimizer, and memory kept from
  step to step: {memory}.
* Each contender is a process of its own with one thread, {pinned}. The five of a row are loaded first. Then
  they train one at a time, while the others wait on a pipe: {warm_up} steps to warm up, and in each of {rounds} rounds
  a turn for everyone, in rotating order: one step that is not counted, and then steps for {seconds:g} s, {fewest} at
  least.
* What counts is from the end of one step to the end of the next: the batch that is cut from the arrays, both passes,
  the update, and reading the loss. What `fit` does between two epochs does not count.
* A round's time is its seconds divided by its steps; steps a second are medians over the rounds. The ratio is taken
  within each round, so that what slows the machine slows both sides; in brackets its 10th and 90th percentile over the
  rounds.
* The first step is from the call of `fit`, or the start of the loop, to the end of step 1: tracing, compiling and
  running. Imports and building the model are not in it. It was measured once.
* The mean losses of the zoo and of Keras over the first {warm_up} steps must agree to {agreement:g}: if they did not,
  there would be no page.
* While they were timed, the processes used {cpu:.2f} CPU seconds a second (median).
"""


def page(results: Results) -> str:
    """The whole page as Markdown."""
    settings = results.about["settings"]
    cpu = statistics.median([one.cpu for one in results.measurements if one.cpu is not None] or [1.0])
    parts = ["# Speed of training\n", describe(results.about) + "\n"]
    if settings["quick"]:
        parts.append("**A quick run: its numbers are for a first look only.**\n")
    if cpu < IDLE_CPU:
        parts.append("**The machine was busy with other things: the ratios tell more than the times.**\n")
    if results.measurements:
        parts += [INTRODUCTION, workloads(results)]
        parts.append(f"## Steps a second\n\n{table(results, _rate)}{reasons(results)}")
        parts.append(f"## How many times as fast the zoo is\n\n{RATIO}{table(results, _ratio, without=OURS)}")
        parts.append(f"## Where another is ahead\n\n{ahead(results)}")
        parts.append(f"## The first step, in seconds\n\n{table(results, _first)}")
        parts.append(f"## Loss\n\n{LOSS.format(warm_up=WARM_UP)}{table(results, _loss)}")
    if results.products:
        parts.append(f"## What the products alone take\n\n{PRODUCTS}{products(results)}")
    if results.inputs:
        parts.append(f"## Input\n\n{inputs(results)}")
    core = settings["core"]
    method = METHOD.format(
        memory=", ".join(f"`{name}={value}`" for name, value in KEEP_MEMORY.items()),
        pinned="on any core" if core is None else f"kept on core {core}",
        warm_up=WARM_UP,
        fewest=FEWEST,
        agreement=AGREEMENT,
        cpu=cpu,
        **settings,
    )
    return "\n".join([*parts, method])


def workloads(results: Results) -> str:
    """What the workloads of this run are."""
    found = {row.workload for row in rows_of(results)}
    return "".join(f"* {one.title}: {one.about}\n" for key, one in WORKLOADS.items() if key in found)


#: What a cell of a table shows of a contender, given all that were timed on the row.
Shown = Callable[[Measurement, dict[str, Measurement]], str]


def table(results: Results, shown: Shown, without: str = "") -> str:
    """A row for each row that was measured, a column for each contender but one; `-` where there is nothing to show."""
    columns = {key: title for key, title in results.contenders.items() if key != without}
    rows = []
    for row in rows_of(results):
        timed = timed_on(results, row)
        rows.append([row.title, *(shown(timed[key], timed) if key in timed else "-" for key in columns)])
    return markdown_table(["", *columns.values()], rows)


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


def reasons(results: Results) -> str:
    """Why contenders have no time; empty if all have one."""
    lines = [
        f"* {Row(one.workload, one.cell).title}: {results.contenders[one.contender]} was not timed: {one.reason}\n"
        for one in results.measurements
        if one.status == "skipped"
    ]
    return "\n" + "".join(lines) if lines else ""


def ahead(results: Results) -> str:
    """A sentence for each row on which the zoo is not the fastest."""
    lines = []
    for row in rows_of(results):
        timed = timed_on(results, row)
        ours = timed.pop(OURS, None)
        if ours is None:
            lines.append(f"* {row.title}: the zoo was not timed.")
            continue
        for key, one in timed.items():
            ratio = ours.times_as_fast_as(one)
            if ratio.median < 1:
                verdict = "is ahead of the zoo" if ratio.high < 1 else "is about level with the zoo"
                lines.append(
                    f"* {row.title}: {results.contenders[key]} {verdict}, with {one.rate:.1f} steps a second to "
                    f"{ours.rate:.1f}: the zoo makes {digits(ratio.median)} of its speed "
                    f"({digits(ratio.low)} to {digits(ratio.high)})."
                )
    return "\n".join(lines or ["Nowhere in this run."]) + "\n"


def products(results: Results) -> str:
    """What the products of a step take of it, and what that leaves to gain."""
    rows = []
    for one in results.products:
        row = Row(one.workload, one.cell)
        timed = timed_on(results, row)
        steps = {key: 1000 / timed[key].rate for key in (OURS, STOCK) if key in timed}
        shares = [f"{steps[key]:.1f}" if key in steps else "-" for key in (OURS, STOCK)]
        most = f"{digits(steps[STOCK] / one.products_ms)}x" if STOCK in steps else "-"
        rows.append([row.title, f"{one.products_ms:.1f}", f"{one.gflops:.0f}", *shares, most])
    return markdown_table(
        ["", "products, ms", "GFlop/s", "step of the zoo, ms", "step of Keras, ms", "about at most"], rows
    )


def inputs(results: Results) -> str:
    """How long a batch takes to make and to train on, in the shipped recipes."""
    timed = [one for one in results.inputs if one.reason is None]
    lines = [f"* {one.recipe} was not timed: {one.reason}\n" for one in results.inputs if one.reason is not None]
    if not timed:
        return "".join(lines)
    rows = [[one.recipe, f"{one.batch_ms:.1f}", f"{one.step_ms:.0f}", f"{100 * one.share:.1f} %"] for one in timed]
    largest = max(one.share for one in timed)
    verdict = "it holds nothing up" if largest < 0.1 else "it slows the training down"
    return (
        INPUT.format(batches=timed[0].batches)
        + markdown_table(["recipe", "to make a batch, ms", "training step, ms", "share of the step"], rows)
        + f"\nOn the one core that also trains, input takes {100 * largest:.1f} % of a step at most: {verdict}.\n"
        + "".join(lines)
    )


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
