"""A real `zoo watch` process: starts it, feeds it, reads its output, and kills it after a time limit."""

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

#: Seconds after which a process is considered hanging.
TIMEOUT_S = 60.0
#: Options that suppress health lines except at the end.
HEALTH_AT_END = ("--health", "100000")


class Hangs(Exception):
    """The process did not respond in time."""


class Monitor:
    """A `zoo watch` whose standard output and error are read continuously, so that it never waits for this program.

    Attributes:
        out: lines on standard output so far.
        messages: lines on standard error so far, without the line that reports the start and without health lines.
        counts: counts of the last health line.
    """

    def __init__(self, bundle: Path, *options: object, limit_s: float = TIMEOUT_S, **settings: Any) -> None:
        """Starts the process, and waits until it watches or has ended.

        Args:
            bundle: the model.
            options: further arguments of the command line.
            limit_s: seconds after which the process is killed.
            settings: keyword arguments for `subprocess.Popen`.
        """
        self.out: list[str] = []
        self.messages: list[str] = []
        self.counts: dict[str, float] = {}
        self._overdue = False
        self._watching = threading.Event()
        command = [sys.executable, "-m", "zoo", "watch", str(bundle), *HEALTH_AT_END, *map(str, options)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
        self.process: subprocess.Popen[str] = subprocess.Popen(command, text=True, bufsize=1 << 16, **pipes)
        self._timer = threading.Timer(limit_s, self._expire)
        self._timer.daemon = True
        self._timer.start()
        readers = (self._read_output, self._read_errors)
        self._threads = [threading.Thread(target=reader, daemon=True) for reader in readers]
        for thread in self._threads:
            thread.start()
        self._watching.wait(limit_s)

    def write(self, text: str) -> bool:
        """Writes to its standard input; returns false if the process has closed it."""
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
        """Waits until a condition is met; `what` names it in the message.

        Raises:
            Hangs: the condition was not met in time.
        """
        try:
            wait(lambda: self._overdue or met(), TIMEOUT_S, what)
        except Hangs:
            self._expire()
            raise
        if self._overdue:
            raise Hangs(f"was killed during the wait for {what}")

    def end(self) -> int:
        """Closes its input, and waits until it has ended; returns the exit code.

        Raises:
            Hangs: the process did not end by itself.
        """
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        code = self.process.wait()
        self._timer.cancel()
        for thread in self._threads:
            thread.join(TIMEOUT_S)
        if self._overdue:
            raise Hangs("did not end by itself and was killed")
        return code

    def events(self) -> list[dict[str, Any]]:
        """Its events, without their times of output."""
        return [{name: value for name, value in json.loads(line).items() if name != "at"} for line in self.out]

    def _expire(self) -> None:
        self._overdue = True
        self.process.kill()

    def _read_output(self) -> None:
        if self.process.stdout is not None:
            with self.process.stdout as stream:
                self.out.extend(line.rstrip("\n") for line in stream)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                if line.startswith("health: "):
                    self.counts = counted(line)
                elif ": watching " in line:
                    self._watching.set()
                else:
                    self.messages.append(line.rstrip("\n"))
        self._watching.set()  # in case it ended before it watched


def wait(met: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Polls until a condition is met; `what` names it in the message.

    Raises:
        Hangs: the condition was not met in time.
    """
    end = time.monotonic() + timeout_s
    while not met():
        if time.monotonic() > end:
            raise Hangs(f"waited for {what} without success")
        time.sleep(0.01)


def counted(line: str) -> dict[str, float]:
    """The numbers of a health line, by name."""
    return {name: float(value) for name, value in re.findall(r"(\w+)=(-?[\d.]+)(?= |$)", line)}


def resident_mb(pid: int, proc: Path = Path("/proc")) -> float:
    """Resident memory of a process in MB.

    Raises:
        ValueError: the system does not report it.
    """
    for line in (proc / str(pid) / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmRSS":
            return int(value.split()[0]) * 1024 / 1e6
    raise ValueError(f"{proc}/{pid}/status: expected a line VmRSS, got none. Is the process still running?")


def cpu_s(pid: int, proc: Path = Path("/proc")) -> float:
    """Processor seconds of a process, in user and kernel mode (proc(5): utime, stime)."""
    fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
