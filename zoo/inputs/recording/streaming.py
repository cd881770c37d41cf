"""Runs recordings through a bundle's stream: sample by sample, with the times at which they were taken."""

import dataclasses
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.records import Recording

if TYPE_CHECKING:
    from zoo.edge import Runner


@dataclass(frozen=True)
class StreamResult:
    """The results of streaming one recording.

    Attributes:
        answers: the stream's answers, with times in seconds from the first sample.
        outputs: (steps, outputs) of all steps.
        time_s: (steps,) seconds of each step from the first sample; after a long gap the stream restarts.
        skipped: number of invalid or late samples.
        resets: how often the stream restarted.
    """

    answers: list[Any]
    outputs: np.ndarray
    time_s: np.ndarray
    skipped: int
    resets: int


def stream_recording(runner: "Runner", recording: Recording) -> StreamResult:
    """Pushes a recording's samples one by one, as a sensor delivers them."""
    times = recording.time_s
    # Whoever sets up a device knows the sensor's rate.
    intervals = np.diff(times)
    stream: Any = runner.stream(rate_hz=1 / float(np.median(intervals[intervals > 0])))
    # A stream discards its state over a long gap: flush it there, so that no answer is lost.
    breaks = np.flatnonzero(intervals > stream.live.streaming.reset_after_s) + 1
    answers: list[Any] = []
    parts: list[np.ndarray] = []
    for start, stop in itertools.pairwise([0, *breaks.tolist(), len(times)]):
        outputs: list[np.ndarray] = []
        for sample, time in zip(recording.values[start:stop], times[start:stop], strict=True):
            answers += stream.push(sample, time)
            outputs += _rows(stream.scores)
        answers += stream.flush()
        parts.append(np.concatenate([*outputs, *_rows(stream.scores)] or [_no_rows(stream.scores)]))
    first = float(times[0])
    starts_s = times[[0, *breaks]] - first
    return StreamResult(
        [_relative(answer, first) for answer in answers],
        np.concatenate(parts),
        np.concatenate(
            [
                start_s + np.arange(len(part)) / stream.live.rate_hz
                for start_s, part in zip(starts_s, parts, strict=True)
            ]
        ),
        stream.health.invalid + stream.health.late,
        stream.health.resets,
    )


def _no_rows(scores: np.ndarray) -> np.ndarray:
    """(0, outputs)."""
    return np.zeros((0, scores.shape[1] if scores.ndim > 1 else 1), np.float32)


def _rows(scores: np.ndarray) -> list[np.ndarray]:
    """[(steps, outputs)], also for one score per step; empty if there are no steps."""
    return [scores.reshape(len(scores), -1)] if len(scores) else []


def _relative(answer: Any, first_s: float) -> Any:
    """The answer with times in seconds from `first_s`."""
    end_s = None if answer.end_s is None else answer.end_s - first_s
    return dataclasses.replace(answer, start_s=answer.start_s - first_s, end_s=end_s)


@dataclass
class Differences:
    """How streams differ from complete recordings, accumulated over recordings."""

    largest: list[float] = field(default_factory=lambda: [0.0])
    skipped: int = 0
    resets: int = 0

    def add(self, streamed: StreamResult, complete: np.ndarray) -> None:
        """Adds one recording: the result of its stream, and the (steps, outputs) of the complete recording."""
        same_length = len(complete) == len(streamed.outputs)
        self.largest.append(float(np.abs(complete - streamed.outputs).max()) if same_length else float("nan"))
        self.skipped, self.resets = self.skipped + streamed.skipped, self.resets + streamed.resets

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers to report beside the metrics.

        The largest difference of an output (NaN if a stream restarted within a recording, because its steps then
        differ), the number of skipped samples, and how often streams restarted.
        """
        return {
            "largest_difference": float(np.max(self.largest)),
            "samples_passed_over": self.skipped,
            "resets": self.resets,
        }
