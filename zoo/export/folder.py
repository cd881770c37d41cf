"""A folder that appears whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo.data.atomic import UNFINISHED
from zoo.errors import ExportError


@contextmanager
def appearing_folder(target: Path, files: frozenset[str]) -> Iterator[Path]:
    """Opens a folder beside `target` that takes its place, flushed to disk, when the block ends without an error.

    After an error, Ctrl-C included, the unfinished folder is gone and `target` is what it was before.

    Args:
        target: where the folder shall be.
        files: names that may be in a folder that is replaced: nothing else is ever deleted.

    Raises:
        ExportError: `target` holds something else, or the file system refuses.
    """
    _check_replaceable(target, files)
    beside = target.absolute().with_name(UNFINISHED + secrets.token_hex(8))
    try:
        try:
            beside.mkdir(parents=True)
            yield beside
            _flush(beside)
            _put_in_place(beside, target)
        except OSError as error:
            raise ExportError(f"{target}: cannot be written: {error.strerror}. Choose another place.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)  # no longer there if all went well


def _check_replaceable(target: Path, files: frozenset[str]) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise ExportError(f"{target}: expected a folder or nothing there, got a file. Choose another place.")
    strangers = sorted({entry.name for entry in target.iterdir()} - files)
    if strangers:
        raise ExportError(
            f"{target}: expected a bundle or nothing there, got a folder with {strangers[0]}. Choose another place."
        )


def _put_in_place(new: Path, target: Path) -> None:
    """Renames `new` to `target`; an old folder there is moved away first, and back if that fails."""
    old = new.with_name(new.name + "-old")
    replaces = target.exists()
    if replaces:
        os.rename(target, old)
    try:
        os.rename(new, target)
    except OSError:
        if replaces:
            os.rename(old, target)
        raise
    _sync(target.absolute().parent)
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
