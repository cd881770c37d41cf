"""A folder that is written completely or not at all."""

import os
import secrets
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from zoo.core.atomic import STALE_S, UNFINISHED
from zoo.core.errors import ExportError, RequestError

#: Suffix of the name of a bundle that is being replaced.
OLD = "-old"


@contextmanager
def appearing_folder(target: Path, files: frozenset[str]) -> Generator[Path, None, None]:
    """Opens a folder beside `target` that replaces it, flushed to disk, when the block ends without an error.

    After an error, including Ctrl-C, the unfinished folder is deleted and `target` is unchanged.

    Args:
        target: path of the folder.
        files: names that a folder to be replaced may contain: nothing else is ever deleted.

    Raises:
        RequestError: `target` is a file, or a folder with other contents.
        ExportError: the file system refuses.
    """
    _check_replaceable(target, files)
    # Resolved: a path such as a/../a is invalid while a is moved away, and for a link the folder behind it is replaced.
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
        shutil.rmtree(beside, ignore_errors=True)  # already renamed on success


def _check_replaceable(target: Path, files: frozenset[str]) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise RequestError(f"{target}: expected a folder or nothing there, got a file. Choose another place.")
    foreign_files = sorted({entry.name for entry in target.iterdir()} - files)
    if foreign_files:
        raise RequestError(
            f"{target}: expected a bundle or nothing there, got a folder with {foreign_files[0]}. Choose another place."
        )


def _sweep(parent: Path) -> None:
    """Deletes stale folders of killed exports, but never an older bundle that was moved away (`-old`)."""
    for leftover in parent.glob(UNFINISHED + "*"):
        with suppress(OSError):
            if (
                leftover.is_dir()
                and not leftover.name.endswith(OLD)
                and time.time() - leftover.stat().st_mtime > STALE_S
            ):
                shutil.rmtree(leftover)


def _put_in_place(new: Path, target: Path) -> None:
    """Renames `new` to `target`; an old folder there is moved away first, and moved back if the renaming fails."""
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
    """Flushes a folder's directory entries to disk, where the system can open folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
