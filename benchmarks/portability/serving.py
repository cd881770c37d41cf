"""The child process of a measurement, which runs one file after the other.

It imports no large packages itself, because a new process is started whenever a runtime aborts its process.
"""

import os
import re
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks.portability.runtimes import Adapter


@dataclass(frozen=True)
class Cuts:
    """How an input is run in pieces, each of which starts with the states of the previous one.

    Attributes:
        input: name of the input that is cut along its time axis.
        states: names of the inputs that receive the outputs after the first one.
        lengths: time steps of each piece; their sum is the length of the input.
    """

    input: str
    states: tuple[str, ...]
    lengths: tuple[int, ...]


#: A request: a file, its inputs, and how they are cut. An answer: its outputs, or the reason why there are none.
Job = tuple[Path, dict[str, np.ndarray], Cuts | None]
Answer = list[np.ndarray] | str


def serve(run: Adapter, channel: Connection) -> None:
    """Answers jobs until the channel is closed."""
    os.environ["RUST_BACKTRACE"] = "0"
    while True:
        try:
            path, feeds, cuts = channel.recv()
        except EOFError:
            return
        answer: Answer
        try:
            answer = run(path, feeds) if cuts is None else in_pieces(run, path, feeds, cuts)
        except Exception as error:  # each runtime has its own errors
            answer = reason_of(error)
        channel.send(answer)


def in_pieces(run: Adapter, path: Path, feeds: dict[str, np.ndarray], cuts: Cuts) -> list[np.ndarray]:
    """The concatenated outputs of all pieces and the last states: the outputs for the complete input."""
    rows: list[np.ndarray] = []
    states = {name: feeds[name] for name in cuts.states}
    for piece in np.split(feeds[cuts.input], np.cumsum(cuts.lengths)[:-1], axis=1):
        output, *after = run(path, {cuts.input: piece, **states})
        rows.append(output)
        states = dict(zip(cuts.states, after, strict=True))
    return [np.concatenate(rows, axis=1), *states.values()]


def reason_of(error: BaseException) -> str:
    """The line of a runtime's message that states the cause, without names and numbers that vary between runs."""
    text = re.split(r"Stack backtrace", str(error))[0]
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("Exception from", "Caused by"))]
    reason = re.sub(r"^(\d+: |Check .* failed at [^:]*:\d+:?)", "", lines[-1]) if lines else type(error).__name__
    reason = re.sub(r"'[^']*'|\"[^\"]*\"|<[^>]*>", "…", reason)
    reason = re.sub(r"^.*CALLBACK HAS THROWN: |\(.*", "", reason)
    reason = re.sub(r"(?<![A-Za-z])-?\d[\d.,]*|(?<=_)\d+", "n", reason)
    return reason.strip(" .:;")[:110]
