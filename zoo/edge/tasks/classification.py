"""One label for a whole input."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zoo.core.manifest import Manifest
from zoo.edge.answers import WIDTH, Scored, finite, visible
from zoo.edge.inputs.kind import Contradiction
from zoo.edge.opened import Opened
from zoo.edge.tasks.task import DeviceTask


@dataclass(frozen=True)
class Label(Scored):
    """The label of a text.

    Attributes:
        label: the likeliest label.
        score: its probability.
        scores: label -> probability.
    """

    def lines(self, of: str) -> list[str]:
        """The label, and the beginning of the text."""
        return super().lines(textwrap.shorten(visible(of), WIDTH, placeholder="…"))


def contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    """Something to choose from."""
    if len(manifest.output.labels) < 2:
        yield "output.labels", f"at least 2 labels, got {len(manifest.output.labels)}"


def answer(opened: Opened, output: npt.NDArray[np.float32], where: str) -> Label:
    """Output (classes,): probabilities."""
    probabilities = map(float, finite(output, where))
    scores = dict(zip(opened.manifest.output.labels, probabilities, strict=True))
    label = max(scores, key=lambda name: scores[name])
    return Label(label, scores[label], scores)


CLASSIFICATION = DeviceTask(
    name="classification",
    reads=frozenset({"text"}),
    axes=2,
    formerly=("sentiment",),
    contradictions=contradictions,
    answer=answer,
)
