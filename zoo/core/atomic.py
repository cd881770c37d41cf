"""Files that appear whole or not at all."""

import hashlib
import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

#: Names of files that are still being written start so.
UNFINISHED = ".unfinished-"

#: What a killed process left behind is swept away when it is older than this; younger files may still be growing.
STALE_S = 24 * 3600.0

CHUNK = 1 << 18


@contextmanager
def appearing(target: Path) -> Generator[IO[bytes], None, None]:
    """Opens a file beside `target` that takes its place, flushed to disk, when the block ends without an error.

    After an error, Ctrl-C included, the unfinished file is gone and `target` is what it was before. Several
    processes may write the same target: each has a file of its own, and the last to finish wins.
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
            error.filename = str(target)  # the only name that the user knows
        raise


def sha256_of(path: Path) -> str:
    """Digest of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _sweep(folder: Path) -> None:
    for left in folder.glob(UNFINISHED + "*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_S:
                left.unlink()
