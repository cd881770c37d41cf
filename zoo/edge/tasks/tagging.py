"""Tagging: a label for every time step of a recording."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.events import Event, clock
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
class Tags(Scored):
    """The labels of a recording, step by step.

    Attributes:
        label: the label that is likeliest over the whole recording.
        score: its mean probability.
        scores: label -> mean probability.
        tags: stretches of one label in order, which together cover all time steps without a gap.
        steps: (time, labels) float32, the probabilities of every time step at the manifest's rate.
        duration_s: length of the recording in seconds.
    """

    tags: tuple[Event, ...] = ()
    steps: npt.NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 0), np.float32), repr=False, compare=False
    )
    duration_s: float = field(default=0.0, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values, without the probabilities of the steps."""
        return {
            "duration_s": round(self.duration_s, 3),
            **super().to_dict(),
            "tags": [asdict(tag) for tag in self.tags],
        }

    def lines(self, of: str) -> list[str]:
        """The length of the recording, and each stretch."""
        stretches = [f"  {clock(tag.start_s)} to {clock(tag.end_s or 0.0)}  {tag.label}" for tag in self.tags]
        return [f"{of}: mostly {self.label} in {duration(self.duration_s)}", *stretches]


class TagFollower:
    """Follows the likeliest label: when it changes, the current stretch ends and the next one begins."""

    begins = "begins"
    threshold = None
    legend = "of the likeliest label"

    def __init__(self, labels: tuple[str, ...], rate_hz: float) -> None:
        self._labels, self._rate_hz = labels, rate_hz
        self._step = 0
        self._label: int | None = None
        self._start = 0
        self._peak = 0.0

    @property
    def going_on(self) -> str:
        """The label of the last step."""
        return "" if self._label is None else self._labels[self._label]

    def push(self, scores: npt.NDArray[np.float32]) -> list[Event]:
        """Takes the (labels,) probabilities of the next step."""
        label, score = int(scores.argmax()), float(scores.max())
        events: list[Event] = []
        if label != self._label:
            events = self.flush()
            self._label, self._start, self._peak = label, self._step, score
            events.append(Event(self._labels[label], self._step / self._rate_hz, None, score))
        self._peak = max(self._peak, score)
        self._step += 1
        return events

    def flush(self) -> list[Event]:
        """Ends the current stretch."""
        if self._label is None:
            return []
        ended = Event(self.going_on, self._start / self._rate_hz, self._step / self._rate_hz, self._peak)
        self._label = None
        return [ended]

    def save(self) -> dict[str, float | None]:
        """The state as JSON values."""
        return {name: vars(self)[name] for name in _STATE}

    def restore(self, saved: Mapping[str, float | None]) -> None:
        """Continues from a state that `save` returned."""
        label = saved["_label"]
        if label is not None and not (isinstance(label, int) and 0 <= label < len(self._labels)):
            raise ValueError(f"expected the index of a label, got {label}")
        vars(self).update({name: saved[name] for name in _STATE})


#: Attributes that change from step to step.
_STATE = ("_step", "_label", "_start", "_peak")


def contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    """Yields too few labels."""
    if len(manifest.output.labels) < 2:
        yield "output.labels", f"at least 2 labels, got {len(manifest.output.labels)}"


def answer(opened: Opened, output: npt.NDArray[np.float32], where: str) -> Tags:
    """Answers output (time, labels): probabilities."""
    manifest, spec = opened.manifest, spec_of(opened)
    steps = finite(output, where)
    follower = TagFollower(manifest.output.labels, spec.sample_rate_hz / manifest.piece)
    events = [event for row in steps for event in follower.push(row)] + follower.flush()
    means = map(float, steps.mean(0, np.float64))
    scores = dict(zip(manifest.output.labels, means, strict=True))
    label = max(scores, key=lambda name: scores[name])
    stretches = tuple(event for event in events if event.end_s is not None)
    return Tags(label, scores[label], scores, stretches, steps, len(steps) * manifest.piece / spec.sample_rate_hz)


def stream(opened: Opened, pieces: Pieces, streaming: Streaming, rate_hz: float | None = None) -> Stream:
    """Samples in, stretches of one label out."""
    live = Live(spec_of(opened), streaming, partial(TagFollower, opened.manifest.output.labels))
    return Stream(pieces, opened, live, rate_hz)


TAGGING = DeviceTask(
    name="tagging",
    reads=frozenset({RECORDING.kind}),
    axes=3,
    contradictions=contradictions,
    answer=answer,
    stream=stream,
)
