"""Where the command line writes: answers to standard output, everything else to standard error."""

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

#: A bar in a pipe prints a line this often, in seconds.
PLAIN_INTERVAL_S = 10.0

#: Columns of a table in a pipe: more than any line has.
PIPE_WIDTH = 2000


def line(text: str) -> None:
    """Prints one answer at once, also into a pipe: a reader may be waiting for it."""
    print(text, flush=True)


def record(value: dict[str, Any]) -> None:
    """Prints one JSON object as one line; with escapes if standard output cannot take every character."""
    value = cast("dict[str, Any]", finite(value))
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value)
    line(text)


def error(text: str) -> None:
    """Prints an error to standard error, red on a terminal unless the user wants no colours."""
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    typer.secho(text, err=True, fg=None if plain else typer.colors.RED)


def open_streams() -> None:
    """Opens standard streams that were closed, and lets standard output take every character.

    What its encoding does not have is shown as an escape: better than to fail in mid-answer.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - as long as the process lives
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def show(*views: "RenderableType") -> None:
    """Prints tables and text. In a pipe nothing is cut, folded or filled up to a terminal's width."""
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
    """Tells a user who stops a training how to go on with it."""
    try:
        yield
    except KeyboardInterrupt:
        error(f"Stopped. `{command} --resume` goes on after the last whole epoch, if there was one.")
        raise


def load_tensorflow() -> None:
    """Imports Keras with TensorFlow, and keeps what that says at its start off the terminal.

    Part of it comes before any setting is read, so from here on what native code writes to file descriptor 2 is kept
    aside; Python's own standard error goes on to the user. If the import fails, what was kept is shown. What the user
    has set in the environment stays as it is.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    kept = _keep_native_stderr()
    try:
        import keras  # noqa: F401
    except KeyboardInterrupt:
        raise
    except BaseException:
        sys.stderr.write(kept())
        raise


def _keep_native_stderr() -> Callable[[], str]:
    """Parts Python's standard error from file descriptor 2; returns what tells all that native code wrote since.

    Where standard error is not that descriptor, as in a test or under another program, nothing is changed.
    """
    try:
        shared = sys.stderr.fileno() == 2
    except (OSError, ValueError):  # not a file, or closed
        shared = False
    if not shared:
        return str
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors=sys.stderr.errors)
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process lives
    os.dup2(kept.fileno(), 2)

    def told() -> str:
        kept.seek(0)
        return kept.read().decode(errors="replace")

    return told


class PlainLines:
    """Progress in a pipe or a log file: a line now and then. A step that is over at once prints none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def note(self, text: str) -> None:
        """Prints the line."""
        print(text, file=sys.stderr, flush=True)

    @contextmanager
    def bar(self, description: str, total: float | None, unit: str) -> Iterator[Advance]:
        """Prints how far it is every `PLAIN_INTERVAL_S` seconds, and after that how long it took in all."""
        started = shown = self._clock()
        done = 0.0

        def advance(step: float) -> None:
            nonlocal done, shown
            done += step
            if self._clock() - shown >= PLAIN_INTERVAL_S:
                shown = self._clock()
                self.note(f"{description}: {amount(done, total, unit)}")

        yield advance
        if shown > started:
            self.note(f"{description}: {amount(done, total, unit)} in {self._clock() - started:.0f} s")
