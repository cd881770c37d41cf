"""A stream's state in a file: written whole or not at all, taken up again after a restart."""

import contextlib
import math
import os
from pathlib import Path

from zoo.core.errors import InputError
from zoo.edge import saved
from zoo.edge.stream import Stream
from zoo.edge.watch.notices import Notices


class Keeper:
    """Saves a stream now and then. What cannot be saved is told, and tried again."""

    def __init__(self, path: Path, every_s: float, stream: Stream, notices: Notices) -> None:
        """Begins with nothing to save.

        Raises:
            InputError: the folder is not there, the path is one, or it leads to a file that is no state.
        """
        if not path.parent.is_dir():
            raise InputError(f"{path}: expected a folder {path.parent} to write in, got none. Make it.")
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: expected a file's name, got {'a folder' if path.is_dir() else 'no plain file'}.")
        _check_own(path)
        self._path, self._every_s, self._stream, self._notices = path, every_s, stream, notices
        self._changed = False
        self._next = -math.inf

    def restore(self) -> bool:
        """Goes on from the file, if there is one; moves it aside if it cannot be used.

        Returns:
            Whether there was a state to go on from.
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
            self._notices.say(f"{self._path}: {error} Kept as {aside.name}; begun anew.")
            self._stream.reset()
            return False
        return True

    def changed(self, *, now: bool) -> None:
        """There is something to save: soon, or now, as an event must not be told twice after a restart."""
        self._changed = True
        if now:
            self._next = -math.inf

    def visit(self, now: float) -> float:
        """Saves if it is time; returns when it is the next time."""
        if not self._changed:
            return math.inf
        if now >= self._next:
            self._next = now + self._every_s
            self._changed = not self.save()
        return self._next if self._changed else math.inf

    def save(self) -> bool:
        """Writes beside, and puts the new file in the place of the old one; returns whether that was possible."""
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
                "state", f"{self._path}: cannot be saved: {error.strerror or error}. The watch goes on and tries again."
            )
            return False
        return True


def _check_own(path: Path) -> None:
    """Refuses a file of somebody's that is no state; an empty one may become one."""
    try:
        with open(path, "rb") as file:
            first = file.read(len(saved.MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}.") from None
    if first and first != saved.MAGIC:
        raise InputError(f"{path}: expected a state that was kept before, got another file. Name a new one.")


def _sync_folder(folder: Path) -> None:
    """Makes a rename last through a power cut, where the system lets a folder be opened."""
    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
