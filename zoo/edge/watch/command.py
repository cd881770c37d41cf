"""A command that is run for each event, one after the other, in a thread: the stream never waits for it."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from typing import Any

from zoo.edge.watch.notices import Notices

#: Events that may wait for the command; of more the newest are lost.
WAITING = 64


class Command:
    """Runs a shell command with the event as JSON on its standard input and ZOO_EVENT, ZOO_STATE, ZOO_SCORE set.

    Attributes:
        lost: events that found no room, or that were still waiting at the end.
        failures: runs that could not start, took too long, or ended with another code than 0.
    """

    def __init__(self, command: str, timeout_s: float, notices: Notices) -> None:
        """Begins a thread that waits for events."""
        self.lost = 0
        self.failures = 0
        self._command, self._timeout_s, self._notices = command, timeout_s, notices
        self._queue: queue.Queue[dict[str, Any] | None] = queue.Queue(WAITING)
        self._running: subprocess.Popen[bytes] | None = None
        self._abandoned = False
        self._busy = 0
        self._thread = threading.Thread(target=self._work, name="zoo-exec", daemon=True)
        self._thread.start()

    @property
    def buffered(self) -> int:
        """Events that wait, or for which it runs."""
        return self._queue.qsize() + self._busy

    def send(self, event: dict[str, Any]) -> None:
        """Has the command run for this event, as soon as those before are done."""
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self.lost += 1
            self._notices.tell("exec-lost", f"--exec: {WAITING} events wait for the command; the new one is lost.")

    def close(self) -> None:
        """Waits for the events that are left, as long as one of them may take, and stops what still runs then."""
        end = time.monotonic() + self._timeout_s
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=self._timeout_s)
        self._thread.join(max(0.0, end - time.monotonic()))
        if not self._thread.is_alive():
            return
        self._abandoned = True
        left = sum(one is not None for one in self._drain())
        if running := self._running:
            _kill(running)
        self._thread.join(1.0)
        if left:
            self.lost += left
            self._notices.tell("exec-lost", f"--exec: {left} events were still waiting at the end.", left)

    def _drain(self) -> list[dict[str, Any] | None]:
        left: list[dict[str, Any] | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                left.append(self._queue.get_nowait())
        return left

    def _work(self) -> None:
        while not self._abandoned and (event := self._queue.get()) is not None:
            self._busy = 1
            try:
                if reason := self._run(event):
                    self.failures += 1
                    self._notices.tell("exec", f"--exec: the command {reason} for {event['event']} {event['state']}.")
            finally:
                self._busy = 0

    def _run(self, event: dict[str, Any]) -> str:
        """Runs the command once; returns what went wrong, or ""."""
        said = {"ZOO_EVENT": event["event"], "ZOO_STATE": event["state"], "ZOO_SCORE": str(event["score"])}
        try:
            # What it prints goes to standard error: standard output is for events alone.
            process = subprocess.Popen(
                self._command, shell=True, stdin=subprocess.PIPE, stdout=2, env={**os.environ, **said},
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            return f"could not start ({error.strerror or error})"
        self._running = process
        try:
            process.communicate(f"{json.dumps(event)}\n".encode(), self._timeout_s)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.wait()
            return f"took more than {self._timeout_s:g} s and was stopped"
        finally:
            self._running = None
        return f"ended with code {process.returncode}" if process.returncode else ""


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Stops the command and what it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
