"""Runs a command for each event, one after the other, in a thread, so that the stream never waits for it."""

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

#: Maximum number of events waiting for the command; further ones are lost.
WAITING = 64


class Command:
    """Runs a shell command with the event as JSON on its standard input and ZOO_EVENT, ZOO_STATE, ZOO_SCORE set.

    Attributes:
        lost: events dropped because the queue was full, or still waiting at the end.
        failures: runs that could not start, took too long, or exited with a code other than 0.
    """

    def __init__(self, command: str, timeout_s: float, notices: Notices) -> None:
        """Starts a thread that waits for events."""
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
        """Events that are waiting or being processed."""
        return self._queue.qsize() + self._busy

    def send(self, event: dict[str, Any]) -> None:
        """Queues an event, for which the command runs after those before it."""
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self.lost += 1
            self._notices.tell("exec-lost", f"--exec: {WAITING} events are waiting; the new one is lost.")

    def close(self) -> None:
        """Waits for the remaining events for at most the time limit of one run, then kills a command still running."""
        end = time.monotonic() + self._timeout_s
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=self._timeout_s)
        self._thread.join(max(0.0, end - time.monotonic()))
        if not self._thread.is_alive():
            return
        self._abandoned = True
        waiting = sum(event is not None for event in self._drain())
        if running := self._running:
            _kill(running)
        self._thread.join(1.0)
        if waiting:
            self.lost += waiting
            self._notices.tell("exec-lost", f"--exec: {waiting} events were still waiting at the end.", waiting)

    def _drain(self) -> list[dict[str, Any] | None]:
        events: list[dict[str, Any] | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                events.append(self._queue.get_nowait())
        return events

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
        """Runs the command once; returns how it failed, or ""."""
        variables = {"ZOO_EVENT": event["event"], "ZOO_STATE": event["state"], "ZOO_SCORE": str(event["score"])}
        try:
            # Its output goes to standard error: standard output is only for events.
            process = subprocess.Popen(
                self._command, shell=True, stdin=subprocess.PIPE, stdout=2, env={**os.environ, **variables},
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
        return f"exited with code {process.returncode}" if process.returncode else ""


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kills the command and every process that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
