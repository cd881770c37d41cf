"""Progress reporting for long-running steps: a protocol that the command line implements with bars or plain lines."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

#: Called with the progress made since the last call, in the unit of the bar's total.
Advance = Callable[[float], None]


class Progress(Protocol):
    """Receives the progress of a long-running step."""

    def note(self, text: str) -> None:
        """Shows one plain line."""
        ...

    def bar(self, description: str, total: float | None, unit: str) -> AbstractContextManager[Advance]:
        """Opens a bar of `total` `unit`s (None: unknown); closes when the context ends."""
        ...


class Silent:
    """Reports nothing: the default for Python callers."""

    def note(self, text: str) -> None:
        """Drops the line."""

    @contextmanager
    def bar(self, description: str, total: float | None, unit: str) -> Generator[Advance, None, None]:
        """Opens a bar that is not displayed."""
        yield lambda amount: None


SILENT: Progress = Silent()
