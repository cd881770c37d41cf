"""What makes answers of a stream's scores, and all that a stream must know beside its samples."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from zoo.core.events import Event
from zoo.core.manifest import RecordingInput, Streaming


class Follower(Protocol):
    """Follows the scores of a recording, step by step. Each task that streams recordings has one."""

    @property
    def going_on(self) -> str:
        """The label of what goes on; "" if nothing does."""
        ...

    @property
    def begins(self) -> str:
        """What is said of a label that begins, such as "raised"."""
        ...

    @property
    def threshold(self) -> float | None:
        """Score from which something goes on; None if there is none."""
        ...

    @property
    def legend(self) -> str:
        """What the scores are held against, for a person."""
        ...

    def push(self, scores: npt.NDArray[np.float32]) -> list[Event]:
        """Takes the (labels,) scores of the next step; returns what begins (`end_s` is None) or is over with it."""
        ...

    def flush(self) -> list[Event]:
        """Ends what goes on: the recording is over."""
        ...

    def save(self) -> dict[str, float | None]:
        """All that it remembers, for JSON."""
        ...

    def restore(self, saved: Mapping[str, float | None]) -> None:
        """Goes on where the one that was saved had come to."""
        ...


@dataclass(frozen=True)
class Live:
    """What a stream hears and tells.

    Attributes:
        spec: the samples.
        streaming: how the model runs piece by piece.
        follower: makes one, given the scores a second.
    """

    spec: RecordingInput
    streaming: Streaming
    follower: Callable[[float], Follower]

    @property
    def rate_hz(self) -> float:
        """Scores a second."""
        return self.spec.sample_rate_hz / self.streaming.piece
