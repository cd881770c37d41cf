"""Samples from a pipe: a thread that reads input as it arrives, and waits while the model is behind."""

import errno
import os
import select
import threading

from zoo.core.errors import InputError, ZooError
from zoo.edge.watch.inbox import Inbox
from zoo.edge.watch.lines import Lines, Splitter

#: Maximum number of bytes per read. Larger reads are not faster, and their buffers fragment the memory.
CHUNK = 16 * 1024


def start(fd: int, lines: Lines, inbox: Inbox) -> None:
    """Reads a file descriptor into the inbox in a thread that ends with the input or the process."""
    threading.Thread(target=_read, args=(fd, lines, inbox), name="zoo-pipe", daemon=True).start()


def _read(fd: int, lines: Lines, inbox: Inbox) -> None:
    splitter = Splitter()
    try:
        while chunk := _chunk(fd):
            if (complete := splitter.feed(chunk)) and not inbox.put(lines.read(complete)):
                return
        if last := splitter.flush():
            inbox.put(lines.read(last))
        inbox.end()
    except ZooError as error:
        inbox.end(error)
    except OSError as error:
        inbox.end(InputError(f"standard input: cannot be read: {error.strerror or error}."))


def _chunk(fd: int) -> bytes:
    """The next bytes; empty at the end."""
    while True:
        try:
            return os.read(fd, CHUNK)
        except BlockingIOError:  # another process that shares the pipe has made it non-blocking
            select.select([fd], [], [])
        except OSError as error:
            if error.errno == errno.EIO:  # the terminal is gone
                return b""
            raise
