"""The other end of a measurement: a process that runs files for as long as it lives.

It imports nothing heavy itself: where a runtime ends its process, another one is started for the next file.
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
    """How an input is run in pieces, each going on from the states that the one before left.

    Attributes:
        input: name of the input that is cut along its time axis.
        states: the input that each output behind the first one is given to.
        lengths: time steps of the pieces, the whole input in all.
    """

    input: str
    states: tuple[str, ...]
    lengths: tuple[int, ...]


#: What is asked: a file, its inputs, and where they are cut. What comes back: its outputs, or why there are none.
Job = tuple[Path, dict[str, np.ndarray], Cuts | None]
Answer = list[np.ndarray] | str


def serve(run: Adapter, channel: Connection) -> None:
    """Answers jobs until there are no more."""
    os.environ["RUST_BACKTRACE"] = "0"
    while True:
        try:
            path, feeds, cuts = channel.recv()
        except EOFError:
            return
        answer: Answer
        try:
            answer = run(path, feeds) if cuts is None else in_pieces(run, path, feeds, cuts)
        except Exception as error:  # each runtime has errors of its own
            answer = told(error)
        channel.send(answer)


def in_pieces(run: Adapter, path: Path, feeds: dict[str, np.ndarray], cuts: Cuts) -> list[np.ndarray]:
    """The outputs of all pieces, one behind the other, and the states after the last: what the whole gives."""
    rows: list[np.ndarray] = []
    states = {name: feeds[name] for name in cuts.states}
    for piece in np.split(feeds[cuts.input], np.cumsum(cuts.lengths)[:-1], axis=1):
        output, *after = run(path, {cuts.input: piece, **states})
        rows.append(output)
        states = dict(zip(cuts.states, after, strict=True))
    return [np.concatenate(rows, axis=1), *states.values()]


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
