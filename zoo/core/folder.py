"""A folder that appears whole or not at all."""

import os
import secrets
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from zoo.core.atomic import STALE_S, UNFINISHED
from zoo.core.errors import ExportError, RequestError

#: Ends the name of a bundle that is being replaced.
OLD = "-old"


@contextmanager
def appearing_folder(target: Path, files: frozenset[str]) -> Generator[Path, None, None]:
    """Opens a folder beside `target` that takes its place, flushed to disk, when the block ends without an error.

    After an error, Ctrl-C included, the unfinished folder is gone and `target` is what it was before.

    Args:
        target: where the folder shall be.
        files: names that may be in a folder that is replaced: nothing else is ever deleted.

    Raises:
        RequestError: `target` holds something else.
        ExportError: the file system refuses.
    """
    _check_replaceable(target, files)
    # Resolved: a path such as a/../a leads nowhere while a is moved away, and of a link the folder behind it counts.
    place = target.resolve()
    _sweep(place.parent)
    beside = place.with_name(UNFINISHED + secrets.token_hex(8))
    try:
        try:
            beside.mkdir(parents=True)
            yield beside
            _flush(beside)
            _put_in_place(beside, place)
        except OSError as error:
            raise ExportError(f"{target}: cannot be written: {error.strerror}. Choose another place.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)  # no longer there if all went well


def _check_replaceable(target: Path, files: frozenset[str]) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise RequestError(f"{target}: expected a folder or nothing there, got a file. Choose another place.")
    strangers = sorted({entry.name for entry in target.iterdir()} - files)
    if strangers:
        raise RequestError(
            f"{target}: expected a bundle or nothing there, got a folder with {strangers[0]}. Choose another place."
        )


def _sweep(parent: Path) -> None:
    """Takes away what killed exports left behind long ago; never an older bundle that was moved away (`-old`)."""
    for left in parent.glob(UNFINISHED + "*"):
        with suppress(OSError):
            if left.is_dir() and not left.name.endswith(OLD) and time.time() - left.stat().st_mtime > STALE_S:
                shutil.rmtree(left)


def _put_in_place(new: Path, target: Path) -> None:
    """Renames `new` to `target`; an old folder there is moved away first, and back if that fails."""
    old = new.with_name(new.name + OLD)
    replaces = target.exists()
    if replaces:
        os.rename(target, old)
    try:
        os.rename(new, target)
    except OSError:
        if replaces:
            os.rename(old, target)
        raise
    _sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _flush(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    _sync(folder)


def _sync(folder: Path) -> None:
    """Flushes a folder's list of names to disk, where the system can open folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
