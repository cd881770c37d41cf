"""The results of the footprint benchmark, with conversion to and from JSON."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from benchmarks.footprint.probe import Footprint, Started


@dataclass(frozen=True)
class Bundle:
    """The loaded bundle: its name, and the bytes of its file."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Results:
    """The results of a run.

    Attributes:
        date: date of the run in ISO 8601 format.
        machine: the machine, as `about` describes it.
        bundle: the loaded bundle.
        starts: number of new processes, of which each value is the median.
        pythons: the footprint for each Python.
    """

    date: str
    machine: dict[str, Any]
    bundle: Bundle
    starts: int
    pythons: tuple[Footprint, ...]

    def to_json(self) -> str:
        """The results as a JSON document."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"


def from_json(text: str) -> Results:
    """Reads the output of `Results.to_json`."""
    stored = json.loads(text)
    pythons = tuple(Footprint(**{**python, "started": Started(**python["started"])}) for python in stored["pythons"])
    return Results(**{**stored, "bundle": Bundle(**stored["bundle"]), "pythons": pythons})
