"""Samples from a pipe: a thread that reads what is there, however little, and waits while the model is behind."""

import errno
import os
import select
import threading

from zoo.core.errors import InputError, ZooError
from zoo.edge.watch.inbox import Inbox
from zoo.edge.watch.lines import Lines, Splitter

#: Bytes that are read at once, at most. Larger ones are no faster, and what they take comes and goes in blocks that
#: leave holes in the memory.
CHUNK = 16 * 1024


def start(fd: int, lines: Lines, inbox: Inbox) -> None:
    """Reads a file descriptor into the inbox, in a thread that ends with the input or the process."""
    threading.Thread(target=_read, args=(fd, lines, inbox), name="zoo-pipe", daemon=True).start()


def _read(fd: int, lines: Lines, inbox: Inbox) -> None:
    splitter = Splitter()
    try:
        while chunk := _chunk(fd):
            if (whole := splitter.feed(chunk)) and not inbox.put(lines.read(whole)):
                return
        if last := splitter.flush():
            inbox.put(lines.read(last))
        inbox.end()
    except ZooError as error:
        inbox.end(error)
    except OSError as error:
        inbox.end(InputError(f"standard input: cannot be read: {error.strerror or error}."))


def _chunk(fd: int) -> bytes:
    """The next bytes; none at the end."""
    while True:
        try:
            return os.read(fd, CHUNK)
        except BlockingIOError:  # whoever shares the pipe has set it so
            select.select([fd], [], [])
        except OSError as error:
            if error.errno == errno.EIO:  # the terminal is gone
                return b""
            raise
