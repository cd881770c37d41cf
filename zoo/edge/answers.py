"""What a model says of one input. Each task has an answer of its own, beside its row in `zoo.edge.tasks`."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError

#: A text is shown up to this many characters.
WIDTH = 72


@dataclass(frozen=True)
class Prediction:
    """What every answer has.

    Attributes:
        label: what the model says.
        score: how sure it is of that.
    """

    label: str
    score: float

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return {"label": self.label, "score": self.score}

    def lines(self, of: str) -> list[str]:
        """The answer for a person, one line or more; `of` is the text, or the name of the recording."""
        return [f"{self.label}  {self.score:.3f}  {of}"]


@dataclass(frozen=True)
class Scored(Prediction):
    """An answer with what else it might have been.

    Attributes:
        scores: label or word -> score.
    """

    scores: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return {**super().to_dict(), "scores": self.scores}


def finite(output: npt.NDArray[np.float32], where: str) -> npt.NDArray[np.float32]:
    """The output itself. A score that is NaN would compare as "no event" for ever: better to say so.

    Raises:
        InputError: a score is NaN or infinite.
    """
    if not np.isfinite(output).all():
        raise InputError(
            f"{where}: expected finite scores, the model gave NaN: the input is beyond what it can take. "
            "Check its units."
        )
    return output


def visible(text: str) -> str:
    """The text without control characters: those of a file must not steer the terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text)
