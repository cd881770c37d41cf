"""Classification: one or several labels for an input, which is a text, a recording, or each window of a recording."""

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

#: The label where several labels may apply and none reaches its threshold.
NONE = "none"


@dataclass(frozen=True)
class Window:
    """A part of a recording and its label.

    Attributes:
        label: the likeliest label; where several may apply, those that reach their thresholds, separated by commas, or
            "none".
        score: its probability; where several may apply, the highest one.
        start_s: start of the window, in seconds from the recording's start.
        end_s: end of the window.
        labels: the labels that reach their thresholds, where several may apply; otherwise only `label`.
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

    A recording in windows gets the label with the highest mean probability over its windows, which need not be the
    label of most of them.

    Attributes:
        label: the likeliest label; where several may apply, those that reach their thresholds, separated by commas, or
            "none".
        score: its probability; where several may apply, the highest of all labels.
        scores: label -> probability; for a recording in windows, the mean.
        labels: the labels that reach their thresholds, where several may apply; otherwise only `label`.
        windows: for a recording that is labelled window by window, all its windows, each overlapping the next by half;
            otherwise empty.
        several: whether several labels may apply: the manifest has thresholds.
    """

    labels: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    several: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values: with `labels`, also of the windows, where several may apply."""
        values, windows = super().to_dict(), [window.to_dict() for window in self.windows]
        if self.several:
            values["labels"] = list(self.labels)
        else:
            for window in windows:
                del window["labels"]
        return {**values, "windows": windows} if windows else values

    def lines(self, of: str) -> list[str]:
        """The label and the beginning of the text; for windows, the consecutive stretches of one label.

        Windows overlap: each counts from its start to the start of the next one, the last one to its end.
        """
        if not self.windows:
            return super().lines(textwrap.shorten(visible(of), WIDTH, placeholder="…"))
        length = duration(self.windows[-1].end_s)
        stretches = [f"  {clock(start_s)} to {clock(end_s)}  {label}" for label, start_s, end_s in self._stretches()]
        return [f"{of}: on average {self.label} in {length} ({count(len(self.windows), 'windows')})", *stretches]

    def _stretches(self) -> list[tuple[str, float, float]]:
        """Runs of consecutive windows with the same label: the label, their start, and the start of the next run."""
        groups = itertools.groupby(self.windows, key=lambda window: window.label)
        starts = [(label, next(group).start_s) for label, group in groups]
        ends = [*(start_s for _, start_s in starts[1:]), self.windows[-1].end_s]
        return [(label, start_s, end_s) for (label, start_s), end_s in zip(starts, ends, strict=True)]


def contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    """Yields too few labels, and windows where time steps have no length in seconds."""
    output = manifest.output
    if len(output.labels) < 2:
        yield "output.labels", f"at least 2 labels, got {len(output.labels)}"
    if output.window_steps is not None:
        if _rate_hz(manifest) is None:
            yield "output.window_steps", f"null, because the input kind {manifest.input.kind} has no windows"
        if output.window_steps < 1:
            yield "output.window_steps", f"at least 1 time step, got {output.window_steps}"


def _rate_hz(manifest: Manifest) -> float | None:
    """Time steps per second; None where a step has no length in seconds, so that there are no windows."""
    return INPUTS[manifest.input.kind].rate_hz(manifest)


def cut(opened: Opened, steps: int) -> list[Span]:
    """The windows of an input of `steps` time steps: each overlaps the next by half, and the last ends with the input.

    An input no longer than a window is one window. Empty where inputs are labelled as a whole.
    """
    size = opened.manifest.output.window_steps
    if size is None:
        return []
    firsts = list(range(0, max(1, steps - size + 1), max(1, size // 2)))
    if firsts[-1] + size < steps:
        firsts.append(steps - size)
    return [(first, min(first + size, steps)) for first in firsts]


def answer(opened: Opened, output: npt.NDArray[np.float32], where: str, spans: Sequence[Span] = ()) -> Label:
    """Answers output (classes,), or (windows, classes) with the span of each window: probabilities."""
    finite(output, where)
    scores = output.mean(0) if spans else output
    labels, score = _reported(opened, scores)
    rate_hz = _rate_hz(opened.manifest) or 1.0
    windows = tuple(
        Window(_joined(reported), highest, first / rate_hz, end / rate_hz, reported)
        for (first, end), (reported, highest) in zip(spans, (_reported(opened, row) for row in output), strict=False)
    )
    by_label = dict(zip(opened.manifest.output.labels, map(float, scores), strict=True))
    return Label(_joined(labels), score, by_label, labels, windows, bool(opened.manifest.output.thresholds))


def _joined(labels: tuple[str, ...]) -> str:
    return ", ".join(labels) or NONE


def _reported(opened: Opened, scores: npt.NDArray[np.float32]) -> tuple[tuple[str, ...], float]:
    """The labels to report for (classes,) scores, and the highest score."""
    output = opened.manifest.output
    if not output.thresholds:
        return (output.labels[int(scores.argmax())],), float(scores.max())
    triples = zip(output.labels, scores, output.thresholds, strict=True)
    return tuple(label for label, score, threshold in triples if score >= threshold), float(scores.max())


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
