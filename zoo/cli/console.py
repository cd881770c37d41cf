"""Output of the command line: answers to standard output, everything else to standard error."""

import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import typer

from zoo.core.plain import finite
from zoo.core.progress import Advance, Progress
from zoo.core.words import amount

if TYPE_CHECKING:
    from rich.console import RenderableType

#: Seconds between two lines of a bar in a pipe.
PLAIN_INTERVAL_S = 10.0

#: Width of a table in a pipe, larger than any line.
PIPE_WIDTH = 2000


def line(text: str) -> None:
    """Prints one answer and flushes it: the reader of a pipe may be waiting for it."""
    print(text, flush=True)


def record(value: dict[str, Any]) -> None:
    """Prints a JSON object on one line, with escapes if standard output cannot encode every character."""
    value = cast("dict[str, Any]", finite(value))
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value)
    line(text)


def error(text: str) -> None:
    """Prints an error to standard error, in red unless the user has turned colours off."""
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    typer.secho(text, err=True, fg=None if plain else typer.colors.RED)


def open_streams() -> None:
    """Reopens closed standard streams, and makes standard output accept every character.

    Characters that its encoding lacks are printed as escapes, rather than failing in the middle of an answer.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open until the process ends
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def show(*views: "RenderableType") -> None:
    """Prints tables and text. In a pipe nothing is truncated, wrapped or padded to a terminal's width."""
    from rich.console import Console

    if sys.stdout.isatty():
        Console(highlight=False, markup=False).print(*views, sep="\n")
        return
    plain = Console(file=io.StringIO(), width=PIPE_WIDTH, highlight=False, markup=False)
    with plain.capture() as capture:
        plain.print(*views, sep="\n")
    line("\n".join(text.rstrip() for text in capture.get().splitlines()))


def progress() -> Progress:
    """Bars on a terminal, plain lines elsewhere; both on standard error."""
    if sys.stderr.isatty():
        from zoo.cli.bars import Bars

        return Bars()
    return PlainLines()


@contextmanager
def resumable(command: str) -> Iterator[None]:
    """Tells a user who stops a training run how to resume it."""
    try:
        yield
    except KeyboardInterrupt:
        error(f"Stopped. To continue after the last complete epoch, run: {command} --resume")
        raise


def load_tensorflow() -> None:
    """Imports Keras with TensorFlow, and keeps TensorFlow's start-up messages off the terminal.

    TensorFlow prints some of them before it reads any setting. From here on, output of native code to file descriptor
    2 is therefore diverted; Python's own standard error still reaches the user. If the import fails, the diverted
    output is shown. The user's environment variables are not overwritten.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    diverted = _divert_native_stderr()
    try:
        import keras  # noqa: F401
    except KeyboardInterrupt:
        raise
    except BaseException:
        sys.stderr.write(diverted())
        raise


def _divert_native_stderr() -> Callable[[], str]:
    """Separates Python's standard error from file descriptor 2; returns a function that reads native code's output.

    If standard error is not that descriptor, as in a test or under another program, nothing is changed.
    """
    try:
        shared = sys.stderr.fileno() == 2
    except (OSError, ValueError):  # not a file, or closed
        shared = False
    if not shared:
        return str
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors=sys.stderr.errors)
    output = tempfile.TemporaryFile()  # noqa: SIM115 - open until the process ends
    os.dup2(output.fileno(), 2)

    def read() -> str:
        output.seek(0)
        return output.read().decode(errors="replace")

    return read


class PlainLines:
    """Progress in a pipe or a log file: an occasional line; a short step prints none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def note(self, text: str) -> None:
        """Prints a line."""
        print(text, file=sys.stderr, flush=True)

    @contextmanager
    def bar(self, description: str, total: float | None, unit: str) -> Iterator[Advance]:
        """Prints the progress every `PLAIN_INTERVAL_S` seconds; if it did, also the total time at the end."""
        started = last_line = self._clock()
        done = 0.0

        def advance(step: float) -> None:
            nonlocal done, last_line
            done += step
            if self._clock() - last_line >= PLAIN_INTERVAL_S:
                last_line = self._clock()
                self.note(f"{description}: {amount(done, total, unit)}")

        yield advance
        if last_line > started:
            self.note(f"{description}: {amount(done, total, unit)} in {self._clock() - started:.0f} s")
