"""What was found and measured on a device, as tables and JSON values. It needs rich alone."""

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


def examined(found: Sequence[Finding]) -> RenderableType:
    """The findings, and what they come to."""
    shown = new_table("", "", "")
    shown.show_header = False
    for finding in found:
        told = f"{finding.text} {finding.advice}".rstrip()
        shown.add_row(Text(finding.verdict, style=_STYLES[finding.verdict]), finding.check, told)
    return Group(shown, _sum(found))


def _sum(found: Sequence[Finding]) -> Text:
    count = problems(found)
    warnings = sum(finding.verdict == "warning" for finding in found)
    beside = f", {warnings} {'warning' if warnings == 1 else 'warnings'}" if warnings else ""
    if count:
        return Text(f"{count} {'problem' if count == 1 else 'problems'}{beside}.", style="red")
    return Text(f"No problem{beside}.", style="yellow" if warnings else "green")


def measured(found: Benchmark, machine: Mapping[str, Any]) -> RenderableType:
    """The machine, what was timed, what the files cost, and how they compare."""
    several = len(found.costs) > 1
    parts: list[RenderableType] = [Text(_machine(machine)), Text(_input(found)), Text()]
    parts += [_rows(found.rows, several), Text(), _costs(found)]
    if found.compared:
        parts += [Text(), Text(f"{found.costs[1].file} takes so many times as long as {found.costs[0].file}:")]
        parts.append(_ratios(found))
    parts += [Text(), Text(_method(found))]
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


def _input(found: Benchmark) -> str:
    given = {cost.given: None for cost in found.costs}
    return f"Input: {'; '.join(given)}"


def _rows(rows: Sequence[Row], several: bool) -> RenderableType:
    shown = new_table(
        *(["file"] if several else []),
        *("what", "threads>", "batch>", "steps>", "p50>", "p95>", "p99>", "calls a second>", "steps a second>"),
    )
    for row in rows:
        shown.add_row(
            *([row.file] if several else []),
            row.what,
            *map(str, (row.threads, row.batch, row.steps)),
            *(milliseconds(seconds) for seconds in (row.times.p50, row.times.p95, row.times.p99)),
            f"{row.times.per_second:,.0f}" if row.times.per_second >= 10 else f"{row.times.per_second:.2g}",
            f"{row.steps_per_second:,.0f}",
        )
    return shown


def _costs(found: Benchmark) -> RenderableType:
    shown = new_table("file", "size>", "cold start>", "of it import>", "of it load>", "in RAM>")
    for cost in found.costs:
        memory = "-" if cost.loaded_bytes is None else size(cost.loaded_bytes)
        times = (milliseconds(seconds) for seconds in (cost.start_s, cost.import_s, cost.load_s))
        shown.add_row(cost.file, size(cost.size_bytes), *times, memory)
    return shown


def _ratios(found: Benchmark) -> RenderableType:
    shown = new_table("what", "threads>", "batch>", "times as long>", "in 8 of 10 rounds")
    for each in found.compared:
        spread = f"{each.ratio.p10:.2f} to {each.ratio.p90:.2f}"
        shown.add_row(each.what, str(each.threads), str(each.batch), f"{each.ratio.median:.2f}", spread)
    return shown


def _method(found: Benchmark) -> str:
    """How the numbers came about."""
    kinds = {
        "answer": "answer: from raw input to the prediction",
        "window": "window: the graph alone",
        "sample": "sample: the next sample of a live stream",
        "word": "word: the next word of a text that is typed",
    }
    told = [text for kind, text in kinds.items() if any(row.what == kind for row in found.rows)]
    return (
        f"{'; '.join(told)}. Percentiles of a round, each the median of {ROUNDS} rounds in turns. "
        f"Cold start and memory: a fresh process to its first answer, the median of {STARTS}."
    )
