"""Event detection: events with start and end in a recording."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.events import Event, EventDetector, EventRule, clock, detect
from zoo.core.manifest import Manifest, Streaming
from zoo.core.words import duration
from zoo.edge.answers import Scored, finite
from zoo.edge.following import Live
from zoo.edge.inputs.kind import Contradiction
from zoo.edge.inputs.recording import RECORDING, spec_of
from zoo.edge.opened import Opened
from zoo.edge.pieces import Pieces
from zoo.edge.stream import Stream
from zoo.edge.tasks.task import DeviceTask


@dataclass(frozen=True)
class Events(Scored):
    """The events of a recording.

    Attributes:
        label: the event's name if there was an event, else "none".
        score: the highest score of any time step.
        scores: the event's name -> that score.
        events: every event, in order.
        steps: (time,) float32, the score of every time step at the manifest's rate.
        duration_s: length of the recording in seconds.
    """

    events: tuple[Event, ...] = ()
    steps: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32), repr=False, compare=False)
    duration_s: float = field(default=0.0, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values, without the scores of the steps."""
        return {
            "duration_s": round(self.duration_s, 3),
            "label": self.label,
            "score": self.score,
            "events": [asdict(event) for event in self.events],
        }

    def lines(self, of: str) -> list[str]:
        """The number of events, and when each happened."""
        (name,) = self.scores
        length = duration(self.duration_s)
        if not self.events:
            return [f"{of}: no {name} in {length} (highest score {self.score:.3f})"]
        return [f"{of}: {len(self.events)} {name} in {length}", *map(_line, self.events)]


def _line(event: Event) -> str:
    until = "" if event.end_s is None else f" to {clock(event.end_s)}"
    return f"  {event.label}  {clock(event.start_s)}{until}  score {event.score:.3f}"


def contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    """Yields anything but one label and one event rule."""
    if len(manifest.output.labels) != 1:
        yield "output.labels", f"only the event's name, got {len(manifest.output.labels)} labels"
    if len(manifest.events) != 1:
        yield "events", f"one rule, got {len(manifest.events)}"


def answer(opened: Opened, output: npt.NDArray[np.float32], where: str) -> Events:
    """Answers output (time, 1): scores, to which the manifest's rule is applied."""
    manifest, spec = opened.manifest, spec_of(opened)
    (rule,) = manifest.events
    steps = finite(output[:, 0], where)
    events = tuple(detect(steps, rule, spec.sample_rate_hz / manifest.piece))
    score = float(steps.max())
    length_s = len(steps) * manifest.piece / spec.sample_rate_hz
    return Events(rule.label if events else "none", score, {rule.label: score}, events, steps, length_s)


class EventFollower:
    """Applies an event rule to scores."""

    begins = "raised"

    def __init__(self, rule: EventRule, rate_hz: float) -> None:
        self._rule, self._detector = rule, EventDetector(rule, rate_hz)

    @property
    def going_on(self) -> str:
        """The event's name while an event is in progress."""
        return self._rule.label if self._detector.active else ""

    @property
    def threshold(self) -> float:
        """Score that raises the event."""
        return self._rule.threshold

    @property
    def legend(self) -> str:
        """The scores at which the event is raised and at which it ends."""
        return f"threshold {self._rule.threshold:g}   release {self._rule.release:g}"

    def push(self, scores: npt.NDArray[np.float32]) -> list[Event]:
        """Takes the (1,) score of the next step."""
        event = self._detector.push(float(scores[0]))
        return [] if event is None else [event]

    def flush(self) -> list[Event]:
        """Ends the event in progress."""
        event = self._detector.flush()
        return [] if event is None else [event]

    def save(self) -> dict[str, float | None]:
        """The state as JSON values."""
        return self._detector.save()

    def restore(self, saved: Mapping[str, float | None]) -> None:
        """Continues from a state that `save` returned."""
        self._detector.restore(saved)


def stream(opened: Opened, pieces: Pieces, streaming: Streaming, rate_hz: float | None = None) -> Stream:
    """Samples in, events out."""
    (rule,) = opened.manifest.events
    return Stream(pieces, opened, Live(spec_of(opened), streaming, partial(EventFollower, rule)), rate_hz)


EVENT_DETECTION = DeviceTask(
    name="event-detection",
    reads=frozenset({RECORDING.kind}),
    axes=3,
    contradictions=contradictions,
    answer=answer,
    events=True,
    stream=stream,
)
