"""Findings and measurements on a device, as tables and JSON values. Needs only rich."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from zoo.cli.tabular import new_table
from zoo.core.words import size
from zoo.edge.device.bench import ROUNDS, STARTS, Benchmark, Row
from zoo.edge.device.findings import Finding
from zoo.edge.device.run_checks import milliseconds, problems

_STYLES = {"ok": "green", "warning": "yellow", "problem": "red"}


def examined(findings: Sequence[Finding]) -> RenderableType:
    """The findings and their summary."""
    table = new_table("", "", "")
    table.show_header = False
    for finding in findings:
        text = f"{finding.text} {finding.advice}".rstrip()
        table.add_row(Text(finding.verdict, style=_STYLES[finding.verdict]), finding.check, text)
    return Group(table, _summary(findings))


def _summary(findings: Sequence[Finding]) -> Text:
    count = problems(findings)
    warnings = sum(finding.verdict == "warning" for finding in findings)
    addition = f", {warnings} {'warning' if warnings == 1 else 'warnings'}" if warnings else ""
    if count:
        return Text(f"{count} {'problem' if count == 1 else 'problems'}{addition}.", style="red")
    return Text(f"No problem{addition}.", style="yellow" if warnings else "green")


def measured(benchmark: Benchmark, machine: Mapping[str, Any]) -> RenderableType:
    """The machine, the timings, the costs of the files, and their ratios."""
    several = len(benchmark.costs) > 1
    parts: list[RenderableType] = [Text(_machine(machine)), Text(_input(benchmark)), Text()]
    parts += [_rows(benchmark.rows, several), Text(), _costs(benchmark)]
    if benchmark.compared:
        parts += [Text(), Text(f"Time of {benchmark.costs[1].file} relative to {benchmark.costs[0].file}:")]
        parts.append(_ratios(benchmark))
    parts += [Text(), Text(_method(benchmark))]
    return Group(*parts)


def row_record(row: Row) -> dict[str, Any]:
    """One row as JSON values."""
    rates = {"windows_per_second": row.windows_per_second, "steps_per_second": row.steps_per_second}
    times = {f"{name}_ms": getattr(row.times, name) * 1e3 for name in ("p50", "p95", "p99")}
    what = {name: getattr(row, name) for name in ("file", "what", "threads", "batch", "steps")}
    return {**what, **times, "calls": row.times.calls, **rates}


def _machine(machine: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {machine[name]}" for name in ("python", "numpy", "onnxruntime"))
    cores = f"{machine['cores']} {'core' if machine['cores'] == 1 else 'cores'}"
    return f"{machine['system']}, {machine['processor']}, {cores}; {versions}"


def _input(benchmark: Benchmark) -> str:
    inputs = {cost.input: None for cost in benchmark.costs}
    return f"Input: {'; '.join(inputs)}"


def _rows(rows: Sequence[Row], several: bool) -> RenderableType:
    table = new_table(
        *(["file"] if several else []),
        *("what", "threads>", "batch>", "steps>", "p50>", "p95>", "p99>", "calls per second>", "steps per second>"),
    )
    for row in rows:
        table.add_row(
            *([row.file] if several else []),
            row.what,
            *map(str, (row.threads, row.batch, row.steps)),
            *(milliseconds(seconds) for seconds in (row.times.p50, row.times.p95, row.times.p99)),
            f"{row.times.per_second:,.0f}" if row.times.per_second >= 10 else f"{row.times.per_second:.2g}",
            f"{row.steps_per_second:,.0f}",
        )
    return table


def _costs(benchmark: Benchmark) -> RenderableType:
    table = new_table("file", "size>", "cold start>", "import part>", "load part>", "RAM>")
    for cost in benchmark.costs:
        memory = "-" if cost.loaded_bytes is None else size(cost.loaded_bytes)
        times = (milliseconds(seconds) for seconds in (cost.start_s, cost.import_s, cost.load_s))
        table.add_row(cost.file, size(cost.size_bytes), *times, memory)
    return table


def _ratios(benchmark: Benchmark) -> RenderableType:
    table = new_table("what", "threads>", "batch>", "ratio>", "in 8 of 10 rounds")
    for each in benchmark.compared:
        spread = f"{each.ratio.p10:.2f} to {each.ratio.p90:.2f}"
        table.add_row(each.what, str(each.threads), str(each.batch), f"{each.ratio.median:.2f}", spread)
    return table


def _method(benchmark: Benchmark) -> str:
    """Explains what was timed, and how."""
    kinds = {
        "answer": "answer: from raw input to the prediction",
        "window": "window: the graph alone",
        "sample": "sample: the next sample of a live stream",
        "word": "word: the next word of a text being typed",
    }
    legend = [text for kind, text in kinds.items() if any(row.what == kind for row in benchmark.rows)]
    return (
        f"{'; '.join(legend)}. Each percentile is the median over {ROUNDS} alternating rounds. "
        f"Cold start and memory: a fresh process up to its first answer, median of {STARTS}."
    )
