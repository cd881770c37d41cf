"""What a run found, as plain values that go to JSON and come back."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class FileFacts:
    """A file that an exporter wrote, or why it did not.

    Attributes:
        batch: the batch size it is fixed to; None where the batch is free.
        reason: why there is no file; None where there is one.
        bytes: its size.
        export_s: how long the export took.
        nodes: nodes of an ONNX file, those inside of loops included; None for other formats.
        loops: `Loop` and `Scan` nodes among them.
        native: `RNN`, `LSTM` and `GRU` nodes among them.
        openvino: `right`, or what goes wrong; None for other formats or without OpenVINO.
    """

    cell: str
    variant: str
    exporter: str
    batch: int | None
    reason: str | None = None
    bytes: int | None = None
    export_s: float | None = None
    nodes: int | None = None
    loops: int | None = None
    native: int | None = None
    openvino: str | None = None


@dataclass(frozen=True)
class Measurement:
    """One contender on one model and batch size.

    Attributes:
        status: `timed`; `wrong` if it computes something else than Keras; `skipped` if it could not run.
        reason: why it was not timed.
        difference: largest absolute difference from Keras's probabilities.
        ms: milliseconds a call, median over the rounds of each round's median.
        ratio: its time divided by ours, median over rounds; below 1 it is faster than ours.
        low: 10th percentile of that ratio over rounds.
        high: 90th percentile.
        cpu: CPU seconds of the process per second, while it ran: above 1 it used more than one thread.
        rounds_ms: the rounds' medians.
    """

    cell: str
    variant: str
    batch: int
    contender: str
    status: Literal["timed", "wrong", "skipped"]
    reason: str | None = None
    difference: float | None = None
    ms: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    cpu: float | None = None
    rounds_ms: tuple[float, ...] = ()


@dataclass(frozen=True)
class Results:
    """All that a run found.

    Attributes:
        about: date, machine, versions and settings, by name.
        contenders: title of each contender by its key, in the order of the tables.
    """

    about: dict[str, Any]
    contenders: dict[str, str]
    files: tuple[FileFacts, ...]
    measurements: tuple[Measurement, ...]

    def to_json(self) -> str:
        """The results as a JSON document."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"


def from_json(text: str) -> Results:
    """Reads what `Results.to_json` wrote."""
    found = json.loads(text)
    return Results(
        about=found["about"],
        contenders=found["contenders"],
        files=tuple(FileFacts(**facts) for facts in found["files"]),
        measurements=tuple(
            Measurement(**{**one, "rounds_ms": tuple(one["rounds_ms"])}) for one in found["measurements"]
        ),
    )
