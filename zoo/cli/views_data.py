"""Data sets as tables for a person and as JSON values for a program."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.table import Table

from zoo.core.words import measure, size
from zoo.data.records import NO_LABEL, Recording, RecordingSet, TextSet
from zoo.data.sources import Source


def sources(known: Iterable[Source]) -> RenderableType:
    """The registered data sets."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("name", "kind", "size", "licence", "what it is"):
        table.add_column(column, justify="right" if column == "size" else "left")
    for source in known:
        table.add_row(source.name, source.kind, size(source.file.size), source.licence, source.title)
    return table


def source_record(source: Source) -> dict[str, Any]:
    """One registered data set."""
    return {
        "name": source.name,
        "kind": source.kind,
        "title": source.title,
        "bytes": source.file.size,
        "sha256": source.file.sha256,
        "licence": source.licence,
        "cite": source.cite,
        "url": source.url,
        "parts": list(source.parts),
    }


def data_record(data: RecordingSet | TextSet) -> dict[str, Any]:
    """How much of what a loaded data set holds."""
    about = {"title": data.about.title, "licence": data.about.licence, "cite": data.about.cite, "url": data.about.url}
    return {"name": data.name, **(_sensor(data) if isinstance(data, RecordingSet) else _texts(data)), **about}


def recording_record(data: RecordingSet | TextSet, recording: Recording) -> dict[str, Any]:
    """One recording of a sensor data set: the seconds that each label lasts."""
    names = {**dict(enumerate(data.label_names)), NO_LABEL: "no label"}
    counts = Counter(recording.labels.tolist())
    seconds = _seconds(recording)
    step_s = seconds / max(1, len(recording.time_s))
    return {
        "recording": recording.name,
        "subject": recording.subject,
        "seconds": round(seconds, 2),
        "rows": len(recording.values),
        "seconds by label": {names[label]: round(count * step_s, 1) for label, count in sorted(counts.items())},
    }


def facts(record: Mapping[str, Any]) -> RenderableType:
    """A record with one fact a line."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in record.items():
        table.add_row(name, _fact(value))
    return table


def _sensor(data: RecordingSet) -> dict[str, Any]:
    return {
        "features": [f"{feature.name} ({feature.unit})" if feature.unit else feature.name for feature in data.features],
        "subjects": len({recording.subject for recording in data.recordings}),
        "hours": round(sum(_seconds(recording) for recording in data.recordings) / 3600, 2),
        "rows": sum(len(recording.values) for recording in data.recordings),
        "labels": list(data.label_names),
        "test subjects": sorted(data.test_subjects or ()),
        "recordings": [recording.name for recording in data.recordings],
    }


def _texts(data: TextSet) -> dict[str, Any]:
    lengths = [len(text.split()) for text in data.texts]
    labels = [] if data.labels is None else data.labels.tolist()
    counts = Counter(data.label_names[label] for label in labels if label != NO_LABEL)
    return {
        "texts": len(data.texts),
        "words": sum(lengths),
        "median words": int(np.median(lengths)) if lengths else 0,
        "labels": dict(sorted(counts.items())),
        "splits": dict(sorted(Counter(data.given or ()).items())),
        "parts": dict(sorted(Counter(data.parts or ()).items())),
    }


def _seconds(recording: Recording) -> float:
    """How long it lasts: each row stands for one interval, the last one too."""
    rows = len(recording.time_s)
    return float(recording.time_s[-1] - recording.time_s[0]) * rows / (rows - 1) if rows > 1 else 0.0


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {measure(count)}" for name, count in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return measure(value)
