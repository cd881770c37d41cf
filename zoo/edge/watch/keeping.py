"""Keeps a stream's state in a file that is written completely or not at all, and restored after a restart."""

import contextlib
import math
import os
from pathlib import Path

from zoo.core.errors import InputError
from zoo.edge import saved
from zoo.edge.stream import Stream
from zoo.edge.watch.notices import Notices


class Keeper:
    """Saves a stream regularly. A failure to save is reported, and retried."""

    def __init__(self, path: Path, every_s: float, stream: Stream, notices: Notices) -> None:
        """Checks the path.

        Raises:
            InputError: the folder does not exist, or the path is a folder or a file that is not a state.
        """
        if not path.parent.is_dir():
            raise InputError(f"{path}: expected a folder {path.parent} to write in, got none. Create it.")
        if path.exists() and not path.is_file():
            got = "a folder" if path.is_dir() else "something that is not a regular file"
            raise InputError(f"{path}: expected a file's name, got {got}.")
        _check_is_state(path)
        self._path, self._every_s, self._stream, self._notices = path, every_s, stream, notices
        self._changed = False
        self._next = -math.inf

    def restore(self) -> bool:
        """Restores the stream from the file, if it exists; renames the file if it cannot be used.

        Returns:
            Whether a state was restored.
        """
        try:
            state = self._path.read_bytes()
        except FileNotFoundError:
            return False
        try:
            self._stream.restore(state)
        except InputError as error:
            aside = self._path.with_name(f"{self._path.name}.bad")
            os.replace(self._path, aside)
            self._notices.say(f"{self._path}: {error} The file was renamed to {aside.name}, and the stream was reset.")
            self._stream.reset()
            return False
        return True

    def changed(self, *, now: bool) -> None:
        """Marks the state as changed, to be saved soon, or now, so that no event is reported again after a restart."""
        self._changed = True
        if now:
            self._next = -math.inf

    def visit(self, now: float) -> float:
        """Saves if it is due; returns when it is due next."""
        if not self._changed:
            return math.inf
        if now >= self._next:
            self._next = now + self._every_s
            self._changed = not self.save()
        return self._next if self._changed else math.inf

    def save(self) -> bool:
        """Writes a new file that then replaces the old one; returns whether this succeeded."""
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            with open(beside, "wb") as file:
                file.write(self._stream.save())
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            self._notices.tell(
                "state", f"{self._path}: cannot be saved: {error.strerror or error}. The watch continues and retries."
            )
            return False
        return True


def _check_is_state(path: Path) -> None:
    """Refuses an existing file that is neither a state nor empty."""
    try:
        with open(path, "rb") as file:
            first = file.read(len(saved.MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}.") from None
    if first and first != saved.MAGIC:
        raise InputError(f"{path}: expected a state that was saved before, got another file. Name a new file.")


def _sync_folder(folder: Path) -> None:
    """Makes a rename survive a power cut, where the system can open folders."""
    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
