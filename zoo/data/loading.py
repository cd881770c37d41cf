"""From a recipe's `data` section to records: a registered source, or the user's own CSV files."""

from dataclasses import replace

from zoo.core.atomic import sha256_of
from zoo.core.progress import SILENT, Progress
from zoo.data import sources
from zoo.data.csv_sensor import load_sensor
from zoo.data.csv_text import load_text
from zoo.data.fetch import fetch
from zoo.data.records import RecordingSet, TextSet
from zoo.recipe.data import CsvData, SourceData


def load(spec: SourceData | CsvData, progress: Progress = SILENT) -> RecordingSet | TextSet:
    """Loads what a recipe asks for, fetching it first if need be.

    Args:
        spec: the recipe's `data`.
        progress: gets a bar for each long step.

    Raises:
        DataError: unknown source or part, or the user's file cannot be used.
        FetchError: the data set cannot be had.
    """
    if isinstance(spec, SourceData):
        return load_source(spec.source, spec.parts, progress)
    return load_text(spec) if spec.text else load_sensor(spec, progress)


def load_source(name: str, parts: tuple[str, ...] | None = None, progress: Progress = SILENT) -> RecordingSet | TextSet:
    """Loads a registered data set, or only some parts of it.

    Raises:
        DataError: unknown source or part.
        FetchError: the data set cannot be had.
    """
    source = sources.find(name)
    sources.check_parts(source, parts)
    path = fetch(name, progress)
    data = source.load(path, source.about(sha256_of(path)), progress)
    if not parts:
        return data
    return _chosen(data, parts) if isinstance(data, TextSet) else _recordings_of(data, parts)


def _recordings_of(data: RecordingSet, parts: tuple[str, ...]) -> RecordingSet:
    own = data.parts or {}
    return replace(data, recordings=tuple(r for r in data.recordings if own.get(r.name) in parts))


def _chosen(data: TextSet, parts: tuple[str, ...]) -> TextSet:
    keep = [at for at, part in enumerate(data.parts or ()) if part in parts]
    return replace(
        data,
        texts=[data.texts[at] for at in keep],
        labels=None if data.labels is None else data.labels[keep],
        given=None if data.given is None else [data.given[at] for at in keep],
        groups=None if data.groups is None else [data.groups[at] for at in keep],
        parts=None if data.parts is None else [data.parts[at] for at in keep],
    )
