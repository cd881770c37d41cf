"""The model card: what a bundle is, for a person who decides whether to use it.

The sections follow Mitchell et al., Model Cards for Model Reporting, 2019 (https://arxiv.org/abs/1810.03993).
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from zoo.core.manifest import Manifest, SensorInput, TextInput
from zoo.exporter.int8.report import DYNAMIC, FLOAT32

WHAT = {
    "next-word": "It reads the beginning of an English text and proposes the next word.",
    "sentiment": "It reads a text and says which of its labels the text's opinion bears.",
    "event-detection": "It reads a sensor recording and says at what times the event happened, as it goes along.",
}

EXAMPLE_INPUT = {
    "next-word": '"thank you very"',
    "sentiment": '"what a waste of two hours"',
    "event-detection": "recording.csv",
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
    sections = [
        f"# {manifest.name}\n\n{manifest.summary}",
        f"## What it does\n{WHAT[manifest.task]}\n\n{_model(manifest)}",
        f"## Data\n{_data(manifest.data)}",
        f"## Use and limits\n{_limits(manifest.data)}",
        f"## Measured\n{_metrics(manifest.metrics)}",
        f"## Input and output\n{_contract(manifest)}",
        f"## How to run it\n{_usage(manifest)}",
        f"## How it was checked\n{_parity(manifest)}",
        f"## Origin\n{_origin(manifest)}",
    ]
    return "\n\n".join(sections) + "\n"


def _model(manifest: Manifest) -> str:
    cell = str(manifest.model.get("cell", "recurrent")).upper()
    nodes = ", ".join(
        f"{count} {op}"
        for op, count in manifest.runtime["nodes"].items()
        if op in ("RNN", "LSTM", "GRU", "DynamicQuantizeLSTM")
    )
    return (
        f"A {cell} model of {manifest.model['parameters']:,} parameters, as ONNX opset {manifest.runtime['opset']} "
        f"(IR {manifest.runtime['ir_version']}). Native recurrent nodes: {nodes or 'none'}.{_int8(manifest)}"
    )


def _int8(manifest: Manifest) -> str:
    """What rounding the weights gained and cost, or why it was not done; "" if nobody asked for it."""
    report = manifest.runtime.get("int8")
    if report is None:
        return ""
    rows = {row["candidate"]: row for row in report["rows"]}
    plain, row = rows[FLOAT32], rows[report["chosen"]]
    if row is plain:
        return f"\n\nIts weights are float32. int8 was tried: {row['why']}."
    loss = "unknown" if row["loss"] is None else f"{row['loss']:.2%}"
    if report["metric"]:
        cost = (
            f"{report['metric']}: {_plain(plain['metric'])} in float32, {_plain(row['metric'])} in int8 (loss {loss})"
        )
    else:
        cost = f"The largest change of an output is {loss} of its range"
    return (
        f"\n\nIts weights are int8: the file is {row['ratio']:.1f} times smaller than in float32. {cost}. One run "
        f"takes {_plain(row['latency_ms'])} ms, in float32 {_plain(plain['latency_ms'])} ms (one input, one thread). "
        + ("Only onnxruntime can run it." if row["candidate"] == DYNAMIC else "Any runtime for float32 runs it.")
    )


def _data(data: Mapping[str, Any]) -> str:
    if not data:
        return "Not recorded."
    words = {"name": "Trained on", "title": "What", "licence": "Licence", "cite": "Cite", "url": "Publisher"}
    rows = [f"{words.get(key, key)}: {_plain(value)}" for key, value in data.items() if value]
    return _list(rows) + "\n\nThe data itself is not in the bundle."


def _limits(data: Mapping[str, Any]) -> str:
    name = str(data.get("name", ""))
    return LIMITS.get(
        name, "It was measured on data like its training data only. Measure it on yours before you rely on it."
    )


def _metrics(metrics: Mapping[str, Any]) -> str:
    """One table, a row a metric and a column a split."""
    splits = {split: values for split, values in metrics.items() if isinstance(values, Mapping)}
    names = list(dict.fromkeys(name for values in splits.values() for name in values))
    if not names:
        return "Nothing was recorded."
    head = f"| | {' | '.join(splits)} |\n|---|{'---|' * len(splits)}"
    lines = [f"| {name} | {' | '.join(_plain(values.get(name, '')) for values in splits.values())} |" for name in names]
    return "\n".join([head, *lines])


def _contract(manifest: Manifest) -> str:
    """What goes in and what comes out, and the rule for events."""
    source, output = manifest.input, manifest.output
    rows = [f"Input `{source.name}`: ({source.layout.replace(',', ', ')}) {source.dtype}."]
    if isinstance(source, SensorInput):
        features = ", ".join(f"{feature.name} ({feature.unit or 'no unit'})" for feature in source.features)
        rows.append(f"Features, in this order: {features}; {source.sample_rate_hz:g} samples a second, unscaled.")
        if source.fill == "hold":
            rows.append(f"A time step without a sample holds the last one, for {source.max_gap_s:g} s at most.")
        if source.gaps:
            rows.append("Behind the features: ln(1 + seconds since the last step with a sample), 0 with a sample.")
    elif isinstance(source, TextInput):
        rows.append(
            f"Token ids below {source.vocabulary}, at most {source.max_tokens}; shorter rows of a batch are filled up "
            f"with {source.pad_id} on the right. The tokeniser is in the file's metadata."
        )
    rows.append(f"Output `{output.name}`: {output.dtype}; {_output(manifest)}.")
    if streaming := manifest.streaming:
        rows += [
            f"State `{state.input}`: ({', '.join(['batch', *map(str, state.sizes)])}) float32; {state.initial:g} for a "
            f"whole recording and when a stream begins, then what `{state.output}` gave."
            for state in streaming.states
        ]
    if rule := manifest.events:
        rows.append(
            f"Event `{rule.label}`: a score of at least {rule.threshold:g} for {rule.min_duration_s:g} s; it ends "
            f"below {rule.release:g}; no second one within {rule.cooldown_s:g} s, none in a recording's first "
            f"{rule.warm_up_s:g} s{_merged(rule.merge_s)}."
        )
    return _list(rows)


def _merged(merge_s: float) -> str:
    return f"; one that comes within {merge_s:g} s of its end goes on" if merge_s else ""


def _output(manifest: Manifest) -> str:
    match manifest.task:
        case "sentiment":
            return f"(batch, {len(manifest.output.labels)}) probabilities of {', '.join(manifest.output.labels)}"
        case "event-detection":
            return "(batch, time, 1) scores from 0 to 1, each from the steps up to it"
        case "next-word":
            return "(batch, time, vocabulary) probabilities of the word after each token"
        case _:
            raise ValueError(f"task: expected one that has a card, got {manifest.task}")


def _usage(manifest: Manifest) -> str:
    given = EXAMPLE_INPUT[manifest.task]
    extra = "[text]" if isinstance(manifest.input, TextInput) else ""
    python = given if extra else "values"
    comment = "" if extra else "  # values: (time, features) float32"
    live = _live(manifest) if manifest.streaming else ""
    return (
        f'```\npip install "sequence-zoo{extra}"\nzoo predict exported/{manifest.name} {given}\n```\n'
        f'```python\nfrom zoo.edge import load\n\nmodel = load("exported/{manifest.name}")\n'
        f"print(model.predict({python})){comment}\n{live}```"
    )


def _live(manifest: Manifest) -> str:
    if isinstance(manifest.input, TextInput):
        return (
            '\nstream = model.stream()  # a text as it is typed: each word is one step\nprint(stream.push("thank"))\n'
        )
    return (
        "\nstream = model.stream()  # live: keeps the state from sample to sample\n"
        "for sample in sensor:  # (features,) each\n    for event in stream.push(sample):\n        print(event)\n"
    )


def _parity(manifest: Manifest) -> str:
    parity = manifest.parity
    rounded = manifest.runtime.get("int8", {}).get("chosen", FLOAT32) != FLOAT32
    text = (
        f"{'Before its weights were rounded, the' if rounded else 'The'} file was run in onnxruntime beside the Keras "
        f"model on {parity['cases']} inputs, {parity['rows']} of them real. "
        f"The largest difference of an output is {parity['largest_absolute']:.1e} (allowed: {parity['allowed']})."
    )
    if pieces := parity.get("pieces"):
        text += (
            f" Cut into pieces in {pieces['ways']} ways, {pieces['inputs']} inputs gave what they give as a whole, "
            f"within {pieces['largest']:.1e} (allowed: {pieces['allowed']:g})."
        )
    pairs = [f"{name} {pair['keras']:.6g} / {pair['onnx']:.6g}" for name, pair in parity["metrics"].items()]
    return text + (f" Scored on the same data, Keras / ONNX: {', '.join(pairs)}." if pairs else "")


def _origin(manifest: Manifest) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in manifest.made_with.items())
    return _list(
        [
            f"Recipe `{manifest.name}`, sha256 `{manifest.recipe_sha256}`; its text is in the file's metadata.",
            f"`model.onnx`, sha256 `{manifest.model_sha256}`, taken with these 64 characters set to 0.",
            f"Made with {versions or 'versions that were not recorded'}.",
        ]
    )


def _list(rows: Iterable[str]) -> str:
    return "\n".join(f"- {row}" for row in rows)


def _plain(value: Any) -> str:
    """Numbers with four digits, lists and tables in one line."""
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    return str(value)
