"""Files that are written completely or not at all."""

import hashlib
import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

#: Prefix of the names of files that are still being written.
UNFINISHED = ".unfinished-"

#: Unfinished files older than this are remains of killed processes and are deleted; younger ones may still be growing.
STALE_S = 24 * 3600.0

CHUNK = 1 << 18


@contextmanager
def appearing(target: Path) -> Generator[IO[bytes], None, None]:
    """Opens a file beside `target` that replaces it, flushed to disk, when the block ends without an error.

    After an error, including Ctrl-C, the unfinished file is deleted and `target` is unchanged. Several
    processes may write the same target: each writes a separate file, and the last to finish wins.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    beside = target.with_name(UNFINISHED + secrets.token_hex(8))
    try:
        with beside.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, target)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError) and error.strerror and str(error.filename) in ("None", str(beside)):
            error.filename = str(target)  # the only name that means anything to the user
        raise


def sha256_of(path: Path) -> str:
    """Digest of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sweep(folder: Path) -> None:
    for leftover in folder.glob(UNFINISHED + "*"):
        with suppress(OSError):
            if time.time() - leftover.stat().st_mtime > STALE_S:
                leftover.unlink()
