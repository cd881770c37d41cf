"""Data sets as tables for a person and as JSON values for a program."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from zoo.core.words import measure, size
from zoo.data.sources import Source


def sources(registered: Iterable[Source]) -> RenderableType:
    """The registered data sets."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("name", "kind", "size", "licence", "title"):
        table.add_column(column, justify="right" if column == "size" else "left")
    for source in registered:
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


def data_record(data: Any, contents: Mapping[str, Any]) -> dict[str, Any]:
    """A loaded data set: its contents and its origin."""
    about = {"title": data.about.title, "licence": data.about.licence, "cite": data.about.cite, "url": data.about.url}
    return {"name": data.name, **contents, **about}


def facts(record: Mapping[str, Any]) -> RenderableType:
    """A record with one fact per line."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in record.items():
        table.add_row(name, _fact(value))
    return table


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {measure(count)}" for name, count in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return measure(value)
