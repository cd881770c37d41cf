"""Recordings as a device hears them: sample by sample, with the times at which they were taken."""

import dataclasses
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.records import Recording

if TYPE_CHECKING:
    from zoo.edge import Runner


@dataclass(frozen=True)
class Heard:
    """What a stream made of one recording.

    Attributes:
        answers: what it told, in seconds from the first sample.
        outputs: (steps, outputs) of all steps.
        time_s: (steps,) seconds of each, from the first sample: after a gap the stream begins anew.
        passed_over: samples that were invalid or late.
        resets: how often everything began anew.
    """

    answers: list[Any]
    outputs: np.ndarray
    time_s: np.ndarray
    passed_over: int
    resets: int


def listen(runner: "Runner", recording: Recording) -> Heard:
    """Pushes a recording's samples one by one, as a sensor gives them."""
    times = recording.time_s
    # As who sets up a device knows it of the sensor.
    intervals = np.diff(times)
    stream: Any = runner.stream(rate_hz=1 / float(np.median(intervals[intervals > 0])))
    # Over a gap that is too long a stream forgets; what was before it is told first.
    breaks = np.flatnonzero(intervals > stream.live.streaming.reset_after_s) + 1
    answers: list[Any] = []
    parts: list[np.ndarray] = []
    for start, stop in itertools.pairwise([0, *breaks.tolist(), len(times)]):
        outputs: list[np.ndarray] = []
        for sample, time in zip(recording.values[start:stop], times[start:stop], strict=True):
            answers += stream.push(sample, time)
            outputs += _rows(stream.scores)
        answers += stream.flush()
        parts.append(np.concatenate([*outputs, *_rows(stream.scores)] or [_rows_of_none(stream.scores)]))
    first = float(times[0])
    begins = times[[0, *breaks]] - first
    return Heard(
        [_from(answer, first) for answer in answers],
        np.concatenate(parts),
        np.concatenate(
            [at + np.arange(len(part)) / stream.live.rate_hz for at, part in zip(begins, parts, strict=True)]
        ),
        stream.health.invalid + stream.health.late,
        stream.health.resets,
    )


def _rows_of_none(scores: np.ndarray) -> np.ndarray:
    """(0, outputs)."""
    return np.zeros((0, scores.shape[1] if scores.ndim > 1 else 1), np.float32)


def _rows(scores: np.ndarray) -> list[np.ndarray]:
    """(steps, outputs), also of one score a step; empty if there are no steps."""
    return [scores.reshape(len(scores), -1)] if len(scores) else []


def _from(answer: Any, first_s: float) -> Any:
    end_s = None if answer.end_s is None else answer.end_s - first_s
    return dataclasses.replace(answer, start_s=answer.start_s - first_s, end_s=end_s)


@dataclass
class Differences:
    """How streams differ from whole recordings, gathered recording by recording."""

    largest: list[float] = field(default_factory=lambda: [0.0])
    passed_over: int = 0
    resets: int = 0

    def add(self, heard: Heard, whole: np.ndarray) -> None:
        """One recording: what was heard of it, and the (steps, outputs) of the whole."""
        same = len(whole) == len(heard.outputs)
        self.largest.append(float(np.abs(whole - heard.outputs).max()) if same else float("nan"))
        self.passed_over, self.resets = self.passed_over + heard.passed_over, self.resets + heard.resets

    @property
    def found(self) -> dict[str, float]:
        """What is told beside the metrics.

        The largest difference of an output (not a number if a stream began anew within a recording, for its steps are
        then others), samples that were passed over, and how often streams began anew.
        """
        return {
            "largest_difference": float(np.max(self.largest)),
            "samples_passed_over": self.passed_over,
            "resets": self.resets,
        }
