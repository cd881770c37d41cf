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
    from zoo.evaluation import Evaluation
    from zoo.rundir import Run
    from zoo.tasks.task import Example


def recipes(rows: Sequence[tuple[Recipe, Manifest | None]]) -> RenderableType:
    """The recipes, each with facts from its exported bundle."""
    table = new_table("recipe", "task", "data", "cell", "parameters>", "held-out", "exported")
    for recipe, manifest in rows:
        facts = recipe_record(recipe, manifest)
        headline = f"{facts['metric']} {measure(facts['score'])}" if facts["score"] is not None else "-"
        table.add_row(
            recipe.name,
            recipe.task,
            facts["data"],
            facts["cell"],
            measure(facts["parameters"]),
            headline,
            "yes" if facts["exported"] else "-",
        )
    return table


def recipe_record(recipe: Recipe, manifest: Manifest | None) -> dict[str, Any]:
    """One recipe; without a manifest, the facts about a trained model are None."""
    metrics = manifest.metrics.get("test", {}) if manifest else {}
    metric = recipe.task_row.headline
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
    """The steps of `zoo check` and their results."""
    table = new_table("step", "result")
    for row in report.rows:
        table.add_row(row.step, row.result)
    return Group(table, Text(f"{name} can be trained and exported.", style="green"))


def finished(run: "Run") -> RenderableType:
    """The paths of a finished run and its report."""
    return Text(f"Trained: {run.path}\nReport: {run.report_path}")


def trained(run: "Run") -> RenderableType:
    """A finished run and its metrics on the test split."""
    table = new_table("on the test split", "Keras>")
    for name, value in _flat(run.metrics.get("test", {})).items():
        table.add_row(name, measure(value))
    return Group(finished(run), table)


def exported(bundle: "Bundle") -> RenderableType:
    """A verified bundle, and the measured or possible gain of int8."""
    runtime = bundle.manifest.runtime
    nodes, int8 = (runtime.nodes, runtime.int8) if runtime else ({}, None)
    return _with_int8(f"{bundle.folder} ({size(bundle.size_bytes)}, {_node_counts(nodes)})", int8)


def compared(bundle: "Bundle") -> RenderableType:
    """The metrics of Keras and of the file on the test split, as measured at export."""
    table = new_table(f"{bundle.manifest.name} on the test split", "keras>", "onnx>")
    parity = bundle.manifest.parity
    for name, pair in (parity.metrics if parity else {}).items():
        table.add_row(name, measure(pair.keras), measure(pair.onnx))
    return table


def converted(path: "Path", model: "onnx.ModelProto") -> RenderableType:
    """A verified ONNX file of the user's own Keras model, and the measured or possible gain of int8."""
    nodes = Counter(node.op_type for node in model.graph.node)
    recorded = next((entry.value for entry in model.metadata_props if entry.key == INT8_KEY), None)
    file = f"{path} ({size(model.ByteSize())}, {_node_counts(nodes)})"
    return _with_int8(file, None if recorded is None else from_plain(Int8Report, json.loads(recorded), INT8_KEY))


def _node_counts(nodes: Mapping[str, int]) -> str:
    """The number of nodes, of native recurrent nodes by kind, and of loops."""
    counts = [f"{nodes[kind]} {kind}" for kind in (*NATIVE, "Loop", "Scan") if kind in nodes]
    return ", ".join([f"{sum(nodes.values())} nodes", *counts])


def _with_int8(file: str, report: Int8Report | None) -> RenderableType:
    """The written file, and a table of the int8 measurements if there are any."""
    if report is None:
        return Text(f"Exported and verified: {file}")
    headline = f"Exported and verified, {report.chosen}: {file}"
    losses = [f"{report.metric}>", "loss>"] if report.metric else ["change>"]
    table = new_table("", "size>", "smaller>", "latency ms>", *losses, "")
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
    return Group(Text(f"{headline}\n"), table)


def reports(evaluations: Sequence["Evaluation"]) -> RenderableType:
    """The metrics of one or more models on the same data, beside those of the naive baseline."""
    first = evaluations[0]
    baseline = _flat(first.baseline)
    columns = [f"{report.backend}>" for report in evaluations]
    table = new_table(f"{first.name} on {first.data}, {first.split}", *columns, *(["naive>"] if baseline else []), "")
    metrics = [_flat(report.metrics) for report in evaluations]
    for name in metrics[0]:
        naive = [measure(baseline.get(name))] if baseline else []
        row = named(METRICS.values(), name)
        words = "" if row is None else f"{row.words}{f', in {row.unit}' if row.unit else ''}"
        table.add_row(name, *(measure(each.get(name)) for each in metrics), *naive, words)
    return table


def report_record(report: "Evaluation") -> dict[str, Any]:
    """One evaluation."""
    return {
        "name": report.name,
        "data": report.data,
        "split": report.split,
        "backend": report.backend,
        "metrics": dict(report.metrics),
        "baseline": dict(report.baseline),
    }


def example(held_out: "Example") -> RenderableType:
    """The exported model's predictions on held-out input, beside the truth."""
    columns = list(held_out.rows[0]) if held_out.rows else []
    table = new_table(*columns)
    for row in held_out.rows:
        table.add_row(*(measure(row[column]) for column in columns))
    return Group(Text(), Text(held_out.title), table)


def _data_name(recipe: Recipe) -> str:
    """The name of the data set, or of the user's own files."""
    data = recipe.data
    return data.source if isinstance(data, FromSource) else ", ".join(data.files)


def _flat(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flattens nested metrics: {"steps": {"f1": 0.8}} becomes {"steps.f1": 0.8}."""
    flat: dict[str, Any] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
