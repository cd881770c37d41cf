"""How long steps tell that they move: a protocol that the command line fills with bars or plain lines."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

#: Call with how much was done since the last call, in the unit of the bar's total.
Advance = Callable[[float], None]


class Progress(Protocol):
    """Where a long step reports to."""

    def note(self, text: str) -> None:
        """Shows one plain line."""
        ...

    def bar(self, description: str, total: float | None, unit: str) -> AbstractContextManager[Advance]:
        """Opens a bar of `total` `unit`s (None: not known); closes when the context ends."""
        ...


class Silent:
    """Reports nothing: the default for Python callers."""

    def note(self, text: str) -> None:
        """Drops the line."""

    @contextmanager
    def bar(self, description: str, total: float | None, unit: str) -> Generator[Advance, None, None]:
        """Opens a bar that nobody sees."""
        yield lambda amount: None


SILENT: Progress = Silent()
