"""The results of the live benchmark, with conversion to and from JSON."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Soak:
    """The soak test: many samples, written as fast as the monitor reads them.

    Attributes:
        samples: number of written samples.
        seen: number of samples that the monitor counted.
        events: number of events that it reported.
        seconds: time from the first sample to the last.
        cpu_s: processor seconds of the monitor in that time.
        warm_up: number of samples before the readings that count.
        readings: number of samples written so far and resident memory in MB, for each reading.
        code: exit code.
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
        rate_hz: samples per second.
        seconds: duration.
        cpu_percent: processor time in per cent of one core.
        smallest_mb: smallest resident memory.
        largest_mb: largest resident memory.
    """

    rate_hz: float
    seconds: float
    cpu_percent: float
    smallest_mb: float
    largest_mb: float


@dataclass(frozen=True)
class Fault:
    """One provoked fault.

    Attributes:
        fault: its name.
        done: its cause.
        happened: exit code, last message and counts of the monitor.
        lost: what was lost.
        expected: whether the result is as expected; None if the fault could not be tested here.
    """

    fault: str
    done: str
    happened: str
    lost: str
    expected: bool | None


@dataclass(frozen=True)
class Results:
    """The results of a run; `about` describes the machine and the software."""

    about: dict[str, Any]
    soak: Soak
    idle: Idle
    faults: tuple[Fault, ...]

    def to_json(self) -> str:
        """The results as text."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"


def from_json(text: str) -> Results:
    """Reads the output of `Results.to_json`."""
    stored = json.loads(text)
    readings = tuple((samples, memory) for samples, memory in stored["soak"].pop("readings"))
    faults = tuple(Fault(**fault) for fault in stored["faults"])
    return Results(stored["about"], Soak(**stored["soak"], readings=readings), Idle(**stored["idle"]), faults)
