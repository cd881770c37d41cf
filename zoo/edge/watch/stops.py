"""Stops a monitor on SIGTERM, SIGHUP and Ctrl-C, each after the current step."""

import contextlib
import signal
import threading
from collections.abc import Generator
from types import FrameType

from zoo.edge.watch.inbox import Inbox

#: The exit code that shells report for a program stopped by Ctrl-C.
INTERRUPTED = 130


class Stop:
    """Whether to stop, and the exit code; None until a stop is requested."""

    def __init__(self, inbox: Inbox) -> None:
        """Starts without a request. A request rings `inbox`."""
        self.code: int | None = None
        self._inbox = inbox

    def ask(self, code: int = 0) -> None:
        """Requests a stop; may be called from a signal handler."""
        self.code = code
        self._inbox.ring()

    @contextlib.contextmanager
    def signals(self) -> Generator[None, None, None]:
        """Lets signals request a stop, once each: a second signal of the same kind has its original effect.

        Ignored signals, as under nohup, stay ignored. Outside the main thread no signal can be caught.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in _signals()}

        def request(number: int, frame: FrameType | None) -> None:
            signal.signal(number, before[signal.Signals(number)])
            self.ask(INTERRUPTED if number == signal.SIGINT else 0)

        caught = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]
        for number in caught:
            signal.signal(number, request)
        try:
            yield
        finally:
            for number in caught:
                signal.signal(number, before[number])


def _signals() -> tuple[signal.Signals, ...]:
    return (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))
