"""A real `zoo watch`: started, fed, read all the time, stopped for good if it takes too long."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Seconds that a step may take before the process counts as hanging.
PATIENCE_S = 60.0
#: Health lines only at the end.
AT_THE_END = ("--health", "100000")


class Hangs(Exception):
    """Something that was waited for did not come."""


class Monitor:
    """A `zoo watch` whose standard output and error are always read, so that it never waits for this program.

    Attributes:
        out: lines on standard output so far.
        said: lines on standard error so far, after the one that says that it watches, without those about health.
        counts: what the last line about health counted.
    """

    def __init__(self, bundle: Path, *options: object, limit_s: float = PATIENCE_S, **settings: Any) -> None:
        """Starts it, and waits until it watches or has ended.

        Args:
            bundle: the model.
            options: what follows it on the command line.
            limit_s: seconds after which it is killed.
            settings: for `subprocess.Popen`.
        """
        self.out: list[str] = []
        self.said: list[str] = []
        self.counts: dict[str, float] = {}
        self._overdue = False
        self._watching = threading.Event()
        command = [sys.executable, "-m", "zoo", "watch", str(bundle), *AT_THE_END, *map(str, options)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
        self.process: subprocess.Popen[str] = subprocess.Popen(command, text=True, bufsize=1 << 16, **pipes)
        self._clock = threading.Timer(limit_s, self._expire)
        self._clock.daemon = True
        self._clock.start()
        self._threads = [threading.Thread(target=reads, daemon=True) for reads in (self._read, self._listen)]
        for thread in self._threads:
            thread.start()
        self._watching.wait(limit_s)

    def write(self, text: str) -> bool:
        """Writes to its standard input; returns whether anybody still reads there."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(text)
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def until(self, met: Callable[[], bool], what: str) -> None:
        """Waits for something.

        Raises:
            Hangs: it did not come.
        """
        try:
            wait(lambda: self._overdue or met(), PATIENCE_S, what)
        except Hangs:
            self._expire()
            raise
        if self._overdue:
            raise Hangs(f"was killed while it was waited for {what}")

    def end(self) -> int:
        """Ends its input, waits until it has ended; returns the exit code.

        Raises:
            Hangs: it did not end by itself.
        """
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        code = self.process.wait()
        self._clock.cancel()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        if self._overdue:
            raise Hangs("did not end by itself and was killed")
        return code

    def events(self) -> list[dict[str, Any]]:
        """Its events, without the moment at which they were told."""
        return [{name: value for name, value in json.loads(line).items() if name != "at"} for line in self.out]

    def _expire(self) -> None:
        self._overdue = True
        self.process.kill()

    def _read(self) -> None:
        if self.process.stdout is not None:
            with self.process.stdout as stream:
                self.out.extend(line.rstrip("\n") for line in stream)

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                if line.startswith("health: "):
                    self.counts = counted(line)
                elif ": watching " in line:
                    self._watching.set()
                else:
                    self.said.append(line.rstrip("\n"))
        self._watching.set()  # or it has ended


def wait(met: Callable[[], bool], patience_s: float, what: str) -> None:
    """Waits for something that cannot be waited for in another way.

    Raises:
        Hangs: it did not come.
    """
    end = time.monotonic() + patience_s
    while not met():
        if time.monotonic() > end:
            raise Hangs(f"waited for {what}, which did not come")
        time.sleep(0.01)


def counted(line: str) -> dict[str, float]:
    """The numbers of a line about health, by name."""
    return {name: float(value) for name, value in re.findall(r"(\w+)=(-?[\d.]+)(?= |$)", line)}


def resident_mb(pid: int, proc: Path = Path("/proc")) -> float:
    """Resident memory of a process in MB.

    Raises:
        ValueError: the system does not say.
    """
    for line in (proc / str(pid) / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmRSS":
            return int(value.split()[0]) * 1024 / 1e6
    raise ValueError(f"{proc}/{pid}/status: expected a line VmRSS, got none. Is the process still running?")


def cpu_s(pid: int, proc: Path = Path("/proc")) -> float:
    """Processor seconds that a process has taken, its own and the kernel's for it (proc(5): utime, stime)."""
    fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
