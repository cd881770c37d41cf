"""Fake runtimes for testing the measurement. Imports are light, because each runs in a separate process."""

from pathlib import Path

import numpy as np
import onnxruntime as ort

from benchmarks.portability.runtimes import Feeds


def doubled(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """A runtime that aborts on the file named `dies`, and refuses the one named `refuses`."""
    if path.name == "dies":
        import os

        os.abort()
    if path.name == "refuses":
        raise ValueError("line one\n3: operator 'Foo' of node 17 is unknown (at /tmp/x.rs:12)")
    return [2 * feeds["x"]]


def onnxruntime(path: Path, feeds: Feeds) -> list[np.ndarray]:
    outputs = ort.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, feeds)
    return [np.asarray(output) for output in outputs]


def forgetful(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """A runtime that treats every piece as the first."""
    return onnxruntime(path, {name: np.zeros_like(x) if name.startswith("state") else x for name, x in feeds.items()})
