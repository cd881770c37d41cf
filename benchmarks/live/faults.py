"""What can go wrong with a monitor, each thing provoked on a real process."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.live.process import Hangs, Monitor
from benchmarks.live.results import Fault
from benchmarks.live.samples import header, lines, walk
from zoo.core.manifest import RecordingInput

#: Samples of the recording that things go wrong in.
SAMPLES = 3000
#: What no error may look like.
UNFORESEEN = ("Traceback", "Unexpected error")
#: The longest message that is shown whole.
LONGEST = 130


@dataclass(frozen=True)
class Ended:
    """A monitor that has ended.

    Attributes:
        code: its exit code.
        events: without the moment at which they were told.
        said: lines on standard error.
        counts: of the last line about health.
    """

    code: int
    events: list[dict]
    said: list[str]
    counts: dict[str, float]

    @property
    def samples(self) -> int:
        """How many it counted."""
        return int(self.counts.get("samples", 0))

    @property
    def clean(self) -> bool:
        """Whether nothing it said was unforeseen."""
        return not any(word in line for line in self.said for word in UNFORESEEN)


@dataclass(frozen=True)
class Trial:
    """What every fault is tried on.

    Attributes:
        bundle: the model.
        spec: its input.
        reset_after_s: the longest gap that is bridged.
        outage_s: seconds for which a broker stays away.
        folder: an empty one for a fault's files.
        rows: the lines of a recording, after its header.
        undisturbed: its events when nothing goes wrong.
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
        """With a recording and its events."""
        rows = tuple(lines(walk(self.spec.features, SAMPLES, seed=1), self.spec.sample_rate_hz))
        return replace(self, rows=rows, undisturbed=tuple(self.fed(self.header + "".join(rows)).events))

    def fed(self, text: str, *options: object, bundle: Path | None = None) -> Ended:
        """What a monitor makes of its input."""
        monitor = Monitor(bundle or self.bundle, *options)
        monitor.write(text)
        return ended(monitor)


#: Tries one thing.
Provoke = Callable[[Trial], Fault]


def ended(monitor: Monitor) -> Ended:
    """The monitor at its end, which it comes to by itself."""
    code = monitor.end()
    return Ended(code, monitor.events(), monitor.said, monitor.counts)


def provoked(faults: Sequence[Provoke], trial: Trial, told: Callable[[str], None]) -> tuple[Fault, ...]:
    """All faults, one after the other; one that makes the monitor hang is told as such."""
    found = []
    for provoke in faults:
        name = provoke.__name__.replace("_", " ")
        folder = Path(tempfile.mkdtemp(dir=trial.folder))
        try:
            found.append(provoke(replace(trial, folder=folder)))
        except Hangs as error:
            found.append(Fault(name, "-", f"it {error}", "not known", False))
        told(f"  {found[-1].fault}: {found[-1].happened}")
        shutil.rmtree(folder, ignore_errors=True)
    return tuple(found)


def happened(one: Ended, *names: str, folder: Path | None = None) -> str:
    """Exit code, what was said and what was counted, in words.

    Args:
        one: the monitor.
        names: of the counts to tell.
        folder: left out where it is said.
    """
    parts = [f"exit code {one.code}"]
    if one.said:
        text = one.said[-1].replace(f"{folder}/", "") if folder else one.said[-1]
        parts.append(f"said: `{text if len(text) <= LONGEST else text[:LONGEST] + '…'}`")
    else:
        parts.append("said nothing")
    if names:
        parts.append("counted " + ", ".join(f"{name}={one.counts.get(name, float('nan')):g}" for name in names))
    return "; ".join(parts)


def compared(events: Sequence[dict], undisturbed: Sequence[dict]) -> str:
    """Whether the events are those of the undisturbed recording."""
    if list(events) == list(undisturbed):
        return f"all {len(events)} events as undisturbed"
    return f"{len(events)} events, undisturbed {len(undisturbed)}"
