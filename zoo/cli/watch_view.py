"""The live view of `zoo watch` on a terminal: score, threshold, events and health, redrawn in place."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from zoo.core.events import clock
from zoo.edge import Event, Stream

#: Seconds between two redraws while there is news, and while there is none.
QUICK_S, SLOW_S = 0.25, 1.0
#: Seconds that the sparkline covers, and its width in columns.
SPAN_S, COLUMNS = 60, 60
#: Number of latest events and notices on the screen.
EVENTS, NOTES = 5, 3

_BARS = "▁▂▃▄▅▆▇█"


class LiveView:
    """The view of one stream."""

    def __init__(self, name: str, stream: Stream, console: Console | None = None) -> None:
        """Starts with an empty view. `console` is standard output by default."""
        self._name, self._stream = name, stream
        self._scores: deque[float] = deque(maxlen=max(1, round(SPAN_S * stream.live.rate_hz)))
        self._events: deque[Event] = deque(maxlen=EVENTS)
        self._notes: deque[str] = deque(maxlen=NOTES)
        self._health: Callable[[], str] = str
        self._live = Live(console=console or Console(highlight=False, markup=False), auto_refresh=False)
        self._changed = True
        self._next = 0.0

    @contextmanager
    def shown(self, health: Callable[[], str]) -> Iterator[None]:
        """Shows the view inside the `with` block; `health` returns the line at the bottom."""
        self._health = health
        with self._live:
            yield
            self._live.update(self.picture(), refresh=True)

    def note(self, text: str) -> None:
        """Adds a notice; may be called from any thread."""
        self._notes.append(text)
        self._changed = True

    def seen(self, scores: npt.NDArray[np.float32], events: Sequence[Event]) -> None:
        """Adds the scores of the latest steps and their events."""
        self._scores.extend(map(float, scores if scores.ndim == 1 else scores.max(1)))
        self._events.extend(events)
        self._changed = True

    def visit(self, now: float) -> float:
        """Redraws the view if it is due; returns when it is due next."""
        if now < self._next:
            return self._next
        self._live.update(self.picture(), refresh=True)
        self._next = now + (QUICK_S if self._changed else SLOW_S)
        self._changed = False
        return self._next

    def picture(self) -> Group:
        """The complete view of the current state."""
        follower, score = self._stream.follower, self._stream.score
        alarm = "bold white on red" if follower.threshold is not None else "bold white on blue"
        state = Text(f" {follower.going_on} ", alarm) if follower.going_on else Text(" quiet ", "green")
        score_text = "-" if score is None else f"{score:.3f}"
        return Group(
            Text.assemble((self._name, "bold"), "  ", state),
            Text(f"score {score_text}   {follower.legend}   last {SPAN_S} s"),
            sparkline(self._scores, follower.threshold),
            *(Text(event_line(event, follower.begins)) for event in self._events),
            Text(self._health(), "dim"),
            *(Text(note, "yellow") for note in tuple(self._notes)),
        )


def sparkline(scores: Sequence[float] | deque[float], threshold: float | None) -> Text:
    """The highest score of each of equal time spans, as bars; red from the threshold up, if there is one."""
    text = Text()
    values = np.nan_to_num(np.array(scores, np.float64))
    for part in np.array_split(values, min(COLUMNS, len(values)) or 1):
        highest = float(part.max()) if len(part) else 0.0
        bar = _BARS[min(int(max(highest, 0.0) * len(_BARS)), len(_BARS) - 1)]
        text.append(bar, "red" if threshold is not None and highest >= threshold else "cyan")
    return text


def event_line(event: Event, begins: str) -> str:
    """One event in words; `begins` is the verb for an event that begins."""
    if event.end_s is None:
        return f"{clock(event.start_s)}  {event.label} {begins}, score {event.score:.2f}"
    return (
        f"{clock(event.end_s)}  {event.label} ended after {event.end_s - event.start_s:.1f} s, score {event.score:.2f}"
    )
