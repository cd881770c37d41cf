"""What a run of the live benchmark found, as plain values that go to JSON and come back."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Soak:
    """Many samples, as fast as they are taken.

    Attributes:
        samples: how many were written.
        seen: how many the monitor counted.
        events: how many lines it gave.
        seconds: from the first sample to the last.
        cpu_s: processor seconds of the monitor in that time.
        warm_up: samples before the readings that count.
        readings: samples written so far, and resident memory in MB.
        code: how it ended.
    """

    samples: int
    seen: int
    events: int
    seconds: float
    cpu_s: float
    warm_up: int
    readings: tuple[tuple[int, float], ...]
    code: int

    @property
    def settled(self) -> tuple[float, ...]:
        """Resident memory after the warm-up, in MB."""
        return tuple(memory for samples, memory in self.readings if samples >= self.warm_up)


@dataclass(frozen=True)
class Idle:
    """A sensor in real time.

    Attributes:
        rate_hz: samples a second.
        seconds: how long.
        cpu_percent: of one core.
        smallest_mb: the least resident memory.
        largest_mb: the most.
    """

    rate_hz: float
    seconds: float
    cpu_percent: float
    smallest_mb: float
    largest_mb: float


@dataclass(frozen=True)
class Fault:
    """One thing that went wrong on purpose.

    Attributes:
        fault: its name.
        done: what was done.
        happened: exit code, what it said, what it counted.
        lost: what was lost.
        expected: whether it went as it should; None if it could not be tried here.
    """

    fault: str
    done: str
    happened: str
    lost: str
    expected: bool | None


@dataclass(frozen=True)
class Results:
    """A whole run; `about` says with what and where."""

    about: dict[str, Any]
    soak: Soak
    idle: Idle
    faults: tuple[Fault, ...]

    def to_json(self) -> str:
        """The results as text."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"


def from_json(text: str) -> Results:
    """The results that `to_json` wrote."""
    found = json.loads(text)
    readings = tuple((samples, memory) for samples, memory in found["soak"].pop("readings"))
    faults = tuple(Fault(**fault) for fault in found["faults"])
    return Results(found["about"], Soak(**found["soak"], readings=readings), Idle(**found["idle"]), faults)
