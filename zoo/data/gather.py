"""Many files of a publisher's, kept as one: every line of them behind its file's name."""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from zoo.core.atomic import appearing
from zoo.core.errors import FetchError
from zoo.data.sources import Gathered, Pinned

#: A file that is larger is none of those that are looked for: an archive may unpack to far more than it is.
MOST_BYTES = 1 << 26


def holds(folder: Path, gathered: Gathered) -> bool:
    """Whether some of the files lie in a folder or in the folders in it."""
    return next(_paths(folder, gathered), None) is not None


def from_folder(folder: Path, gathered: Gathered, file: Pinned, target: Path) -> None:
    """Writes the files of a folder, and of the folders in it, to `target` as one.

    Raises:
        FetchError: they are not those that make up `file`.
    """
    found = {path.name: path.read_bytes() for path in _paths(folder, gathered)}
    _write(found, gathered, file, target, str(folder))


def from_zip(archive: IO[bytes], gathered: Gathered, file: Pinned, target: Path, where: str) -> None:
    """Writes the files of a zip, or of a zip in it, to `target` as one. Paths in it play no part.

    Raises:
        FetchError: it is no zip, or does not hold the files that make up `file`.
    """
    try:
        found = dict(_members(archive, gathered))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise FetchError(f"{where}: expected a zip, got: {error!s}. Fetch it again.") from error
    _write(found, gathered, file, target, where)


def _paths(folder: Path, gathered: Gathered) -> Iterator[Path]:
    for pattern in ("*", "*/*"):
        yield from (
            path for path in folder.glob(pattern) if re.fullmatch(gathered.pattern, path.name) and path.is_file()
        )


def _members(archive: IO[bytes], gathered: Gathered, inner: bool = True) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as box:
        for member in box.infolist():
            name = member.filename.rpartition("/")[2]
            wanted = re.fullmatch(gathered.pattern, name)
            if not (wanted or (inner and name.endswith(".zip"))) or member.file_size > MOST_BYTES:
                continue
            content = box.read(member)
            if wanted:
                yield name, content
            else:
                yield from _members(io.BytesIO(content), gathered, inner=False)


def _write(found: dict[str, bytes], gathered: Gathered, file: Pinned, target: Path, where: str) -> None:
    lines = [
        name.encode() + b"," + line + b"\n"
        for name in sorted(found)
        for line in found[name].splitlines()
        if line.strip()
    ]
    content = b"".join(lines)
    if len(found) != gathered.count:
        raise FetchError(f"{where}: expected {gathered.count} files such as {gathered.example}, got {len(found)}.")
    if (got := hashlib.sha256(content).hexdigest()) != file.sha256:
        raise FetchError(f"{where}: expected files that make up {file.name} with sha256 {file.sha256}, got {got}.")
    with appearing(target) as out:
        out.write(content)
