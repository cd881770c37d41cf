"""What a model says of one input."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zoo.core.events import Event


@dataclass(frozen=True)
class Prediction:
    """What the model says of one input.

    Attributes:
        label: sentiment: the likeliest label. next-word: the likeliest word. event-detection: the event's name if
            there was one, else "none".
        score: probability of `label`; event-detection: the highest score of any time step.
        scores: label or word -> probability; next-word: the likeliest words, best first.
        events: event-detection: every event, in order.
        steps: event-detection: (time,) float32, the score of every time step at the manifest's rate.
    """

    label: str
    score: float
    scores: dict[str, float]
    events: tuple[Event, ...] = ()
    steps: npt.NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
