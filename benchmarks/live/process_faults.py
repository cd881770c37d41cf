"""Faults of the process: it is stopped or killed, its disk is full, or its output is not read."""

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

from benchmarks.live.faults import Provoke, Trial, compared, ended, outcome
from benchmarks.live.process import Monitor
from benchmarks.live.results import Fault

#: Number of samples before most faults, before the kill, and in a part that is written at once.
MIDDLE, KILLED, PART = 1500, 1700, 100
#: Bytes of the file system that is filled, and the limit of file sizes if no file system can be mounted.
SMALL, FILE_LIMIT = 64 * 1024, 200


def samples_in(state: Path) -> int:
    """Number of samples that a saved state includes."""
    return json.loads(state.read_bytes().partition(b"\n")[2])["health"]["samples"] if state.exists() else 0


def killed(trial: Trial) -> Fault:
    """Kills it between two saves; the sensor continues with the next sample."""
    state = trial.folder / "state"
    first = Monitor(trial.bundle, "--state", state, "--health", 0.1)
    first.write(trial.header)
    for end in range(PART, KILLED + 1, PART):  # the state is saved with the first part and with events, not every time
        first.write("".join(trial.rows[end - PART : end]))
        first.until(lambda end=end: first.counts.get("samples") == end, f"{end} samples")
    first.signal(signal.SIGKILL)
    code, before = first.end(), first.events()
    saved = samples_in(state)
    restored = trial.fed(trial.header + "".join(trial.rows[KILLED:]), "--state", state)
    behind = KILLED - saved
    duplicates = sum(event in before for event in restored.events)
    result = (
        f"exit code {code}; the state was {behind} samples behind; "
        f"restored: {outcome(restored, 'samples', 'resets')}; {duplicates} events reported twice"
    )
    lost = f"the {behind} samples since the state was saved" if behind else "nothing"
    expected = code == -signal.SIGKILL and restored.code == 0 and restored.clean and not duplicates
    return Fault("killed (SIGKILL)", "mid-stream; then restored from its state, while the sensor continues with the "
                 "next sample", result, lost,
                 expected and restored.samples == saved + len(trial.rows) - KILLED)  # fmt: skip


def replayed(trial: Trial) -> Fault:
    """Kills it when all samples so far are saved: the events must be the same as without the kills."""
    state, cuts = trial.folder / "state", range(0, len(trial.rows) + 1, MIDDLE // 2)
    events: list[dict[str, Any]] = []
    for first, end in itertools.pairwise(cuts):
        monitor = Monitor(trial.bundle, "--state", state, "--save-every", 0.1)
        monitor.write(trial.header + "".join(trial.rows[first:end]))
        monitor.until(lambda end=end: samples_in(state) == end, f"a state of {end} samples")
        if end < cuts[-1]:
            monitor.signal(signal.SIGKILL)
        monitor.end()
        events += monitor.events()
    return Fault("killed (SIGKILL), nothing pending", f"{len(cuts) - 2} times, each time after its state was saved",
                 compared(events, trial.undisturbed), "nothing", tuple(events) == trial.undisturbed)  # fmt: skip


def stopped(number: signal.Signals, code: int, title: str) -> Provoke:
    """Stops it with a signal, and restarts it with its state."""

    def provoke(trial: Trial) -> Fault:
        state = trial.folder / "state"
        monitor = Monitor(trial.bundle, "--state", state, "--save-every", 0.1)
        monitor.write(trial.header + "".join(trial.rows[:MIDDLE]))
        monitor.until(lambda: samples_in(state) == MIDDLE, "the state of all samples")
        monitor.signal(number)
        monitor.process.wait()
        first = ended(monitor)
        second = trial.fed(trial.header + "".join(trial.rows[MIDDLE:]), "--state", state)
        events = first.events + second.events
        result = f"{outcome(first, 'samples')}; including the restarted run {compared(events, trial.undisturbed)}"
        expected = (first.code, second.code, tuple(events)) == (code, 0, trial.undisturbed)
        return Fault(title, "mid-stream; then restarted with its state", result, "nothing",
                     expected and first.clean and second.clean)  # fmt: skip

    provoke.__name__ = title
    return provoke


def stopped_behind(trial: Trial) -> Fault:
    """Stops it while many samples wait for the model."""
    state, repeats = trial.folder / "state", 40
    monitor = Monitor(trial.bundle, "--state", state)
    monitor.write(trial.header)
    size = len("".join(trial.rows)) * repeats
    for _ in range(repeats):
        monitor.write("".join(trial.rows))
    monitor.signal(signal.SIGTERM)
    monitor.process.wait()
    end = ended(monitor)
    left = repeats * len(trial.rows) - end.samples
    matches = [re.search(r"at least (\d+) samples were not", line) for line in end.messages]
    reported = sum(int(match[1]) for match in matches if match)
    lost = f"{left} samples: it reports at least {reported}, the others were still in the pipe" if left else "nothing"
    return Fault("SIGTERM while the model is behind", f"{size / 1e6:.0f} MB of lines, written as fast as they are read",
                 outcome(end, "samples"), lost,
                 end.code == 0 and end.clean and (not left or 0 < reported <= left))  # fmt: skip


def unread(trial: Trial) -> Fault:
    """Closes the pipe to which it writes its events."""
    read_end, write_end = os.pipe()
    monitor = Monitor(trial.bundle, "--state", trial.folder / "state", stdout=write_end)
    os.close(write_end)
    os.close(read_end)
    monitor.write(trial.header + "".join(trial.rows))
    end = ended(monitor)
    lost = int(end.counts.get("lost", 0))
    result = f"{outcome(end, 'samples', 'lost')}; its state is saved"
    return Fault("output not read", "the pipe is closed before the first event", result,
                 f"{lost} events, counted; later samples are not evaluated",
                 end.code == 1 and end.clean and lost > 0 and samples_in(trial.folder / "state") > 0)  # fmt: skip


def disk_full(trial: Trial) -> Fault:
    """Fills the disk to which the state is saved, and then frees space if possible."""
    with small_disk(trial.folder) as mounted:
        filler = trial.folder / "filler"
        if mounted:
            with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass
        return _filled(trial, filler if mounted else None)


def _filled(trial: Trial, filler: Path | None) -> Fault:
    state = trial.folder / "state"
    settings: dict[str, Any] = {} if filler else {"preexec_fn": _limit_file_size}
    monitor = Monitor(trial.bundle, "--state", state, "--save-every", 0.1, **settings)
    monitor.write(trial.header + "".join(trial.rows[:MIDDLE]))
    monitor.until(lambda: any("cannot be saved" in line for line in monitor.messages), "the error message")
    message = monitor.messages[0].replace(f"{trial.folder}/", "")
    if filler:
        filler.unlink()
    monitor.write("".join(trial.rows[MIDDLE:]))
    end = ended(monitor)
    saved = samples_in(state)
    result = f"exit code {end.code}; message: `{message}`; {compared(end.events, trial.undisturbed)}"
    expected = end.code == 0 and end.clean and tuple(end.events) == trial.undisturbed
    if filler:
        result += f"; after space is freed, the state of all {saved} samples is saved"
        cause = f"a file system of {SMALL // 1024} kB is filled; space is freed mid-stream"
        return Fault("disk full", cause, result, "nothing", expected and saved == len(trial.rows))
    cause = f"files limited to {FILE_LIMIT} bytes (RLIMIT_FSIZE), because no file system can be mounted here"
    return Fault("disk full", cause, result, "the state; the events are reported", expected and not state.exists())


def _limit_file_size() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mounts a small file system on the folder; yields false if that is not permitted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "zoo-live", str(folder)]
    mounted = _succeeds(command)
    try:
        yield mounted
    finally:
        if mounted:
            _succeeds(["umount", str(folder)])


def _succeeds(command: list[str]) -> bool:
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
