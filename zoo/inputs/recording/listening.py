"""Recordings as a device hears them: sample by sample, with the times at which they were taken."""

import dataclasses
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
        passed_over: samples that were invalid or late.
        resets: how often everything began anew.
    """

    answers: list[Any]
    outputs: np.ndarray
    passed_over: int
    resets: int


def listen(runner: "Runner", recording: Recording) -> Heard:
    """Pushes a recording's samples one by one, as a sensor gives them."""
    # As who sets up a device knows it of the sensor.
    stream: Any = runner.stream(rate_hz=1 / float(np.median(np.diff(recording.time_s))))
    answers: list[Any] = []
    outputs: list[np.ndarray] = []
    for sample, time in zip(recording.values, recording.time_s, strict=True):
        answers += stream.push(sample, time)
        outputs += _rows(stream.scores)
    answers += stream.flush()
    outputs += _rows(stream.scores)
    health, first = stream.health, float(recording.time_s[0])
    return Heard(
        [_from(answer, first) for answer in answers],
        np.concatenate(outputs),
        health.invalid + health.late,
        health.resets,
    )


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
