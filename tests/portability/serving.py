"""The other end of a measurement: a process that runs files for as long as it lives.

It imports nothing heavy itself: where a runtime ends its process, another one is started for the next file.
"""

import os
import re
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from portability.runtimes import Adapter

#: What is asked: a file and its inputs. What comes back: its outputs, or why there are none.
Job = tuple[Path, dict[str, np.ndarray]]
Answer = list[np.ndarray] | str


def serve(run: Adapter, channel: Connection) -> None:
    """Answers jobs until there are no more."""
    os.environ["RUST_BACKTRACE"] = "0"
    while True:
        try:
            path, feeds = channel.recv()
        except EOFError:
            return
        answer: Answer
        try:
            answer = run(path, feeds)
        except Exception as error:  # each runtime has errors of its own
            answer = told(error)
        channel.send(answer)


def told(error: BaseException) -> str:
    """The line of a runtime's message that says why, without the names and numbers that change from run to run."""
    text = re.split(r"Stack backtrace", str(error))[0]
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("Exception from", "Caused by"))]
    reason = re.sub(r"^(\d+: |Check .* failed at [^:]*:\d+:?)", "", lines[-1]) if lines else type(error).__name__
    reason = re.sub(r"'[^']*'|\"[^\"]*\"|<[^>]*>", "…", reason)
    reason = re.sub(r"^.*CALLBACK HAS THROWN: |\(.*", "", reason)
    reason = re.sub(r"(?<![A-Za-z])-?\d[\d.,]*|(?<=_)\d+", "n", reason)
    return reason.strip(" .:;")[:110]
