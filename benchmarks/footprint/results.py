"""What a run of the footprint benchmark found, as plain values that go to JSON and come back."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from benchmarks.footprint.probe import Footprint, Started


@dataclass(frozen=True)
class Bundle:
    """What was loaded: its name, and the bytes of its file."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Results:
    """All that a run found.

    Attributes:
        date: of the run, as ISO 8601 writes it.
        machine: what `about` says of it.
        bundle: what was loaded.
        starts: fresh processes, of which each number is the median.
        pythons: in seconds and bytes.
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
    """Reads what `Results.to_json` wrote."""
    found = json.loads(text)
    pythons = tuple(Footprint(**{**one, "started": Started(**one["started"])}) for one in found["pythons"])
    return Results(**{**found, "bundle": Bundle(**found["bundle"]), "pythons": pythons})
