"""Progress on a terminal: rich bars with notes above them."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich import progress as rich
from rich.console import Console
from rich.text import Text

from zoo.core.progress import Advance
from zoo.core.words import amount


class _Amount(rich.ProgressColumn):
    """The amount done, in the bar's own unit."""

    def render(self, task: rich.Task) -> Text:
        return Text(amount(task.completed, task.total, task.fields["unit"]), style="cyan")


class Bars:
    """Bars that disappear when they are done; notes stay on the screen."""

    def __init__(self, console: Console | None = None) -> None:
        self._bars = rich.Progress(
            rich.TextColumn("{task.description}"),
            rich.BarColumn(),
            _Amount(),
            rich.TimeElapsedColumn(),
            rich.TimeRemainingColumn(),
            console=console or Console(stderr=True, highlight=False),
            transient=True,
        )

    def note(self, text: str) -> None:
        """Prints a line above the bars."""
        self._bars.console.print(text, markup=False, highlight=False)

    @contextmanager
    def bar(self, description: str, total: float | None, unit: str) -> Iterator[Advance]:
        """Shows a bar; bars may be nested."""
        self._bars.start()
        task = self._bars.add_task(description, total=total, unit=unit)
        try:
            yield lambda step: self._bars.advance(task, step)
        finally:
            self._bars.remove_task(task)
            if not self._bars.tasks:
                self._bars.stop()
