"""A file opened to be tried: its golden input, or one made up, as calls that can be timed."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import BundleError, InputError
from zoo.core.manifest import MANIFEST_KEY
from zoo.edge.bundle import model_file, read_bundle
from zoo.edge.device.timing import Call
from zoo.edge.onnxfile import read_header
from zoo.edge.opened import Contents
from zoo.edge.runner import Runner
from zoo.edge.selftest import read_cases
from zoo.edge.sessions import Port, Session, open_session

#: Time steps of a made-up window, if nothing says how many there should be.
STEPS = 100


_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
}


@dataclass(frozen=True)
class Trial:
    """What of a file can be called, each call with the same input.

    Attributes:
        given: what that input is, in words.
        steps: time steps in a window.
        windows: how many windows at once -> runs the graph on them.
        batch: how many windows at once the file is fixed to, whatever `windows` is asked for; None if to none.
        answer: raw input to prediction; None if there is none to give.
        push: the next sample or word into a live stream; None for a file that has no states.
        pushed: what `push` takes: "sample" or "word".
        rate_hz: samples a second that the sensor gives, or None.
        hop: time steps from the start of a window to that of the next; None if one begins where the other ends.
    """

    given: str
    steps: int
    windows: Callable[[int], Call]
    answer: Call | None = None
    push: Call | None = None
    pushed: str = "sample"
    rate_hz: float | None = None
    batch: int | None = None
    hop: int | None = None

    def first(self) -> Call:
        """What a program does first: an answer, or the graph alone."""
        return self.answer or self.windows(1)


def open_trial(path: str | os.PathLike[str], *, threads: int = 1, steps: int | None = None) -> Trial:
    """Opens a bundle, or any ONNX file.

    Args:
        path: a bundle's folder or an ONNX file.
        threads: that compute one operator together.
        steps: time steps of a window; if not given those of the model's windows, or else those of the golden input.

    Raises:
        BundleError: it is missing, damaged, or this onnxruntime cannot run it.
        InputError: `steps` is more than the model's windows have.
    """
    file = model_file(Path(path))
    model = file.read_bytes()
    header = read_header(model, str(file))
    if MANIFEST_KEY in header.metadata:
        contents = read_bundle(path)
        return of_bundle(Runner(contents, threads), contents, steps)
    return of_session(open_session(model, header, str(file), threads), str(file), steps)


def of_bundle(runner: Runner, contents: Contents, steps: int | None = None) -> Trial:
    """A bundle with its golden input; with a made-up one if it carries none. One window, where it runs on windows.

    Raises:
        InputError: `steps` is more than its windows have.
    """
    golden = None if contents.selftest is None else read_cases(contents.selftest, str(contents.path))[0].input
    given = "golden input" if golden is not None else "made-up input"
    window = _window(runner)
    if window is not None:
        steps = window.steps if steps is None else steps
        if steps > window.steps:
            most = f"{window.steps} time steps, which the model's windows have"
            raise InputError(f"window: expected at most {most}, got {steps}. Time that, or fewer.")
    if steps is not None:
        given = f"{given}, repeated or cut to {steps} steps"
    trying = runner.kind.trying
    tried = trying.trial(runner.opened, golden, steps)
    stream = runner.stream() if runner.manifest.streaming is not None else None

    def windows(count: int) -> Call:
        batch = np.repeat(tried.row[None], count, axis=0)
        return lambda: runner.run(batch)

    return Trial(
        given,
        len(tried.row),
        windows,
        None if tried.raw is None else lambda: runner.predict(tried.raw),
        None if stream is None else trying.pushes(stream, tried),
        trying.pushed,
        runner.kind.rate_hz(runner.manifest),
        hop=None if window is None else window.hop,
    )


@dataclass(frozen=True)
class _Window:
    """What a model runs on instead of the whole: time steps of a window, and from its start to that of the next."""

    steps: int
    hop: int


def _window(runner: Runner) -> _Window | None:
    """The windows of the model, as its task cuts them from an input that is longer; None if it runs on the whole."""
    size, cut = runner.manifest.output.window_steps, runner.task.cut
    if size is None or cut is None:
        return None
    # In twice the length the second window is not yet the last, which may come sooner.
    (first, behind), (following, _), *_ = cut(runner.opened, 2 * size)
    return _Window(behind - first, following - first)


def of_session(session: Session, where: str, steps: int | None = None) -> Trial:
    """Any ONNX file with a made-up input: the first axis is the batch, others of no fixed size are time steps.

    Raises:
        BundleError: an input is of a kind that cannot be made up.
    """
    length = STEPS if steps is None else steps
    ports = session.get_inputs()
    for port in ports:
        if port.type not in _TYPES:
            raise BundleError(f"{where}: input '{port.name}': expected a tensor of numbers, got {port.type}.")
    sized = any(not isinstance(size, int) for port in ports for size in port.shape[1:])

    def windows(count: int) -> Call:
        feed = {port.name: _made_up(port, count, length) for port in ports}
        return lambda: session.run(None, feed)

    fixed = next((size for port in ports for size in port.shape[:1] if isinstance(size, int)), None)
    return Trial("made-up input", length if sized else 1, windows, batch=fixed)


def _made_up(port: Port, batch: int, length: int) -> npt.NDArray[Any]:
    """Random values for an input; ones for whole numbers, which may be ids."""
    fixed = [size if isinstance(size, int) else length for size in port.shape[1:]]
    first = port.shape[:1]
    shape = [*(size if isinstance(size, int) else batch for size in first), *fixed]
    kind = _TYPES[port.type]
    if np.issubdtype(kind, np.floating):
        return np.random.default_rng(0).standard_normal(shape).astype(kind)
    return np.ones(shape, kind)
