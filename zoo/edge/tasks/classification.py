"""One label, or several, for a whole input: a text, a recording, or each window of a recording."""

import itertools
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.events import clock
from zoo.core.manifest import Manifest
from zoo.core.words import count, duration
from zoo.edge.answers import WIDTH, Scored, finite, visible
from zoo.edge.inputs import INPUTS
from zoo.edge.inputs.kind import Contradiction
from zoo.edge.inputs.recording import RECORDING
from zoo.edge.inputs.text import TEXT
from zoo.edge.opened import Opened
from zoo.edge.tasks.task import DeviceTask, Span

#: What is said where none of several labels is told.
NONE = "none"


@dataclass(frozen=True)
class Window:
    """A part of a recording and its label.

    Attributes:
        label: the likeliest label; where several may be true, those that are told, with commas between them, or "none".
        score: its probability; of several, the highest.
        start_s: where it begins, in seconds from the recording's start.
        end_s: where it ends.
        labels: those that are told, where several may be true; just `label` where not.
    """

    label: str
    score: float
    start_s: float
    end_s: float
    labels: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The window as JSON values."""
        return {**asdict(self), "labels": list(self.labels)}


@dataclass(frozen=True)
class Label(Scored):
    """The label of an input.

    A recording in windows has the label that its windows have on average: the likeliest by the mean of their
    probabilities, which need not be the label of most of them.

    Attributes:
        label: the likeliest label; where several may be true, those that are told, with commas between them, or "none".
        score: its probability; of several, the highest of all labels.
        scores: label -> probability; of a recording in windows, its mean.
        labels: those that are told, where several may be true; just `label` where not.
        windows: of a recording that is labelled window by window, each of them, half of it in the next one too; else
            empty.
        several: whether several may be true: the manifest has thresholds.
    """

    labels: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    several: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values: `labels`, of the windows too, where several may be true."""
        told, windows = super().to_dict(), [window.to_dict() for window in self.windows]
        if self.several:
            told["labels"] = list(self.labels)
        else:
            for window in windows:
                del window["labels"]
        return {**told, "windows": windows} if windows else told

    def lines(self, of: str) -> list[str]:
        """The label, and the beginning of the text; of windows, each stretch of one label, none over another.

        Windows overlap: each counts from its start to that of the next one, the last to its end.
        """
        if not self.windows:
            return super().lines(textwrap.shorten(visible(of), WIDTH, placeholder="…"))
        length = duration(self.windows[-1].end_s)
        shown = [f"  {clock(start_s)} to {clock(end_s)}  {label}" for label, start_s, end_s in self._stretches()]
        return [f"{of}: on average {self.label} in {length} ({count(len(self.windows), 'windows')})", *shown]

    def _stretches(self) -> list[tuple[str, float, float]]:
        """Windows with the same label that follow each other: the label, their start, and that of the next stretch."""
        groups = itertools.groupby(self.windows, key=lambda window: window.label)
        starts = [(label, next(group).start_s) for label, group in groups]
        ends = [*(start_s for _, start_s in starts[1:]), self.windows[-1].end_s]
        return [(label, start_s, end_s) for (label, start_s), end_s in zip(starts, ends, strict=True)]


def contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    """Something to choose from, and windows only where time steps have a length in seconds."""
    output = manifest.output
    if len(output.labels) < 2:
        yield "output.labels", f"at least 2 labels, got {len(output.labels)}"
    if output.window_steps is not None:
        if _rate_hz(manifest) is None:
            yield "output.window_steps", f"null, for the input kind {manifest.input.kind} has no windows"
        if output.window_steps < 1:
            yield "output.window_steps", f"at least 1 time step, got {output.window_steps}"


def _rate_hz(manifest: Manifest) -> float | None:
    """Time steps a second; None where a step has no length, and so no windows are told of."""
    return INPUTS[manifest.input.kind].rate_hz(manifest)


def cut(opened: Opened, steps: int) -> list[Span]:
    """The windows of so many time steps: half of each is in the next one, and the last one ends with the recording.

    A recording no longer than a window is one. Empty where inputs are labelled as a whole.
    """
    size = opened.manifest.output.window_steps
    if size is None:
        return []
    firsts = list(range(0, max(1, steps - size + 1), max(1, size // 2)))
    if firsts[-1] + size < steps:
        firsts.append(steps - size)
    return [(first, min(first + size, steps)) for first in firsts]


def answer(opened: Opened, output: npt.NDArray[np.float32], where: str, spans: Sequence[Span] = ()) -> Label:
    """Output (classes,), or (windows, classes) with the span of each: probabilities."""
    finite(output, where)
    scores = output.mean(0) if spans else output
    labels, score = _told(opened, scores)
    rate_hz = _rate_hz(opened.manifest) or 1.0
    windows = tuple(
        Window(_joined(told), highest, first / rate_hz, behind / rate_hz, told)
        for (first, behind), (told, highest) in zip(spans, (_told(opened, row) for row in output), strict=False)
    )
    named = dict(zip(opened.manifest.output.labels, map(float, scores), strict=True))
    return Label(_joined(labels), score, named, labels, windows, bool(opened.manifest.output.thresholds))


def _joined(labels: tuple[str, ...]) -> str:
    return ", ".join(labels) or NONE


def _told(opened: Opened, scores: npt.NDArray[np.float32]) -> tuple[tuple[str, ...], float]:
    """The labels that (classes,) scores tell, and the highest score."""
    output = opened.manifest.output
    if not output.thresholds:
        return (output.labels[int(scores.argmax())],), float(scores.max())
    told = zip(output.labels, scores, output.thresholds, strict=True)
    return tuple(label for label, score, threshold in told if score >= threshold), float(scores.max())


CLASSIFICATION = DeviceTask(
    name="classification",
    reads=frozenset({TEXT.kind, RECORDING.kind}),
    axes=2,
    uses=frozenset({"labels", "thresholds", "window_steps"}),
    formerly=("sentiment",),
    contradictions=contradictions,
    cut=cut,
    answer=answer,
)
