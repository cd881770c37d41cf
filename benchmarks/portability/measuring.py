"""Runs files on a runtime in a separate process, and compares the outputs."""

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

#: Largest |runtime - reference|: this, plus this times |reference|.
TOLERANCE = 1e-4
#: A runtime that needs longer for a small model is considered hanging.
TIMEOUT_S = 60.0
#: Number of runtimes that are measured at the same time.
PARALLEL = 2
HANGS, DIES = "does not end", "aborts the process"

Kind = Literal["equal", "refuses", "differs"]


@dataclass(frozen=True)
class Verdict:
    """The result of a file on a runtime.

    Attributes:
        kind: equal outputs, refused, or silently different outputs.
        reason: the reason in one line; "" if equal.
    """

    kind: Kind
    reason: str = ""


Verdicts = Mapping[str, Verdict]


def measure_all(runtimes: Sequence[Runtime], exports: Sequence[Export]) -> dict[str, Verdicts]:
    """The verdicts of each runtime, by its name."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        verdicts = pool.map(lambda runtime: measure(runtime.run, exports), runtimes)
        return dict(zip([runtime.name for runtime in runtimes], verdicts, strict=True))


def measure(run: Adapter, exports: Sequence[Export]) -> Verdicts:
    """Runs every file once; returns the verdicts by the names of the files."""
    verdicts: dict[str, Verdict] = {}
    remaining = list(exports)
    while remaining:
        with _process(run) as channel:
            alive = True
            while remaining and alive:
                export = remaining.pop(0)
                answer = _answer(channel, export)
                verdicts[export.name] = judged(answer, export.expected)
                alive = answer not in (HANGS, DIES) if isinstance(answer, str) else True
    return verdicts


def judged(answer: Answer, expected: Sequence[np.ndarray]) -> Verdict:
    """Compares outputs with the expected ones, or records the reason why there are none."""
    if isinstance(answer, str):
        return Verdict("refuses", answer)
    if len(answer) != len(expected):
        return Verdict("differs", "different number of outputs")
    for output, reference in zip(answer, expected, strict=True):
        if output.shape != reference.shape:
            return Verdict("differs", "different shape of an output")
        pair = output.astype(np.float64), reference.astype(np.float64)
        if not np.allclose(*pair, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
            return Verdict("differs", "different values")
    return Verdict("equal")


def _answer(channel: Connection, export: Export) -> Answer:
    try:
        channel.send((export.path, export.feeds, export.cuts))
        return channel.recv() if channel.poll(TIMEOUT_S) else HANGS
    except (EOFError, ConnectionError):
        return DIES


@contextmanager
def _process(run: Adapter) -> Iterator[Connection]:
    # A new interpreter instead of a copy of this one, which has TensorFlow's threads.
    context = multiprocessing.get_context("spawn")
    connection, child_connection = context.Pipe()
    process = context.Process(target=serve, args=(run, child_connection))
    process.start()
    child_connection.close()  # so that reading ends when the process does
    try:
        yield connection
    finally:
        connection.close()
        process.join(5)
        process.kill()
        process.join()
