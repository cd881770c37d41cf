"""Runs files on a runtime in a process of its own, and says what came of it."""

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

import numpy as np

from benchmarks.portability.exports import Export
from benchmarks.portability.runtimes import Adapter, Runtime
from benchmarks.portability.serving import Answer, serve

#: |runtime - reference| may be at most this, plus this times |reference|.
TOLERANCE = 1e-4
#: A runtime that takes longer for a small model hangs.
PATIENCE_S = 60.0
#: Runtimes that are measured at once.
AT_ONCE = 2
HANGS, DIES = "does not end", "ends the whole process"

Kind = Literal["equal", "refuses", "differs"]


@dataclass(frozen=True)
class Verdict:
    """What a runtime did with a file.

    Attributes:
        kind: whether it computed the same, refused, or computed something else without a word.
        reason: why, in one line; of equal ones "".
    """

    kind: Kind
    reason: str = ""


Verdicts = Mapping[str, Verdict]


def measure_all(runtimes: Sequence[Runtime], exports: Sequence[Export]) -> dict[str, Verdicts]:
    """Every runtime's verdicts, by its name."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = pool.map(lambda runtime: measure(runtime.run, exports), runtimes)
        return dict(zip([runtime.name for runtime in runtimes], verdicts, strict=True))


def measure(run: Adapter, exports: Sequence[Export]) -> Verdicts:
    """Runs every file once; the verdicts by the files' names."""
    verdicts: dict[str, Verdict] = {}
    remaining = list(exports)
    while remaining:
        with _process(run) as channel:
            lives = True
            while remaining and lives:
                export = remaining.pop(0)
                answer = _asked(channel, export)
                verdicts[export.name] = judged(answer, export.expected)
                lives = answer not in (HANGS, DIES) if isinstance(answer, str) else True
    return verdicts


def judged(answer: Answer, expected: Sequence[np.ndarray]) -> Verdict:
    """Compares outputs, or takes note of why there are none."""
    if isinstance(answer, str):
        return Verdict("refuses", answer)
    if len(answer) != len(expected):
        return Verdict("differs", "number of outputs")
    for one, other in zip(answer, expected, strict=True):
        if one.shape != other.shape:
            return Verdict("differs", "shape of an output")
        pair = one.astype(np.float64), other.astype(np.float64)
        if not np.allclose(*pair, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
            return Verdict("differs", "other numbers")
    return Verdict("equal")


def _asked(channel: Connection, export: Export) -> Answer:
    try:
        channel.send((export.path, export.feeds, export.cuts))
        return channel.recv() if channel.poll(PATIENCE_S) else HANGS
    except (EOFError, ConnectionError):
        return DIES


@contextmanager
def _process(run: Adapter) -> Iterator[Connection]:
    # A new interpreter, not a copy of this one, which TensorFlow's threads are in.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(run, there))
    process.start()
    there.close()  # so that reading ends when the process does
    try:
        yield here
    finally:
        here.close()
        process.join(5)
        process.kill()
        process.join()
