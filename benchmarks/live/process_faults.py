"""A monitor that is stopped or killed, whose disk is full, or whose reader is gone."""

import contextlib
import itertools
import json
import os
import re
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.live.faults import Provoke, Trial, compared, ended, happened
from benchmarks.live.process import Monitor
from benchmarks.live.results import Fault

#: Sample after which something happens, after which it is killed, and how many are written at once where that matters.
MIDDLE, KILLED, PART = 1500, 1700, 100
#: Bytes of the file system that is filled up, and of the longest file where none can be mounted.
SMALL, SHORTEST = 64 * 1024, 200


def kept(state: Path) -> int:
    """How many samples a saved state has seen."""
    return json.loads(state.read_bytes().partition(b"\n")[2])["health"]["samples"] if state.exists() else 0


def killed(trial: Trial) -> Fault:
    """Kills it between two times that it saves, and lets the sensor go on with the next sample."""
    state = trial.folder / "state"
    first = Monitor(trial.bundle, "--state", state, "--health", 0.1)
    first.write(trial.header)
    for end in range(PART, KILLED + 1, PART):  # the state is saved with the first part and with events, not with each
        first.write("".join(trial.rows[end - PART : end]))
        first.until(lambda end=end: first.counts.get("samples") == end, f"{end} samples")
    first.signal(signal.SIGKILL)
    code, before = first.end(), first.events()
    saved = kept(state)
    again = trial.fed(trial.header + "".join(trial.rows[KILLED:]), "--state", state)
    behind = KILLED - saved
    twice = sum(one in before for one in again.events)
    told = (
        f"exit code {code}; the state was {behind} samples behind; "
        f"restored: {happened(again, 'samples', 'resets')}; {twice} events told twice"
    )
    lost = f"the {behind} samples since the state was saved" if behind else "nothing"
    fine = code == -signal.SIGKILL and again.code == 0 and again.clean and not twice
    return Fault("killed (SIGKILL)", "in mid-stream; then restored from its state, the sensor goes on with the next "
                 "sample", told, lost, fine and again.samples == saved + len(trial.rows) - KILLED)  # fmt: skip


def replayed(trial: Trial) -> Fault:
    """Kills it when all it was given is saved: then not even the events may tell it."""
    state, cuts = trial.folder / "state", range(0, len(trial.rows) + 1, MIDDLE // 2)
    events: list[dict[str, Any]] = []
    for first, end in itertools.pairwise(cuts):
        one = Monitor(trial.bundle, "--state", state, "--save-every", 0.1)
        one.write(trial.header + "".join(trial.rows[first:end]))
        one.until(lambda end=end: kept(state) == end, f"a state of {end} samples")
        if end < cuts[-1]:
            one.signal(signal.SIGKILL)
        one.end()
        events += one.events()
    return Fault("killed (SIGKILL), nothing pending", f"{len(cuts) - 2} times, each when its state was saved",
                 compared(events, trial.undisturbed), "nothing", tuple(events) == trial.undisturbed)  # fmt: skip


def stopped(number: signal.Signals, code: int, title: str) -> Provoke:
    """Asks it to stop, and starts it again with the state that it left."""

    def provoke(trial: Trial) -> Fault:
        state = trial.folder / "state"
        first = Monitor(trial.bundle, "--state", state, "--save-every", 0.1)
        first.write(trial.header + "".join(trial.rows[:MIDDLE]))
        first.until(lambda: kept(state) == MIDDLE, "the state of all samples")
        first.signal(number)
        first.process.wait()
        one = ended(first)
        again = trial.fed(trial.header + "".join(trial.rows[MIDDLE:]), "--state", state)
        events = one.events + again.events
        told = f"{happened(one, 'samples')}; with the rest after the restart {compared(events, trial.undisturbed)}"
        fine = (one.code, again.code, tuple(events)) == (code, 0, trial.undisturbed) and one.clean and again.clean
        return Fault(title, "in mid-stream; then started again with its state", told, "nothing", fine)

    provoke.__name__ = title
    return provoke


def stopped_behind(trial: Trial) -> Fault:
    """Asks it to stop while much more has come than the model has looked at."""
    state, many = trial.folder / "state", 40
    first = Monitor(trial.bundle, "--state", state)
    first.write(trial.header)
    taken = len("".join(trial.rows)) * many
    for _ in range(many):
        first.write("".join(trial.rows))
    first.signal(signal.SIGTERM)
    first.process.wait()
    one = ended(first)
    left = many * len(trial.rows) - one.samples
    told = happened(one, "samples")
    spoken = [int(found[1]) for line in one.said if (found := re.search(r"(\d+) samples or more were not", line))]
    lost = f"{left} samples: it tells of {sum(spoken)} or more, the rest was still in the pipe" if left else "nothing"
    return Fault("SIGTERM while it is behind", f"{taken / 1e6:.0f} MB of lines written as fast as they are taken",
                 told, lost, one.code == 0 and one.clean and (not left or 0 < sum(spoken) <= left))  # fmt: skip


def unread(trial: Trial) -> Fault:
    """Closes the pipe that its events go to."""
    ours, theirs = os.pipe()
    monitor = Monitor(trial.bundle, "--state", trial.folder / "state", stdout=theirs)
    os.close(theirs)
    os.close(ours)
    monitor.write(trial.header + "".join(trial.rows))
    one = ended(monitor)
    lost = int(one.counts.get("lost", 0))
    told = f"{happened(one, 'samples', 'lost')}; its state is saved"
    return Fault("nobody reads its output", "the pipe closed before the first event", told,
                 f"{lost} events, counted; what came later is not looked at",
                 one.code == 1 and one.clean and lost > 0 and kept(trial.folder / "state") > 0)  # fmt: skip


def disk_full(trial: Trial) -> Fault:
    """Fills the disk that the state is saved to, and then makes room, where that can be done."""
    with small_disk(trial.folder) as mounted:
        filler = trial.folder / "filler"
        if mounted:
            with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
        return _filled(trial, filler if mounted else None)


def _filled(trial: Trial, filler: Path | None) -> Fault:
    state = trial.folder / "state"
    settings: dict[str, Any] = {} if filler else {"preexec_fn": _short_files}
    monitor = Monitor(trial.bundle, "--state", state, "--save-every", 0.1, **settings)
    monitor.write(trial.header + "".join(trial.rows[:MIDDLE]))
    monitor.until(lambda: any("cannot be saved" in line for line in monitor.said), "the complaint")
    said = monitor.said[0].replace(f"{trial.folder}/", "")
    if filler:
        filler.unlink()
    monitor.write("".join(trial.rows[MIDDLE:]))
    one = ended(monitor)
    saved = kept(state)
    told = f"exit code {one.code}; said: `{said}`; {compared(one.events, trial.undisturbed)}"
    fine = one.code == 0 and one.clean and tuple(one.events) == trial.undisturbed
    if filler:
        told += f"; with room again the state of all {saved} samples is saved"
        done = f"a file system of {SMALL // 1024} kB filled up; room made in mid-stream"
        return Fault("disk full", done, told, "nothing", fine and saved == len(trial.rows))
    done = f"files limited to {SHORTEST} bytes (RLIMIT_FSIZE), as no file system can be mounted here"
    return Fault("disk full", done, told, "the state; the events are told", fine and not state.exists())


def _short_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (SHORTEST, SHORTEST))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of its own in the folder, if one may be mounted; gives whether."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "zoo-live", str(folder)]
    mounted = _done(command)
    try:
        yield mounted
    finally:
        if mounted:
            _done(["umount", str(folder)])


def _done(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


PROCESS_FAULTS: tuple[Provoke, ...] = (
    killed,
    replayed,
    stopped(signal.SIGINT, 130, "Ctrl-C"),
    stopped(signal.SIGTERM, 0, "SIGTERM"),
    stopped_behind,
    unread,
    disk_full,
)
