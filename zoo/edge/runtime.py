"""The package onnxruntime, imported when it is first needed; and in plain words why that fails."""

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
    """There is no onnxruntime that could run a model.

    Attributes:
        reason: why.
        advice: what to do.
    """

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason} {advice}")
        self.reason, self.advice = reason, advice


def import_onnxruntime() -> Any:
    """The package: 0.1 s and 30 MB, so only when a model is opened. It has no types of its own.

    Raises:
        Unusable: it is not installed, or does not load beside what else is.
    """
    said = io.StringIO()
    try:
        # numpy prints half a page about a library that was built for another numpy; what matters of it is told below.
        # One thread at a time: what is printed is kept back for the whole process.
        with _IMPORTING, contextlib.nullcontext() if "onnxruntime" in sys.modules else contextlib.redirect_stderr(said):
            module = importlib.import_module("onnxruntime")
    except ModuleNotFoundError as error:
        missing = (error.name or "onnxruntime").partition(".")[0]
        raise Unusable(f"{missing} is not installed.", f"Install it: {_pip(OLDEST['onnxruntime'])}") from None
    except Exception as error:  # a native library that does not load says so in many ways
        raise _explained(error) from None
    if sys.stderr is not None and said.getvalue():
        sys.stderr.write(said.getvalue())
    return module


def _explained(error: Exception) -> Unusable:
    from zoo.edge.machine import version  # 10 ms and 3 MB, for what happens hardly ever

    release, arrays = version("onnxruntime"), str(cast(Any, np).__version__)
    if release is not None and number(release) < NUMPY_2 and number(arrays) >= (2, 0):
        return Unusable(
            f"onnxruntime {release} was built for numpy 1 and does not load beside numpy {arrays}.",
            f'Upgrade it: {_pip(".".join(map(str, NUMPY_2)))}; or take the older numpy: pip install "numpy<2"',
        )
    told = " ".join(str(error).split())[:300] or type(error).__name__
    return Unusable(f"onnxruntime does not load: {told}.", f"Install it anew: {_pip(OLDEST['onnxruntime'])}")


def _pip(oldest: str) -> str:
    return f'pip install --upgrade "onnxruntime>={oldest}"'
