"""Opens a file for a trial: its golden input, or a made-up one, as calls that can be timed."""

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

#: Default number of time steps of a made-up window.
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
    """The calls that a file supports, each always with the same input.

    Attributes:
        input_description: what that input is.
        steps: time steps per window.
        windows: a number of windows -> runs the graph on them as one batch.
        batch: the fixed batch size of the file, which overrides the argument of `windows`; None if it is variable.
        answer: predicts for the raw input; None if there is no suitable one.
        push: pushes the next sample or word into a live stream; None for a file without states.
        push_unit: what `push` takes: "sample" or "word".
        rate_hz: samples per second of the sensor, or None.
        hop: time steps from the start of a window to that of the next; None if each begins where the last ends.
    """

    input_description: str
    steps: int
    windows: Callable[[int], Call]
    answer: Call | None = None
    push: Call | None = None
    push_unit: str = "sample"
    rate_hz: float | None = None
    batch: int | None = None
    hop: int | None = None

    def first(self) -> Call:
        """The first call of a program: an answer, or only the graph."""
        return self.answer or self.windows(1)


def open_trial(path: str | os.PathLike[str], *, threads: int = 1, steps: int | None = None) -> Trial:
    """Opens a bundle, or any ONNX file.

    Args:
        path: a bundle's folder or an ONNX file.
        threads: number of threads that compute one operator.
        steps: time steps of a window. Default: those of the model's windows, or else of the golden input.

    Raises:
        BundleError: it is missing, damaged, or this onnxruntime cannot run it.
        InputError: `steps` exceeds the length of the model's windows.
    """
    file = model_file(Path(path))
    model = file.read_bytes()
    header = read_header(model, str(file))
    if MANIFEST_KEY in header.metadata:
        contents = read_bundle(path)
        return of_bundle(Runner(contents, threads), contents, steps)
    return of_session(open_session(model, header, str(file), threads), str(file), steps)


def of_bundle(runner: Runner, contents: Contents, steps: int | None = None) -> Trial:
    """A trial of a bundle with its golden input, or a made-up one if it has none; a single window, if it uses windows.

    Raises:
        InputError: `steps` exceeds the length of its windows.
    """
    golden = None if contents.selftest is None else read_cases(contents.selftest, str(contents.path))[0].input
    input_description = "golden input" if golden is not None else "made-up input"
    window = _window(runner)
    if window is not None:
        steps = window.steps if steps is None else steps
        if steps > window.steps:
            most = f"{window.steps} time steps, the length of the model's windows"
            raise InputError(f"window: expected at most {most}, got {steps}. Use that or fewer.")
    if steps is not None:
        input_description = f"{input_description}, repeated or cut to {steps} steps"
    methods = runner.kind.trial_methods
    trial_input = methods.trial(runner.opened, golden, steps)
    stream = runner.stream() if runner.manifest.streaming is not None else None

    def windows(count: int) -> Call:
        batch = np.repeat(trial_input.row[None], count, axis=0)
        return lambda: runner.run(batch)

    return Trial(
        input_description,
        len(trial_input.row),
        windows,
        None if trial_input.raw is None else lambda: runner.predict(trial_input.raw),
        None if stream is None else methods.pushes(stream, trial_input),
        methods.push_unit,
        runner.kind.rate_hz(runner.manifest),
        hop=None if window is None else window.hop,
    )


@dataclass(frozen=True)
class _Window:
    """The windows of a model: time steps per window, and from the start of one window to that of the next."""

    steps: int
    hop: int


def _window(runner: Runner) -> _Window | None:
    """The windows into which the model's task cuts a longer input; None if the model runs on complete inputs."""
    size, cut = runner.manifest.output.window_steps, runner.task.cut
    if size is None or cut is None:
        return None
    # With twice the length, the second window is not the last one, which may start earlier.
    (first, end), (second, _), *_ = cut(runner.opened, 2 * size)
    return _Window(end - first, second - first)


def of_session(session: Session, where: str, steps: int | None = None) -> Trial:
    """A trial of any ONNX file with a made-up input: the first axis is the batch, other variable axes are time steps.

    Raises:
        BundleError: an input is not a tensor of numbers.
    """
    length = STEPS if steps is None else steps
    ports = session.get_inputs()
    for port in ports:
        if port.type not in _TYPES:
            raise BundleError(f"{where}: input '{port.name}': expected a tensor of numbers, got {port.type}.")
    has_time = any(not isinstance(size, int) for port in ports for size in port.shape[1:])

    def windows(count: int) -> Call:
        feed = {port.name: _made_up(port, count, length) for port in ports}
        return lambda: session.run(None, feed)

    fixed = next((size for port in ports for size in port.shape[:1] if isinstance(size, int)), None)
    return Trial("made-up input", length if has_time else 1, windows, batch=fixed)


def _made_up(port: Port, batch: int, length: int) -> npt.NDArray[Any]:
    """Random values for an input; ones for integer inputs, which may be ids."""
    fixed = [size if isinstance(size, int) else length for size in port.shape[1:]]
    first = port.shape[:1]
    shape = [*(size if isinstance(size, int) else batch for size in first), *fixed]
    kind = _TYPES[port.type]
    if np.issubdtype(kind, np.floating):
        return np.random.default_rng(0).standard_normal(shape).astype(kind)
    return np.ones(shape, kind)
