"""Limits numeric libraries to one thread, and silences other programs' output."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

#: Variables that the libraries read when they are imported.
ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "",
    "KERAS_BACKEND": "tensorflow",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def set_environment() -> None:
    """Limits every numeric library to one thread on the CPU. Call it before any of them is imported."""
    os.environ.update(ENVIRONMENT)


@contextmanager
def silenced() -> Iterator[None]:
    """Discards standard output and error, including those of C++ code, and Python's warnings."""
    streams = (sys.stdout, sys.stderr)
    _flush(streams)
    copies = [os.dup(number) for number in (1, 2)]
    try:
        with open(os.devnull, "w") as null, redirect_stdout(null), redirect_stderr(null):
            for number in (1, 2):
                os.dup2(null.fileno(), number)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
    finally:
        _flush(streams)
        for number, copy in zip((1, 2), copies, strict=True):
            os.dup2(copy, number)
            os.close(copy)


def note(text: str) -> None:
    """Reports progress on standard error."""
    print(text, file=sys.stderr, flush=True)


def _flush(streams: tuple) -> None:
    for stream in streams:
        stream.flush()
