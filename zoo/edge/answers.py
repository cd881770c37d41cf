"""Answers to one input. Each task defines its own type of answer beside its row in `zoo.edge.tasks`."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError

#: Maximum number of characters of a text that are displayed.
WIDTH = 72


@dataclass(frozen=True)
class Prediction:
    """The fields that every answer has.

    Attributes:
        label: the predicted label.
        score: its score.
    """

    label: str
    score: float

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return {"label": self.label, "score": self.score}

    def lines(self, of: str) -> list[str]:
        """The answer as one or more lines of text; `of` is the input text, or the name of the recording."""
        return [f"{self.label}  {self.score:.3f}  {of}"]


@dataclass(frozen=True)
class Scored(Prediction):
    """An answer with the scores of the alternatives.

    Attributes:
        scores: label or word -> score.
    """

    scores: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return {**super().to_dict(), "scores": self.scores}


def finite(output: npt.NDArray[np.float32], where: str) -> npt.NDArray[np.float32]:
    """Returns the output unchanged. A NaN score would silently compare as "no event" for ever.

    Raises:
        InputError: a score is NaN or infinite.
    """
    if not np.isfinite(output).all():
        raise InputError(
            f"{where}: expected finite scores, got NaN or infinity: the input is outside the model's range. "
            "Check its units."
        )
    return output


def visible(text: str) -> str:
    """The text without control characters, which must not reach the terminal from a file."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text)
