"""Imports the package onnxruntime when it is first needed, and explains failures in plain words."""

import contextlib
import importlib
import io
import sys
import threading
from typing import Any, cast

import numpy as np

from zoo.core.errors import BundleError
from zoo.edge.releases import NUMPY_2, OLDEST, number

_IMPORTING = threading.Lock()


class Unusable(BundleError):
    """No usable onnxruntime is installed.

    Attributes:
        reason: why it cannot be used.
        advice: what to do.
    """

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason} {advice}")
        self.reason, self.advice = reason, advice


def import_onnxruntime() -> Any:
    """Imports the package: 0.1 s and 30 MB, so only when a model is opened. The package is untyped.

    Raises:
        Unusable: it is not installed, or does not work with the other installed packages.
    """
    stderr = io.StringIO()
    already = "onnxruntime" in sys.modules
    try:
        # numpy prints half a page about a library that was built for another numpy; the error below summarises it.
        # One thread at a time: standard error is redirected for the entire process.
        with _IMPORTING, contextlib.nullcontext() if already else contextlib.redirect_stderr(stderr):
            module = importlib.import_module("onnxruntime")
    except ModuleNotFoundError as error:
        missing = (error.name or "onnxruntime").partition(".")[0]
        raise Unusable(f"{missing} is not installed.", f"Install it: {_pip(OLDEST['onnxruntime'])}") from None
    except Exception as error:  # a native library can fail to load with any exception
        raise _explained(error) from None
    if sys.stderr is not None and stderr.getvalue():
        sys.stderr.write(stderr.getvalue())
    return module


def _explained(error: Exception) -> Unusable:
    from zoo.edge.machine import version  # costs 10 ms and 3 MB, and is rarely needed

    release, numpy_version = version("onnxruntime"), str(cast(Any, np).__version__)
    if release is not None and number(release) < NUMPY_2 and number(numpy_version) >= (2, 0):
        return Unusable(
            f"onnxruntime {release} was built for numpy 1 and cannot be loaded with numpy {numpy_version}.",
            f'Upgrade it: {_pip(".".join(map(str, NUMPY_2)))}; or install an older numpy: pip install "numpy<2"',
        )
    message = " ".join(str(error).split())[:300] or type(error).__name__
    return Unusable(f"onnxruntime cannot be loaded: {message}.", f"Reinstall it: {_pip(OLDEST['onnxruntime'])}")


def _pip(oldest: str) -> str:
    return f'pip install --upgrade "onnxruntime>={oldest}"'
