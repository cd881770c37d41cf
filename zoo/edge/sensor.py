"""Checks a user's recordings against the sensor's limits and the model's input, and resamples them."""

from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import RecordingInput
from zoo.core.transform import empty_steps, gap, resample

#: Highest plausible number of samples per second.
FASTEST_HZ = 1e6
#: Lowest accepted rate of a recording, as a share of the model's sample rate; between its samples, values are
#: interpolated.
SLOWEST = 0.75


def recording(
    values: object,
    spec: RecordingInput,
    rate_hz: float | None = None,
    time_s: npt.ArrayLike | None = None,
    where: str = "values",
) -> npt.NDArray[np.float32]:
    """Checks a recording and resamples it to the model's sample rate.

    Args:
        values: (samples, features) numbers in the units of `spec`.
        spec: the model's input.
        rate_hz: samples per second of `values`; None: the model's rate.
        time_s: (samples,) seconds, instead of `rate_hz`.
        where: name of the recording, for messages.

    Returns:
        (time, width) float32 at `spec.sample_rate_hz`.

    Raises:
        InputError: wrong shape or type, values that are NaN, infinite or outside a feature's limits, or times that do
            not rise.
    """
    if rate_hz is not None and time_s is not None:
        raise InputError("expected rate_hz or time_s, got both. Use one of them.")
    samples = _numbers(values, spec, where)
    _check_range(samples, spec, where)
    if rate_hz is not None and not (np.isfinite(rate_hz) and rate_hz > 0):
        raise InputError(f"rate_hz: expected more than 0 samples per second, got {rate_hz}.")
    if time_s is not None:
        times = seconds(time_s)
        resampled = on_grid(times, samples, spec)[1]
        check_rate((len(times) - 1) / float(times[-1] - times[0]), spec, where)
        return resampled
    if rate_hz is not None:
        check_rate(rate_hz, spec, where)
    if rate_hz is None or rate_hz == spec.sample_rate_hz:
        return np.concatenate([samples, np.zeros((len(samples), 1), np.float32)], axis=1) if spec.gaps else samples
    return on_grid(np.arange(len(samples)) / rate_hz, samples, spec)[1]


def on_grid(
    time_s: npt.ArrayLike, values: npt.ArrayLike, spec: RecordingInput, max_gap_s: float | None = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """A recording as the graph reads it: the same for training, `predict` and, point by point, `Grid`.

    Args:
        time_s: (samples,) seconds, rising.
        values: (samples, features).
        spec: the grid, and how grid points without samples are filled.
        max_gap_s: longest gap that is filled, in seconds. Default: that of `spec`.

    Returns:
        (time,) seconds of the steps, and (time, width) float32.

    Raises:
        InputError: times that do not rise, or too long a gap.
    """
    longest = spec.max_gap_s if max_gap_s is None else max_gap_s
    times, grid = resample(time_s, values, spec.sample_rate_hz, max_gap_s=longest, fill=spec.fill)
    if not spec.gaps:
        return times, grid
    age = gap(empty_steps(time_s, spec.sample_rate_hz, fill=spec.fill), spec.sample_rate_hz)
    return times, np.concatenate([grid, age[:, None].astype(np.float32)], axis=1)


def check_rate(rate_hz: float, spec: RecordingInput, where: str) -> None:
    """Refuses a recording much slower than the training data, because most of its values would be interpolated.

    Accepts any rate where the last sample is held: such a model was trained with missing samples.
    """
    if not isinstance(rate_hz, Real) or not 0 < rate_hz <= FASTEST_HZ:
        raise InputError(
            f"{where}: expected more than 0 and at most {FASTEST_HZ:g} samples per second, got {rate_hz!r}."
        )
    if spec.fill == "line" and rate_hz < SLOWEST * spec.sample_rate_hz:
        raise InputError(
            f"{where}: expected at least {SLOWEST * spec.sample_rate_hz:g} samples per second (the model reads "
            f"{spec.sample_rate_hz:g}), got {rate_hz:.3g}. Record faster."
        )


def seconds(time_s: npt.ArrayLike, where: str = "time_s") -> npt.NDArray[Any]:
    """The times as numbers; refuses dates, which would be read as counts of nanoseconds."""
    times: npt.NDArray[Any] = np.asarray(time_s)
    if times.dtype.kind not in "fiu":
        raise InputError(f"{where}: expected seconds as numbers, got {times.dtype}.")
    return times


def _numbers(values: object, spec: RecordingInput, where: str) -> npt.NDArray[np.float32]:
    """The values as (samples, features) float32 with at least one row."""
    names = ", ".join(feature.name for feature in spec.features)
    expected = f"{where}: expected (time, {len(spec.features)}) numbers with the columns {names}"
    try:
        array: npt.NDArray[Any] = np.asarray(values)
    except ValueError:
        raise InputError(f"{expected}, got rows of different lengths.") from None
    if np.ma.is_masked(values):
        raise InputError(f"{expected}, got masked ones among them. Fill them, or split the recording there.")
    if array.dtype.kind not in "fiu":
        raise InputError(f"{expected}, got {array.dtype if array.size else 'nothing'}.")
    if array.ndim != 2 or array.shape[1] != len(spec.features):
        raise InputError(f"{expected}, got shape {array.shape}.")
    if not len(array):
        raise InputError(f"{expected}, got no rows.")
    if np.abs(array).max() <= np.finfo(np.float32).max:
        return array.astype(np.float32, copy=False)
    # Also finds NaN, which fails every comparison.
    row, column = map(int, np.argwhere(~(np.abs(array) <= np.finfo(np.float32).max))[0])
    raise InputError(
        f"{where}: expected finite numbers, got {array[row, column]} in row {row}, "
        f"column '{spec.features[column].name}'. Fill it, or split the recording there."
    )


def limits(spec: RecordingInput) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The lowest and the highest valid value of each feature: (features,) each, infinite if unknown."""
    low = [-np.inf if feature.low is None else feature.low for feature in spec.features]
    high = [np.inf if feature.high is None else feature.high for feature in spec.features]
    return np.array(low, np.float32), np.array(high, np.float32)


def _check_range(samples: npt.NDArray[np.float32], spec: RecordingInput, where: str) -> None:
    """Refuses values outside the sensor's limits, which are usually in another unit."""
    low, high = limits(spec)
    outside = (samples < low) | (samples > high)
    if not outside.any():
        return
    row, column = map(int, np.argwhere(outside)[0])
    feature = spec.features[column]
    raise InputError(
        f"{where}: expected '{feature.name}' from {low[column]:g} to {high[column]:g} {feature.unit or '(no unit)'}, "
        f"got {samples[row, column]:g} in row {row}. Is it in that unit?"
    )
