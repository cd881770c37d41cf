"""Loads a registered data set."""

from typing import Any

from zoo.core.atomic import sha256_of
from zoo.core.progress import SILENT, Progress
from zoo.data import sources
from zoo.data.fetch import fetch


def load_source(name: str, parts: tuple[str, ...] | None = None, progress: Progress = SILENT) -> Any:
    """Loads a registered data set, or only some parts of it.

    Returns:
        A `RecordingSet` or a `TextSet`.

    Raises:
        DataError: unknown source or part.
        FetchError: the data set cannot be fetched.
    """
    source = sources.find_source(name)
    sources.check_parts(source, parts)
    path = fetch(name, progress)
    data = source.load(path, source.about(sha256_of(path)), progress)
    return data.only(parts) if parts else data
