"""One thread for everybody, and silence while others convert."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

#: Read by the libraries when they are first imported.
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
    """Asks every numeric library for one thread on the CPU; to be called before any of them is imported."""
    os.environ.update(ENVIRONMENT)


@contextmanager
def silenced() -> Iterator[None]:
    """Sends away what is written to standard output and error, by C++ code as well, and Python's warnings."""
    streams = (sys.stdout, sys.stderr)
    _flush(streams)
    kept = [os.dup(number) for number in (1, 2)]
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            for number in (1, 2):
                os.dup2(nowhere.fileno(), number)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
    finally:
        _flush(streams)
        for number, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, number)
            os.close(copy)


def note(text: str) -> None:
    """Tells on standard error how far a measurement is."""
    print(text, file=sys.stderr, flush=True)


def _flush(streams: tuple) -> None:
    for stream in streams:
        stream.flush()
