"""How a monitor is asked to stop: SIGTERM, SIGHUP and Ctrl-C, each at the end of what is being done."""

import contextlib
import signal
import threading
from collections.abc import Generator
from types import FrameType

from zoo.edge.watch.inbox import Inbox

#: As shells give it to a program that Ctrl-C stopped.
INTERRUPTED = 130


class Stop:
    """Whether to stop, and with which exit code."""

    def __init__(self, inbox: Inbox) -> None:
        """Nobody has asked yet. `inbox` is rung when somebody does."""
        self.code: int | None = None
        self._inbox = inbox

    def ask(self, code: int = 0) -> None:
        """Asks; may be called from a signal's handler."""
        self.code = code
        self._inbox.ring()

    @contextlib.contextmanager
    def signals(self) -> Generator[None, None, None]:
        """Has signals ask, once: the second one of a kind does what it did before.

        One that is ignored, as under nohup, stays so. Outside the main thread no signal can be caught.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.getsignal(one) for one in _signals()}

        def heard(number: int, frame: FrameType | None) -> None:
            signal.signal(number, before[signal.Signals(number)])
            self.ask(INTERRUPTED if number == signal.SIGINT else 0)

        caught = [one for one, old in before.items() if old not in (signal.SIG_IGN, None)]
        for one in caught:
            signal.signal(one, heard)
        try:
            yield
        finally:
            for one in caught:
                signal.signal(one, before[one])


def _signals() -> tuple[signal.Signals, ...]:
    return (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))
