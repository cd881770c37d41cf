"""Combines a publisher's many files into one, in which each line is prefixed with the name of its file."""

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

#: Larger members of an archive are skipped: an archive may unpack to far more than its own size.
MOST_BYTES = 1 << 26


def holds(folder: Path, gathered: Gathered) -> bool:
    """Whether a folder, or a folder directly in it, contains any of the files."""
    return next(_paths(folder, gathered), None) is not None


def from_folder(folder: Path, gathered: Gathered, file: Pinned, target: Path) -> None:
    """Writes the files of a folder, and of the folders directly in it, to `target` as one file.

    Raises:
        FetchError: they do not make up `file`.
    """
    contents = {path.name: path.read_bytes() for path in _paths(folder, gathered)}
    _write(contents, gathered, file, target, str(folder))


def from_zip(archive: IO[bytes], gathered: Gathered, file: Pinned, target: Path, where: str) -> None:
    """Writes the files of a zip, or of a zip within it, to `target` as one file. Paths inside the zip are ignored.

    Raises:
        FetchError: it is not a zip, or does not contain the files that make up `file`.
    """
    try:
        contents = dict(_members(archive, gathered))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise FetchError(f"{where}: expected a zip, got: {error!s}. Fetch it again.") from error
    _write(contents, gathered, file, target, where)


def _paths(folder: Path, gathered: Gathered) -> Iterator[Path]:
    for pattern in ("*", "*/*"):
        yield from (
            path for path in folder.glob(pattern) if re.fullmatch(gathered.pattern, path.name) and path.is_file()
        )


def _members(archive: IO[bytes], gathered: Gathered, inner: bool = True) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            name = member.filename.rpartition("/")[2]
            matches = re.fullmatch(gathered.pattern, name)
            if not (matches or (inner and name.endswith(".zip"))) or member.file_size > MOST_BYTES:
                continue
            content = opened.read(member)
            if matches:
                yield name, content
            else:
                yield from _members(io.BytesIO(content), gathered, inner=False)


def _write(contents: dict[str, bytes], gathered: Gathered, file: Pinned, target: Path, where: str) -> None:
    lines = [
        name.encode() + b"," + line + b"\n"
        for name in sorted(contents)
        for line in contents[name].splitlines()
        if line.strip()
    ]
    combined = b"".join(lines)
    if len(contents) != gathered.count:
        raise FetchError(f"{where}: expected {gathered.count} files such as {gathered.example}, got {len(contents)}.")
    if (sha256 := hashlib.sha256(combined).hexdigest()) != file.sha256:
        raise FetchError(f"{where}: expected files that make up {file.name} with sha256 {file.sha256}, got {sha256}.")
    with appearing(target) as out:
        out.write(combined)
