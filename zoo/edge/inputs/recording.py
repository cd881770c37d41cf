"""Sensor recordings: (time, features) values at the manifest's rate."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import Manifest, RecordingInput
from zoo.edge import sensor
from zoo.edge.inputs.kind import Array, Contradiction, DeviceInput, Item, TrialInput, TrialMethods, array_of
from zoo.edge.opened import Contents, Opened
from zoo.edge.selftest import TOLERANCE

#: Time steps of a made-up recording.
STEPS = 100


def spec_of(opened: Opened) -> RecordingInput:
    """The model's input, which is a recording."""
    spec = opened.manifest.input
    assert isinstance(spec, RecordingInput)
    return spec


def port(opened: Opened) -> tuple[str, tuple[int | None, ...]]:
    """(batch, time, width) float32."""
    return "tensor(float)", (None, None, spec_of(opened).width)


def rate_hz(manifest: Manifest) -> float:
    """The grid's rate."""
    assert isinstance(manifest.input, RecordingInput)
    return manifest.input.sample_rate_hz


def contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    """Yields an impossible rate, gap or list of features."""
    spec = manifest.input
    assert isinstance(spec, RecordingInput)
    if spec.sample_rate_hz <= 0:
        yield "input.sample_rate_hz", f"more than 0, got {spec.sample_rate_hz:g}"
    if not spec.max_gap_s > 0:
        yield "input.max_gap_s", f"more than 0 seconds, got {spec.max_gap_s:g}"
    if not spec.features:
        yield "input.features", "at least one, got none"


def open_recordings(contents: Contents) -> Opened:
    """Recordings require nothing but the manifest."""
    return Opened(contents.manifest, str(contents.path))


def rows(
    opened: Opened,
    raw: Sequence[object],
    places: Sequence[str],
    rate_hz: float | None = None,
    time_s: npt.ArrayLike | None = None,
) -> list[Array]:
    """Recordings on the model's grid, (time, width) float32 each; see `zoo.edge.sensor.recording`."""
    if time_s is not None and len(raw) > 1:
        raise InputError(f"time_s: expected one recording with it, got {len(raw)}. Use predict for each.")
    return [sensor.recording(x, spec_of(opened), rate_hz, time_s, at) for x, at in zip(raw, places, strict=True)]


def pad(opened: Opened, part: Sequence[Array]) -> Array:
    """Each recording is a batch of one row."""
    (row,) = part
    return row[None]


def feed(opened: Opened, array: npt.ArrayLike) -> Array:
    """(batch, time, width) float32; refuses anything but numbers, and other shapes."""
    spec = spec_of(opened)
    values = array_of(array, spec.name, "fiu", "numbers", (spec.width,))
    return np.ascontiguousarray(values, spec.dtype)


def items(
    arguments: Sequence[str], opened: Opened, *, rate_hz: float | None = None, time_column: str | None = None
) -> Iterator[Item]:
    """Recordings from files or a pipe."""
    from zoo.edge.inputs import recording_files  # only the command line needs it and its CSV reader

    return recording_files.recordings(arguments, spec_of(opened), rate_hz=rate_hz, time_column=time_column)


def trial(opened: Opened, golden: Any, steps: int | None) -> TrialInput:
    """The golden recording, or a constant one in the middle of the sensor's limits.

    Without limits the value is 0; with a single limit it is the value nearest to 0 within that limit.
    """
    spec = spec_of(opened)
    if golden is not None:
        array = np.asarray(golden, np.float32)
    else:
        low, high = sensor.limits(spec)
        bounded = np.isfinite(low) & np.isfinite(high)
        # Only of finite limits: the middle of two infinities would be NaN, which no sensor produces.
        middle = np.where(bounded, low, 0) / 2 + np.where(bounded, high, 0) / 2
        array = np.tile(np.minimum(np.maximum(middle, low), high).astype(np.float32), (STEPS, 1))
    if steps is not None:
        array = np.resize(array, (steps, *array.shape[1:]))
    # Raw rows are not always the graph's input, which may also contain the age of each.
    return TrialInput(array, sensor.recording(array, spec), array)


def pushes(stream: Any, trial_input: TrialInput) -> Callable[[], object]:
    """Pushes one sample per call, repeating the input endlessly."""
    samples = itertools.cycle(trial_input.steps)
    return lambda: stream.push(next(samples))


def differs(predict: Callable[[Any], Any], stream: Any, golden: Any) -> str:
    """Compares the scores sample by sample with those of the complete recording."""
    whole = predict(golden).steps
    scores: list[Array] = []
    for sample in np.asarray(golden, np.float32):
        stream.push(sample)
        scores.append(stream.scores)
    stream.flush()
    pushed = np.concatenate([*scores, stream.scores])
    if len(pushed) != len(whole):
        return f"expected {len(whole)} scores, got {len(pushed)}."
    gap = float(np.abs(pushed - whole).max())
    return "" if gap <= TOLERANCE else f"a score differs by {gap:.6f}."


RECORDING = DeviceInput(
    kind="recording",
    place="values",
    options=("rate_hz", "time_s"),
    flags={"--rate": "rate_hz", "--time": "time_column"},
    flags_for="sensor recordings",
    needs=(),
    batch=1,
    port=port,
    rate_hz=rate_hz,
    contradictions=contradictions,
    open=open_recordings,
    rows=rows,
    pad=pad,
    feed=feed,
    items=items,
    trial_methods=TrialMethods("sample", trial, pushes, differs),
)
