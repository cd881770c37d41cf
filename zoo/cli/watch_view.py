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

#: Seconds between two pictures while something happens, and while nothing does.
QUICK_S, SLOW_S = 0.25, 1.0
#: Seconds that the line of scores goes back, and columns that it has.
SPAN_S, COLUMNS = 60, 60
#: How many of the last events and complaints are shown.
EVENTS, NOTES = 5, 3

_BARS = "▁▂▃▄▅▆▇█"


class LiveView:
    """What is shown of one stream."""

    def __init__(self, name: str, stream: Stream, console: Console | None = None) -> None:
        """Begins with an empty picture. `console` is standard output if not given."""
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
        """Shows it as long as this lasts; `health` gives the line at the bottom."""
        self._health = health
        with self._live:
            yield
            self._live.update(self.picture(), refresh=True)

    def note(self, text: str) -> None:
        """Takes a complaint; may be called from any thread."""
        self._notes.append(text)
        self._changed = True

    def seen(self, scores: npt.NDArray[np.float32], events: Sequence[Event]) -> None:
        """Takes the scores of the last steps and the events among them."""
        self._scores.extend(map(float, scores if scores.ndim == 1 else scores.max(1)))
        self._events.extend(events)
        self._changed = True

    def visit(self, now: float) -> float:
        """Draws it if it is time; returns when it is the next time."""
        if now < self._next:
            return self._next
        self._live.update(self.picture(), refresh=True)
        self._next = now + (QUICK_S if self._changed else SLOW_S)
        self._changed = False
        return self._next

    def picture(self) -> Group:
        """All that is shown, as it is now."""
        follower, score = self._stream.follower, self._stream.score
        alarm = "bold white on red" if follower.threshold is not None else "bold white on blue"
        state = Text(f" {follower.going_on} ", alarm) if follower.going_on else Text(" quiet ", "green")
        shown = "-" if score is None else f"{score:.3f}"
        return Group(
            Text.assemble((self._name, "bold"), "  ", state),
            Text(f"score {shown}   {follower.legend}   last {SPAN_S} s"),
            sparkline(self._scores, follower.threshold),
            *(Text(told(event, follower.begins)) for event in self._events),
            Text(self._health(), "dim"),
            *(Text(note, "yellow") for note in tuple(self._notes)),
        )


def sparkline(scores: Sequence[float] | deque[float], threshold: float | None) -> Text:
    """The highest scores of equal stretches of time, as bars; red from the threshold on, if there is one."""
    text = Text()
    values = np.nan_to_num(np.array(scores, np.float64))
    for part in np.array_split(values, min(COLUMNS, len(values)) or 1):
        highest = float(part.max()) if len(part) else 0.0
        bar = _BARS[min(int(max(highest, 0.0) * len(_BARS)), len(_BARS) - 1)]
        text.append(bar, "red" if threshold is not None and highest >= threshold else "cyan")
    return text


def told(event: Event, begins: str) -> str:
    """One event in words; `begins` says that it does."""
    if event.end_s is None:
        return f"{clock(event.start_s)}  {event.label} {begins}, score {event.score:.2f}"
    return (
        f"{clock(event.end_s)}  {event.label} over after {event.end_s - event.start_s:.1f} s, score {event.score:.2f}"
    )
