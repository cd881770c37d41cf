"""The model card, for a person who decides whether to use a bundle.

The sections follow Mitchell et al., Model Cards for Model Reporting, 2019 (https://arxiv.org/abs/1810.03993).
Their text is in `templates/card.md`; this module prepares its values. Text that belongs to one task, input kind or
data set is in the row of that task, kind or data set.
"""

import math
from typing import Any, cast

from zoo.core.events import EventRule
from zoo.core.manifest import Manifest, ModelInput, State
from zoo.core.operators import NATIVE
from zoo.core.provenance import DataFacts, Int8Report, Metrics, ParityFacts
from zoo.data.sources import SOURCES
from zoo.exporter.int8.report import DYNAMIC, FLOAT32
from zoo.inputs import INPUTS
from zoo.rendering import render
from zoo.tasks import TASKS


def card(manifest: Manifest) -> str:
    """Renders the card as Markdown."""
    task, output, streaming = TASKS[manifest.task].card, manifest.output, manifest.streaming
    kind, source = INPUTS[manifest.input.kind], SOURCES.get(manifest.data.name if manifest.data else "")
    causal = ", each computed from its own and earlier steps" if streaming else ""
    labels = {"labels": ", ".join(output.labels), "classes": len(output.labels), "causal": causal}
    return render(
        "zoo.bundles",
        "card.md",
        name=manifest.name,
        summary=manifest.summary,
        does=task.does.format(noun=kind.card.noun, along=", live as well" if streaming else ""),
        extra="".join(f"[{package.extra}]" for package in kind.device.needs),
        argument=task.example or kind.card.argument,
        value=task.example or kind.card.value,
        value_comment=kind.card.comment,
        stream=kind.card.stream.format(answer=task.answer),
        model=_model(manifest),
        int8=_int8(manifest.runtime.int8) if manifest.runtime else None,
        data=_data(manifest.data) if manifest.data else [],
        limits=None if source is None else source.limits,
        metrics=_metrics(manifest.metrics),
        input=_input(manifest.input),
        described=render(kind.card.package, "card.md", spec=manifest.input),
        output={
            "name": output.name,
            "dtype": output.dtype,
            "meaning": task.output.format(**labels),
            "window_steps": output.window_steps,
            "thresholds": ", ".join(
                f"{label} {threshold:g}"
                for label, threshold in zip(output.labels, output.thresholds, strict=bool(output.thresholds))
            ),
        },
        states=[_state(state) for state in streaming.states] if streaming else [],
        streams=streaming is not None,
        events=[_event(rule) for rule in manifest.events],
        recipe_sha256=manifest.recipe_sha256,
        model_sha256=manifest.model_sha256,
        made_with=", ".join(f"{name} {version}" for name, version in manifest.made_with.items()),
        **_parity(manifest.parity),
    )


def _model(manifest: Manifest) -> dict[str, Any]:
    runtime, model = manifest.runtime, manifest.model
    facts = {
        "cell": (model.cell or "recurrent").upper(),
        "parameters": None if model.parameters is None else f"{model.parameters:,}",
    }
    if runtime is None:
        return {**facts, "opset": None}
    nodes = ", ".join(f"{count} {op}" for op, count in runtime.nodes.items() if op in NATIVE)
    return {**facts, "opset": runtime.opset, "ir_version": runtime.ir_version, "nodes": nodes}


def _int8(report: Int8Report | None) -> dict[str, Any] | None:
    """The gain and the cost of rounded weights, or the reason to keep float32; None if int8 was not requested."""
    if report is None:
        return None
    rows = {row.candidate: row for row in report.rows}
    plain, row = rows[FLOAT32], rows[report.chosen]
    if row is plain:
        return {"rounded": False, "why": row.why}
    return {
        "rounded": True,
        "ratio": f"{row.ratio:.1f}",
        "loss": "unknown" if row.loss is None else f"{row.loss:.2%}",
        "metric": report.metric,
        "value": _plain(row.metric),
        "latency_ms": _plain(row.latency_ms),
        "float32": {"value": _plain(plain.metric), "latency_ms": _plain(plain.latency_ms)},
        "only_onnxruntime": row.candidate == DYNAMIC,
    }


def _data(data: DataFacts) -> list[tuple[str, str]]:
    """The facts about the data, each as a name and its text."""
    facts = {name: text for name, text in vars(data).items() if text and name != "split"}
    if data.split is not None:
        settings = {key: value for key, value in vars(data.split).items() if value not in (None, ())}
        facts["split"] = ", ".join(f"{key} {_plain(value)}" for key, value in settings.items())
    return list(facts.items())


def _metrics(metrics: Metrics) -> dict[str, Any]:
    """One table with a row per metric and a column per split."""
    names = dict.fromkeys(name for values in metrics.values() for name in values)
    rows = [(name, [_plain(values[name]) if name in values else "" for values in metrics.values()]) for name in names]
    return {"splits": list(metrics), "rows": rows}


def _input(source: ModelInput) -> dict[str, str]:
    return {"name": source.name, "axes": source.layout.replace(",", ", "), "dtype": source.dtype}


def _state(state: State) -> dict[str, str]:
    axes = ", ".join(["batch", *map(str, state.sizes)])
    return {"input": state.input, "output": state.output, "axes": axes, "initial": f"{state.initial:g}"}


def _event(rule: EventRule) -> dict[str, str]:
    return {
        "label": rule.label,
        "threshold": f"{rule.threshold:g}",
        "release": f"{rule.release:g}",
        "min_duration_s": f"{rule.min_duration_s:g}",
        "cooldown_s": f"{rule.cooldown_s:g}",
        "warm_up_s": f"{rule.warm_up_s:g}",
        "merge_s": f"{rule.merge_s:g}" if rule.merge_s else "",
    }


def _parity(parity: ParityFacts | None) -> dict[str, Any]:
    """Three comparisons: file and Keras model, pieces and complete inputs (or None), and the scores of both models."""
    if parity is None:
        return {"parity": None, "pieces": None, "scores": ""}
    pieces = None
    if facts := parity.pieces:
        pieces = {**vars(facts), "largest": f"{facts.largest:.1e}", "allowed": f"{facts.allowed:g}"}
    scores = [f"{name} {_plain(pair.keras, 6)} / {_plain(pair.onnx, 6)}" for name, pair in parity.metrics.items()]
    return {
        "parity": {**vars(parity), "largest": f"{parity.largest_absolute:.1e}"},
        "pieces": pieces,
        "scores": ", ".join(scores),
    }


def _plain(value: object, digits: int = 4) -> str:
    """A value as text: floats with this number of significant digits, tuples on one line."""
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:.{digits}g}" if math.isfinite(value) else "none"
    if isinstance(value, tuple):
        return " ".join(map(str, cast("tuple[object, ...]", value)))
    return str(value)
