"""What a run of the training benchmark found, as plain values that go to JSON and come back."""

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
        status: `timed`, or `skipped` if it could not train.
        reason: why it was not timed.
        first_s: seconds from the call that starts the training to the end of its first step.
        first_loss: of the first step.
        loss: mean over the first steps, as many for each contender.
        cpu: CPU seconds of the process per second, in the steps that count.
        steps: how many count, in all rounds.
        rounds_s: seconds a step in each round.
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
        """Steps a second, median over rounds; only if it was timed."""
        return 1 / median(self.rounds_s)

    def times_as_fast_as(self, other: "Measurement") -> Ratio:
        """How many times the steps a second of the other it makes, round by round; only if both were timed."""
        return compare(Timed(other.rounds_s, other.cpu or 0.0), Timed(self.rounds_s, self.cpu or 0.0))


@dataclass(frozen=True)
class InputTimes:
    """The input of one recipe beside its training.

    Attributes:
        reason: why there are no times; None where there are.
        batches: how many were made and trained on.
        batch_ms: milliseconds to make a batch, when nothing else runs on the core.
        step_ms: milliseconds of a training step, its batch included.
    """

    recipe: str
    reason: str | None = None
    batches: int = 0
    batch_ms: float = 0.0
    step_ms: float = 0.0

    @property
    def share(self) -> float:
        """The part of a step that goes into its batch; only if there are times."""
        return self.batch_ms / self.step_ms


@dataclass(frozen=True)
class ProductTimes:
    """The matrix products of one row's training step, by themselves.

    Attributes:
        workload: a key of `WORKLOADS`.
        cell: a key of `CELLS`.
        products_ms: milliseconds of all products of a step.
        gflops: thousand million operations a second while they run.
    """

    workload: str
    cell: str
    products_ms: float
    gflops: float


@dataclass(frozen=True)
class Results:
    """All that a run found.

    Attributes:
        about: date, machine, versions and settings, by name.
        contenders: title of each contender by its key, in the order of the tables.
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
    """Reads what `Results.to_json` wrote."""
    found = json.loads(text)
    return Results(
        about=found["about"],
        contenders=found["contenders"],
        measurements=tuple(Measurement(**{**one, "rounds_s": tuple(one["rounds_s"])}) for one in found["measurements"]),
        inputs=tuple(InputTimes(**one) for one in found["inputs"]),
        products=tuple(ProductTimes(**one) for one in found["products"]),
    )
