"""The results of the training benchmark, with conversion to and from JSON."""

import dataclasses
import json
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from benchmarks.timing import Ratio, Timed, compare


@dataclass(frozen=True)
class Measurement:
    """One contender on one row.

    Attributes:
        workload: a key of `WORKLOADS`.
        cell: a key of `CELLS`.
        contender: a key of `CONTENDERS`.
        status: `timed`, or `skipped` if it could not train.
        reason: why it was not timed.
        first_s: seconds from the call that starts the training to the end of its first step.
        first_loss: loss of the first step.
        loss: mean over the warm-up steps, whose number is the same for each contender.
        cpu: CPU seconds of the process per second, during counted steps.
        steps: number of counted steps in all rounds.
        rounds_s: seconds per step in each round.
    """

    workload: str
    cell: str
    contender: str
    status: Literal["timed", "skipped"]
    reason: str | None = None
    first_s: float | None = None
    first_loss: float | None = None
    loss: float | None = None
    cpu: float | None = None
    steps: int = 0
    rounds_s: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        """Steps per second, median over the rounds; only if it was timed."""
        return 1 / median(self.rounds_s)

    def times_as_fast_as(self, other: "Measurement") -> Ratio:
        """The ratio of its steps per second to the other's, round by round; only if both were timed."""
        return compare(Timed(other.rounds_s, other.cpu or 0.0), Timed(self.rounds_s, self.cpu or 0.0))


@dataclass(frozen=True)
class InputTimes:
    """The input of one recipe compared with its training.

    Attributes:
        recipe: name of the recipe.
        reason: why there are no times; None if there are.
        batches: number of batches that were prepared and trained on.
        batch_ms: milliseconds to prepare a batch while nothing else runs on the core.
        step_ms: milliseconds of a training step, including its batch.
    """

    recipe: str
    reason: str | None = None
    batches: int = 0
    batch_ms: float = 0.0
    step_ms: float = 0.0

    @property
    def share(self) -> float:
        """The share of a step that its batch takes; only if there are times."""
        return self.batch_ms / self.step_ms


@dataclass(frozen=True)
class ProductTimes:
    """The matrix products of one row's training step alone.

    Attributes:
        workload: a key of `WORKLOADS`.
        cell: a key of `CELLS`.
        products_ms: milliseconds of all products of a step.
        gflops: 10^9 operations per second while they run.
    """

    workload: str
    cell: str
    products_ms: float
    gflops: float


@dataclass(frozen=True)
class Results:
    """The results of a run.

    Attributes:
        about: date, machine, versions and settings, by name.
        contenders: title of each contender by its key, in the order of the tables.
        measurements: the times of the contenders.
        inputs: the times of the recipes' input.
        products: the times of the matrix products.
    """

    about: dict[str, Any]
    contenders: dict[str, str]
    measurements: tuple[Measurement, ...]
    inputs: tuple[InputTimes, ...] = ()
    products: tuple[ProductTimes, ...] = ()

    def to_json(self) -> str:
        """The results as a JSON document."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"


def from_json(text: str) -> Results:
    """Reads the output of `Results.to_json`."""
    stored = json.loads(text)
    return Results(
        about=stored["about"],
        contenders=stored["contenders"],
        measurements=tuple(
            Measurement(**{**time, "rounds_s": tuple(time["rounds_s"])}) for time in stored["measurements"]
        ),
        inputs=tuple(InputTimes(**times) for times in stored["inputs"]),
        products=tuple(ProductTimes(**times) for times in stored["products"]),
    )
