"""The model card: what a bundle is, for a person who decides whether to use it.

The sections follow Mitchell et al., Model Cards for Model Reporting, 2019 (https://arxiv.org/abs/1810.03993).
Their text is `templates/card.md`. This module prepares the values that it names, and holds the texts that belong to one
task or one data set.
"""

import math
from dataclasses import dataclass
from typing import Any, cast

from zoo.core.events import EventRule
from zoo.core.manifest import Manifest, RecordingInput, State, TextInput
from zoo.core.provenance import DataFacts, Int8Report, Metrics, ParityFacts
from zoo.exporter.int8.report import DYNAMIC, FLOAT32
from zoo.rendering import render


@dataclass(frozen=True)
class TaskText:
    """What a card says of a task and its input.

    Attributes:
        does: what the model reads and what it gives, as a sentence.
        output: shape and meaning of the output; `{labels}` and `{classes}` stand for its labels and their number.
        argument: what `zoo predict` is given.
        value: what `predict` is given in Python.
        stream: lines of Python that feed live input.
        value_comment: behind the line with `value`.
        extra: of the package, in brackets.
    """

    does: str
    output: str
    argument: str
    value: str
    stream: str
    value_comment: str = ""
    extra: str = ""


TYPED = """\
stream = model.stream()  # a text as it is typed: each word is one step
print(stream.push("thank"))"""

SAMPLED = """\
stream = model.stream()  # live: keeps the state from sample to sample
for sample in sensor:  # (features,) each
    for event in stream.push(sample):
        print(event)"""

TASKS: dict[str, TaskText] = {
    "next-word": TaskText(
        does="It reads the beginning of an English text and proposes the next word.",
        output="(batch, time, vocabulary) probabilities of the word after each token",
        argument='"thank you very"',
        value='"thank you very"',
        stream=TYPED,
        extra="[text]",
    ),
    "classification": TaskText(
        does="It reads a text and says which of its labels the text's opinion bears.",
        output="(batch, {classes}) probabilities of {labels}",
        argument='"what a waste of two hours"',
        value='"what a waste of two hours"',
        stream=TYPED,
        extra="[text]",
    ),
    "event-detection": TaskText(
        does="It reads a sensor recording and says at what times the event happened, as it goes along.",
        output="(batch, time, 1) scores from 0 to 1, each from the steps up to it",
        argument="recording.csv",
        value="values",
        stream=SAMPLED,
        value_comment="  # values: (time, features) float32",
    ),
}

#: What people must know of a data set before they trust a model trained on it.
LIMITS = {
    "hapt": (
        "The people in the data are 30 young volunteers (19-48 years) who followed a script in a laboratory with a "
        "phone at the waist. They are not patients, and nobody was asleep. How it does with old or ill people, in a "
        "real bed or with another device was not measured. It is no medical device: do not rely on it to keep a "
        "person safe."
    ),
    "rfid": (
        "The people in the data are 14 healthy people of 66 to 86 years who followed a script in two rooms, with a "
        "batteryless tag at the breastbone that is read where one of the room's antennas reaches it. The data do not "
        "say whose trial is whose, so a person may be trained on and tested on. How it does with patients, in the "
        "night or in another room was not measured: where the antennas hang is part of what it has learnt. It is no "
        "medical device: do not rely on it to keep a person safe."
    ),
    "reviews": (
        "The texts are English film reviews. On other topics, kinds of text or languages it was not measured, and it "
        "has learnt whatever bias the reviewers have."
    ),
}


def card(manifest: Manifest) -> str:
    """The card as Markdown."""
    task, output, streaming = TASKS[manifest.task], manifest.output, manifest.streaming
    labels = {"labels": ", ".join(output.labels), "classes": len(output.labels)}
    return render(
        "zoo.bundles",
        "card.md",
        name=manifest.name,
        summary=manifest.summary,
        task=task,
        model=_model(manifest),
        int8=_int8(manifest.runtime.int8) if manifest.runtime else None,
        data=_data(manifest.data) if manifest.data else [],
        limits=LIMITS.get(manifest.data.name) if manifest.data else None,
        metrics=_metrics(manifest.metrics),
        input=_input(manifest.input),
        output={"name": output.name, "dtype": output.dtype, "meaning": task.output.format(**labels)},
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
    recurrent = ("RNN", "LSTM", "GRU", "DynamicQuantizeLSTM")
    said = {
        "cell": (model.cell or "recurrent").upper(),
        "parameters": None if model.parameters is None else f"{model.parameters:,}",
    }
    if runtime is None:
        return {**said, "opset": None}
    nodes = ", ".join(f"{count} {op}" for op, count in runtime.nodes.items() if op in recurrent)
    return {**said, "opset": runtime.opset, "ir_version": runtime.ir_version, "nodes": nodes}


def _int8(report: Int8Report | None) -> dict[str, Any] | None:
    """What rounding the weights gained and cost, or why it was not done; None if nobody asked for it."""
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
    """What is known of the data, fact by fact."""
    facts = {name: text for name, text in vars(data).items() if text and name != "split"}
    if data.split is not None:
        said = {key: value for key, value in vars(data.split).items() if value not in (None, ())}
        facts["split"] = ", ".join(f"{key} {_plain(value)}" for key, value in said.items())
    return list(facts.items())


def _metrics(metrics: Metrics) -> dict[str, Any]:
    """One table, a row a metric and a column a split."""
    names = dict.fromkeys(name for values in metrics.values() for name in values)
    rows = [(name, [_plain(values[name]) if name in values else "" for values in metrics.values()]) for name in names]
    return {"splits": list(metrics), "rows": rows}


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


def _parity(parity: ParityFacts | None) -> dict[str, Any]:
    """The comparison with the Keras model, that of pieces with the whole (or None), and the scores of both files."""
    if parity is None:
        return {"parity": None, "pieces": None, "scores": ""}
    pieces = None
    if found := parity.pieces:
        pieces = {**vars(found), "largest": f"{found.largest:.1e}", "allowed": f"{found.allowed:g}"}
    scores = [f"{name} {_plain(pair.keras, 6)} / {_plain(pair.onnx, 6)}" for name, pair in parity.metrics.items()]
    return {
        "parity": {**vars(parity), "largest": f"{parity.largest_absolute:.1e}"},
        "pieces": pieces,
        "scores": ", ".join(scores),
    }


def _plain(value: object, digits: int = 4) -> str:
    """Numbers with so many digits, lists in one line."""
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:.{digits}g}" if math.isfinite(value) else "none"
    if isinstance(value, tuple):
        return " ".join(map(str, cast("tuple[object, ...]", value)))
    return str(value)
