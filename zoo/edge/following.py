"""Followers, which turn a stream's scores into answers, and the configuration of a stream."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from zoo.core.events import Event
from zoo.core.manifest import RecordingInput, Streaming


class Follower(Protocol):
    """Follows the scores of a recording step by step. Each task that streams recordings has one."""

    @property
    def going_on(self) -> str:
        """The label of the event or tag in progress; "" if there is none."""
        ...

    @property
    def begins(self) -> str:
        """The word for a label that begins, such as "raised"."""
        ...

    @property
    def threshold(self) -> float | None:
        """Score from which an event begins; None if there is no threshold."""
        ...

    @property
    def legend(self) -> str:
        """What the scores are compared with, as text for the user."""
        ...

    def push(self, scores: npt.NDArray[np.float32]) -> list[Event]:
        """Takes the (labels,) scores of the next step; returns what begins (`end_s` is None) or ends with it."""
        ...

    def flush(self) -> list[Event]:
        """Ends what is in progress: the recording is over."""
        ...

    def save(self) -> dict[str, float | None]:
        """The follower's state as JSON values."""
        ...

    def restore(self, saved: Mapping[str, float | None]) -> None:
        """Continues from a state that `save` returned."""
        ...


@dataclass(frozen=True)
class Live:
    """Configuration of a stream.

    Attributes:
        spec: the samples that it reads.
        streaming: how the model runs piece by piece.
        follower: creates a follower for a number of scores per second.
    """

    spec: RecordingInput
    streaming: Streaming
    follower: Callable[[float], Follower]

    @property
    def rate_hz(self) -> float:
        """Scores per second."""
        return self.spec.sample_rate_hz / self.streaming.piece
