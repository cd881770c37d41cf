"""Provokes faults on a real monitor process."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.live.process import Hangs, Monitor
from benchmarks.live.results import Fault
from benchmarks.live.samples import header, lines, walk
from zoo.core.manifest import RecordingInput

#: Samples of the recording in which the faults occur.
SAMPLES = 3000
#: Text that no message may contain.
UNFORESEEN = ("Traceback", "Unexpected error")
#: Longest message that is not shortened.
LONGEST = 130


@dataclass(frozen=True)
class Ended:
    """A monitor that has ended.

    Attributes:
        code: its exit code.
        events: its events without their times of output.
        messages: lines on standard error.
        counts: counts of the last health line.
    """

    code: int
    events: list[dict]
    messages: list[str]
    counts: dict[str, float]

    @property
    def samples(self) -> int:
        """Number of samples that it counted."""
        return int(self.counts.get("samples", 0))

    @property
    def clean(self) -> bool:
        """Whether no message reports an unexpected error."""
        return not any(word in line for line in self.messages for word in UNFORESEEN)


@dataclass(frozen=True)
class Trial:
    """The conditions of every fault.

    Attributes:
        bundle: the model.
        spec: its input.
        reset_after_s: the longest gap that is filled.
        outage_s: duration of the broker's outage in seconds.
        folder: an empty folder for the files of a fault.
        rows: the lines of a recording, after its header.
        undisturbed: the events of the recording without a fault.
    """

    bundle: Path
    spec: RecordingInput
    reset_after_s: float
    outage_s: float
    folder: Path
    rows: tuple[str, ...] = ()
    undisturbed: tuple[dict, ...] = ()

    @property
    def header(self) -> str:
        """The first line of the recording."""
        return header(self.spec)

    def prepared(self) -> "Trial":
        """The same with a recording and its events."""
        rows = tuple(lines(walk(self.spec.features, SAMPLES, seed=1), self.spec.sample_rate_hz))
        return replace(self, rows=rows, undisturbed=tuple(self.fed(self.header + "".join(rows)).events))

    def fed(self, text: str, *options: object, bundle: Path | None = None) -> Ended:
        """The result of a monitor that reads a text."""
        monitor = Monitor(bundle or self.bundle, *options)
        monitor.write(text)
        return ended(monitor)


#: Provokes one fault.
Provoke = Callable[[Trial], Fault]


def ended(monitor: Monitor) -> Ended:
    """Waits until the monitor ends by itself; returns its results."""
    code = monitor.end()
    return Ended(code, monitor.events(), monitor.messages, monitor.counts)


def provoked(faults: Sequence[Provoke], trial: Trial, report: Callable[[str], None]) -> tuple[Fault, ...]:
    """Provokes all faults, one after the other, and records a monitor that hangs as such."""
    results = []
    for provoke in faults:
        name = provoke.__name__.replace("_", " ")
        folder = Path(tempfile.mkdtemp(dir=trial.folder))
        try:
            results.append(provoke(replace(trial, folder=folder)))
        except Hangs as error:
            results.append(Fault(name, "-", f"it {error}", "unknown", False))
        report(f"  {results[-1].fault}: {results[-1].happened}")
        shutil.rmtree(folder, ignore_errors=True)
    return tuple(results)


def outcome(end: Ended, *names: str, folder: Path | None = None) -> str:
    """Exit code, last message and counts in words.

    Args:
        end: the monitor.
        names: names of the counts to include.
        folder: folder that is removed from the message.
    """
    parts = [f"exit code {end.code}"]
    if end.messages:
        text = end.messages[-1].replace(f"{folder}/", "") if folder else end.messages[-1]
        parts.append(f"message: `{text if len(text) <= LONGEST else text[:LONGEST] + '…'}`")
    else:
        parts.append("no message")
    if names:
        parts.append("counts: " + ", ".join(f"{name}={end.counts.get(name, float('nan')):g}" for name in names))
    return "; ".join(parts)


def compared(events: Sequence[dict], undisturbed: Sequence[dict]) -> str:
    """Whether the events are those of the undisturbed recording, in words."""
    if list(events) == list(undisturbed):
        return f"all {len(events)} events as without the fault"
    return f"{len(events)} events, {len(undisturbed)} without the fault"
