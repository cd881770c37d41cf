"""Extracts one named file from a wheel, zip or gzipped tar; no other member is read or written."""

import gzip
import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from zoo.core.atomic import CHUNK, appearing
from zoo.core.errors import FetchError
from zoo.data.sources import Artefact, Pinned

#: What the standard library raises on a damaged archive.
DAMAGED = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error)


def take(archive: IO[bytes], artefact: Artefact, file: Pinned, target: Path) -> None:
    """Writes the artefact's member to `target`, atomically.

    Args:
        archive: the artefact's file, already verified, open for reading.
        artefact: names the member.
        file: the expected content of the member.
        target: where to write it, whatever its name in the archive.

    Raises:
        FetchError: the archive is damaged or has no such member, or the member is not `file`.
    """
    digest = hashlib.sha256()
    name = artefact.file.name
    try:
        with _member(archive, artefact) as stream, appearing(target) as out:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                out.write(chunk)
            if digest.hexdigest() != file.sha256:
                raise FetchError(f"{name}: expected {file.name} with sha256 {file.sha256}, got {digest.hexdigest()}.")
    except (KeyError, EOFError, *DAMAGED) as error:
        raise FetchError(
            f"{name}: expected an archive with {artefact.member}, got: {error!s}. Fetch it again."
        ) from error


@contextmanager
def _member(archive: IO[bytes], artefact: Artefact) -> Iterator[IO[bytes]]:
    if artefact.file.name.endswith((".whl", ".zip")):
        with zipfile.ZipFile(archive) as opened, opened.open(artefact.member) as stream:
            yield stream
        return
    with tarfile.open(fileobj=archive, mode="r:gz") as opened:
        member = opened.getmember(artefact.member)
        stream = opened.extractfile(member) if member.isfile() else None
        if stream is None:
            raise KeyError(f"{artefact.member} is not a plain file")
        with stream:
            yield stream
