"""The model card: what a bundle is, for a person who decides whether to use it.

The sections follow Mitchell et al., Model Cards for Model Reporting, 2019 (https://arxiv.org/abs/1810.03993).
Their text is `templates/card.md`. This module prepares the values that it names; what belongs to one task,
one input kind or one data set is in its row.
"""

import math
from collections.abc import Mapping
from typing import Any

from zoo.core.events import EventRule
from zoo.core.manifest import Manifest, RecordingInput, State, TextInput
from zoo.core.operators import NATIVE
from zoo.data.sources import SOURCES
from zoo.exporter.int8.report import DYNAMIC, FLOAT32
from zoo.inputs import INPUTS
from zoo.rendering import render
from zoo.tasks import TASKS


def card(manifest: Manifest) -> str:
    """The card as Markdown."""
    task, output, streaming = TASKS[manifest.task].card, manifest.output, manifest.streaming
    kind, source = INPUTS[manifest.input.kind], SOURCES.get(str(manifest.data.get("name", "")))
    labels = {"labels": ", ".join(output.labels), "classes": len(output.labels)}
    return render(
        "zoo.bundles",
        "card.md",
        name=manifest.name,
        summary=manifest.summary,
        does=task.does.format(noun=kind.card.noun),
        extra="".join(f"[{package.extra}]" for package in kind.device.needs),
        argument=task.example or kind.card.argument,
        value=task.example or kind.card.value,
        value_comment=kind.card.comment,
        stream=kind.card.stream.format(answer=task.answer),
        model=_model(manifest),
        int8=_int8(manifest.runtime),
        data=[(fact, _plain(value)) for fact, value in manifest.data.items() if value],
        limits=None if source is None else source.limits,
        metrics=_metrics(manifest.metrics),
        input=_input(manifest.input),
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
        event=_event(manifest.events) if manifest.events else None,
        recipe_sha256=manifest.recipe_sha256,
        model_sha256=manifest.model_sha256,
        made_with=", ".join(f"{name} {version}" for name, version in manifest.made_with.items()),
        **_parity(manifest.parity),
    )


def _model(manifest: Manifest) -> dict[str, Any]:
    nodes = manifest.runtime["nodes"].items()
    return {
        "cell": str(manifest.model.get("cell", "recurrent")).upper(),
        "parameters": f"{manifest.model['parameters']:,}",
        "opset": manifest.runtime["opset"],
        "ir_version": manifest.runtime["ir_version"],
        "nodes": ", ".join(f"{count} {op}" for op, count in nodes if op in NATIVE),
    }


def _int8(runtime: Mapping[str, Any]) -> dict[str, Any] | None:
    """What rounding the weights gained and cost, or why it was not done; None if nobody asked for it."""
    report = runtime.get("int8")
    if report is None:
        return None
    rows = {row["candidate"]: row for row in report["rows"]}
    plain, row = rows[FLOAT32], rows[report["chosen"]]
    if row is plain:
        return {"rounded": False, "why": row["why"]}
    return {
        "rounded": True,
        "ratio": f"{row['ratio']:.1f}",
        "loss": "unknown" if row["loss"] is None else f"{row['loss']:.2%}",
        "metric": report["metric"],
        "value": _plain(row["metric"]),
        "latency_ms": _plain(row["latency_ms"]),
        "float32": {"value": _plain(plain["metric"]), "latency_ms": _plain(plain["latency_ms"])},
        "only_onnxruntime": row["candidate"] == DYNAMIC,
    }


def _metrics(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """One table, a row a metric and a column a split."""
    splits = {split: values for split, values in metrics.items() if isinstance(values, Mapping)}
    names = dict.fromkeys(name for values in splits.values() for name in values)
    rows = [(name, [_plain(values.get(name, "")) for values in splits.values()]) for name in names]
    return {"splits": list(splits), "rows": rows}


def _input(source: RecordingInput | TextInput) -> dict[str, Any]:
    said = {"kind": source.kind, "name": source.name, "axes": source.layout.replace(",", ", "), "dtype": source.dtype}
    if isinstance(source, TextInput):
        return {**said, "vocabulary": source.vocabulary, "max_tokens": source.max_tokens, "pad_id": source.pad_id}
    return {
        **said,
        "features": ", ".join(f"{feature.name} ({feature.unit or 'no unit'})" for feature in source.features),
        "sample_rate_hz": f"{source.sample_rate_hz:g}",
        "holds": source.fill == "hold",
        "max_gap_s": f"{source.max_gap_s:g}",
        "gaps": source.gaps,
    }


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


def _parity(parity: Mapping[str, Any]) -> dict[str, Any]:
    """The comparison with the Keras model, that of pieces with the whole (or None), and the scores of both files."""
    if pieces := parity.get("pieces"):
        pieces = {**pieces, "largest": f"{pieces['largest']:.1e}", "allowed": f"{pieces['allowed']:g}"}
    scores = [f"{name} {pair['keras']:.6g} / {pair['onnx']:.6g}" for name, pair in parity["metrics"].items()]
    return {
        "parity": {**parity, "largest": f"{parity['largest_absolute']:.1e}"},
        "pieces": pieces,
        "scores": ", ".join(scores),
    }


def _plain(value: Any) -> str:
    """Numbers with four digits, lists and tables in one line."""
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    return str(value)
