"""Recipes, models and results as tables for a person and as JSON values for a program."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.text import Text

from zoo.cli.tabular import new_table
from zoo.core.manifest import INT8_KEY, Manifest
from zoo.core.operators import NATIVE
from zoo.core.plain import from_plain
from zoo.core.provenance import Int8Report
from zoo.core.words import measure, size
from zoo.recipe import Recipe
from zoo.schema.data import FromSource
from zoo.tasks import METRICS
from zoo.tasks.metric import named

if TYPE_CHECKING:
    from pathlib import Path

    import onnx

    from zoo.build import ModelSummary
    from zoo.bundles import Bundle, CheckReport
    from zoo.evaluation import Report
    from zoo.rundir import Run
    from zoo.tasks.task import Example


def recipes(rows: Sequence[tuple[Recipe, Manifest | None]]) -> RenderableType:
    """The recipes, each with what its exported bundle says of itself."""
    table = new_table("recipe", "task", "data", "cell", "parameters>", "held-out", "exported")
    for recipe, manifest in rows:
        known = recipe_record(recipe, manifest)
        headline = f"{known['metric']} {measure(known['score'])}" if known["score"] is not None else "-"
        table.add_row(
            recipe.name,
            recipe.task,
            known["data"],
            known["cell"],
            measure(known["parameters"]),
            headline,
            "yes" if known["exported"] else "-",
        )
    return table


def recipe_record(recipe: Recipe, manifest: Manifest | None) -> dict[str, Any]:
    """One recipe; what only a trained model knows is None without one."""
    metrics = manifest.metrics.get("test", {}) if manifest else {}
    metric = recipe.does.headline
    return {
        "recipe": recipe.name,
        "task": recipe.task,
        "summary": recipe.summary,
        "data": _data_name(recipe),
        "cell": recipe.model.cell,
        "parameters": manifest.model.parameters if manifest else None,
        "metric": metric,
        "score": metrics.get(metric),
        "exported": manifest is not None,
    }


def recipe_text(recipe: Recipe) -> RenderableType:
    """The resolved recipe."""
    return Syntax(recipe.to_yaml().rstrip(), "yaml", background_color="default")


def layers(summary: "ModelSummary") -> RenderableType:
    """A model, layer by layer."""
    table = new_table("layer", "kind", "output shape", "parameters>", "kernel")
    for row in summary.rows:
        table.add_row(row.name, row.kind, row.output_shape, measure(row.parameters), row.kernel)
    return Group(Text(), table, Text(f"{summary.parameters:,} parameters"))


def model_record(recipe: Recipe, summary: "ModelSummary") -> dict[str, Any]:
    """The resolved recipe and the model, layer by layer."""
    return {
        "recipe": recipe.model_dump(mode="json"),
        "digest": recipe.digest,
        "layers": [
            {
                "name": row.name,
                "kind": row.kind,
                "output_shape": row.output_shape,
                "parameters": row.parameters,
                "kernel": row.kernel or None,
            }
            for row in summary.rows
        ],
        "parameters": summary.parameters,
    }


def checked(name: str, report: "CheckReport") -> RenderableType:
    """What `zoo check` has looked at."""
    table = new_table("step", "found")
    for row in report.rows:
        table.add_row(row.step, row.found)
    return Group(table, Text(f"{name} can be trained and exported.", style="green"))


def finished(run: "Run") -> RenderableType:
    """Where a finished run and its report are."""
    return Text(f"Trained: {run.path}\nReport: {run.report_path}")


def trained(run: "Run") -> RenderableType:
    """A finished run and its metrics on the test split."""
    table = new_table("on the test split", "Keras>")
    for name, value in _flat(run.metrics.get("test", {})).items():
        table.add_row(name, measure(value))
    return Group(finished(run), table)


def exported(bundle: "Bundle") -> RenderableType:
    """A verified bundle, and what int8 gained or would have."""
    runtime = bundle.manifest.runtime
    nodes, int8 = (runtime.nodes, runtime.int8) if runtime else ({}, None)
    return _with_int8(f"{bundle.folder} ({size(bundle.size_bytes)}, {_told(nodes)})", int8)


def compared(bundle: "Bundle") -> RenderableType:
    """The metrics on the test split, from Keras and from the file, as they were measured at export."""
    table = new_table(f"{bundle.manifest.name} on the test split", "keras>", "onnx>")
    parity = bundle.manifest.parity
    for name, pair in (parity.metrics if parity else {}).items():
        table.add_row(name, measure(pair.keras), measure(pair.onnx))
    return table


def converted(path: "Path", model: "onnx.ModelProto") -> RenderableType:
    """A verified ONNX file of the user's own Keras model, and what int8 gained or would have."""
    nodes = Counter(node.op_type for node in model.graph.node)
    recorded = next((entry.value for entry in model.metadata_props if entry.key == INT8_KEY), None)
    where = f"{path} ({size(model.ByteSize())}, {_told(nodes)})"
    return _with_int8(where, None if recorded is None else from_plain(Int8Report, json.loads(recorded), INT8_KEY))


def _told(nodes: Mapping[str, int]) -> str:
    """How many nodes there are, and how many of them are native recurrent ones, or loops."""
    named = [f"{nodes[kind]} {kind}" for kind in (*NATIVE, "Loop", "Scan") if kind in nodes]
    return f"{sum(nodes.values())} nodes{', ' if named else ''}{', '.join(named)}"


def _with_int8(where: str, report: Int8Report | None) -> RenderableType:
    """What was written, and the table of the files that were measured, if any were."""
    if report is None:
        return Text(f"Exported and verified: {where}")
    done = f"Exported and verified, {report.chosen}: {where}"
    judged = [f"{report.metric}>", "loss>"] if report.metric else ["change>"]
    table = new_table("", "size>", "smaller>", "latency ms>", *judged, "")
    for row in report.rows:
        table.add_row(
            f"{'>' if row.chosen else ' '} {row.candidate}",
            size(row.size_bytes),
            f"{row.ratio:.2f}x",
            measure(row.latency_ms),
            *([measure(row.metric)] if report.metric else []),
            "-" if row.loss is None else f"{row.loss:.2%}",
            row.why,
        )
    return Group(Text(f"{done}\n"), table)


def reports(found: Sequence["Report"]) -> RenderableType:
    """The same metrics of one or more models on the same data, beside the naive answer's."""
    first = found[0]
    baseline = _flat(first.baseline)
    columns = [f"{report.backend}>" for report in found]
    table = new_table(f"{first.name} on {first.data}, {first.split}", *columns, *(["naive>"] if baseline else []), "")
    metrics = [_flat(report.metrics) for report in found]
    for name in metrics[0]:
        naive = [measure(baseline.get(name))] if baseline else []
        row = named(METRICS.values(), name)
        words = "" if row is None else f"{row.words}{f', in {row.unit}' if row.unit else ''}"
        table.add_row(name, *(measure(each.get(name)) for each in metrics), *naive, words)
    return table


def report_record(report: "Report") -> dict[str, Any]:
    """One evaluation."""
    return {
        "name": report.name,
        "data": report.data,
        "split": report.split,
        "backend": report.backend,
        "metrics": dict(report.metrics),
        "baseline": dict(report.baseline),
    }


def example(shown: "Example") -> RenderableType:
    """What the exported model says of held-out input, beside the truth."""
    columns = list(shown.rows[0]) if shown.rows else []
    table = new_table(*columns)
    for row in shown.rows:
        table.add_row(*(measure(row[column]) for column in columns))
    return Group(Text(), Text(shown.title), table)


def _data_name(recipe: Recipe) -> str:
    """The data set, or the user's own files."""
    data = recipe.data
    return data.source if isinstance(data, FromSource) else ", ".join(data.files)


def _flat(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested metrics as one row each: {"steps": {"f1": .8}} is `steps.f1`."""
    flat: dict[str, Any] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
