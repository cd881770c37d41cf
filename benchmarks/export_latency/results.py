"""The results of a run, with conversion to and from JSON."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class FileFacts:
    """A file that an exporter wrote, or why it did not.

    Attributes:
        cell: a key of `CELLS`.
        variant: one of `VARIANTS`.
        exporter: a key of `EXPORTERS`.
        batch: the fixed batch size; None if the batch size is free.
        reason: why there is no file; None if there is one.
        bytes: size of the file.
        export_s: duration of the export.
        nodes: number of nodes of an ONNX file, including those inside loops; None for other formats.
        loops: number of `Loop` and `Scan` nodes.
        native: number of `RNN`, `LSTM` and `GRU` nodes.
        openvino: `right`, or what is wrong; None for other formats or without OpenVINO.
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
        cell: a key of `CELLS`.
        variant: one of `VARIANTS`.
        batch: batch size.
        contender: a key of `CONTENDERS`.
        status: `timed`; `wrong` if its output differs from Keras's; `skipped` if it could not run.
        reason: why it was not timed.
        difference: largest absolute difference from Keras's probabilities.
        ms: milliseconds per call, median over the rounds of each round's median.
        ratio: its time divided by ours, median over the rounds; below 1 it is faster than ours.
        low: 10th percentile of that ratio over the rounds.
        high: 90th percentile.
        cpu: CPU seconds of the process per second while it ran; above 1, it used more than one thread.
        rounds_ms: the median of each round.
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
    """The results of a run.

    Attributes:
        about: date, machine, versions and settings, by name.
        contenders: title of each contender by its key, in the order of the tables.
        files: the exported files.
        measurements: the times.
    """

    about: dict[str, Any]
    contenders: dict[str, str]
    files: tuple[FileFacts, ...]
    measurements: tuple[Measurement, ...]

    def to_json(self) -> str:
        """The results as a JSON document."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"


def from_json(text: str) -> Results:
    """Reads the output of `Results.to_json`."""
    stored = json.loads(text)
    return Results(
        about=stored["about"],
        contenders=stored["contenders"],
        files=tuple(FileFacts(**facts) for facts in stored["files"]),
        measurements=tuple(
            Measurement(**{**time, "rounds_ms": tuple(time["rounds_ms"])}) for time in stored["measurements"]
        ),
    )
