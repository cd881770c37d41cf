"""Recordings as a user gives them, checked against what the sensor and the model can take."""

from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.edge.manifest import SensorInput
from zoo.edge.transform import resample
from zoo.errors import InputError

#: Longest interval between two samples that is bridged by a straight line; over a longer one nothing is known.
MAX_GAP_S = 10.0

#: A recording may have this share of the model's sample rate at least; what lies between its samples is interpolated.
SLOWEST = 0.75


def recording(
    values: object,
    spec: SensorInput,
    rate_hz: float | None = None,
    time_s: npt.ArrayLike | None = None,
    where: str = "values",
) -> npt.NDArray[np.float32]:
    """Checks a recording and brings it to the model's sample rate.

    Args:
        values: (samples, features) numbers in the units of `spec`.
        spec: what the model takes.
        rate_hz: samples a second of `values`; None: the model's rate.
        time_s: (samples,) seconds, instead of `rate_hz`.
        where: name of the recording, for messages.

    Returns:
        (time, features) float32 at `spec.sample_rate_hz`.

    Raises:
        InputError: wrong shape or type, NaN or infinite, outside a feature's limits, or times that do not rise.
    """
    if rate_hz is not None and time_s is not None:
        raise InputError("expected rate_hz or time_s, got both. Give one of them.")
    samples = _numbers(values, spec, where)
    _check_range(samples, spec, where)
    if rate_hz is not None and not (np.isfinite(rate_hz) and rate_hz > 0):
        raise InputError(f"rate_hz: expected more than 0 samples a second, got {rate_hz}.")
    if time_s is not None:
        times = _seconds(time_s)
        resampled = resample(times, samples, spec.sample_rate_hz, max_gap_s=MAX_GAP_S)[1]
        _check_rate((len(times) - 1) / float(times[-1] - times[0]), spec, where)
        return resampled
    if rate_hz is not None:
        _check_rate(rate_hz, spec, where)
    if rate_hz is None or rate_hz == spec.sample_rate_hz:
        return samples
    return resample(np.arange(len(samples)) / rate_hz, samples, spec.sample_rate_hz, max_gap_s=MAX_GAP_S)[1]


def _check_rate(rate_hz: float, spec: SensorInput, where: str) -> None:
    """Refuses a recording that is much slower than what the model was trained on: it would be mostly invented."""
    if rate_hz < SLOWEST * spec.sample_rate_hz:
        raise InputError(
            f"{where}: expected at least {SLOWEST * spec.sample_rate_hz:g} samples a second (the model reads "
            f"{spec.sample_rate_hz:g}), got {rate_hz:.3g}. Record faster."
        )


def _seconds(time_s: npt.ArrayLike) -> npt.NDArray[Any]:
    """The times as numbers: dates would be read as counts of nanoseconds."""
    given: npt.NDArray[Any] = np.asarray(time_s)
    if given.dtype.kind not in "fiu":
        raise InputError(f"time_s: expected seconds as numbers, got {given.dtype}.")
    return given


def _numbers(values: object, spec: SensorInput, where: str) -> npt.NDArray[np.float32]:
    """The values as (samples, features) float32, one row at least."""
    names = ", ".join(feature.name for feature in spec.features)
    expected = f"{where}: expected (time, {len(spec.features)}) numbers with the columns {names}"
    try:
        given: npt.NDArray[Any] = np.asarray(values)
    except ValueError:
        raise InputError(f"{expected}, got rows of different lengths.") from None
    if np.ma.is_masked(values):
        raise InputError(f"{expected}, got masked ones among them. Fill them, or cut the recording there.")
    if given.dtype.kind not in "fiu":
        raise InputError(f"{expected}, got {given.dtype if given.size else 'nothing'}.")
    if given.ndim != 2 or given.shape[1] != len(spec.features):
        raise InputError(f"{expected}, got shape {given.shape}.")
    if not len(given):
        raise InputError(f"{expected}, got no rows.")
    if np.abs(given).max() <= np.finfo(np.float32).max:
        return given.astype(np.float32, copy=False)
    # NaN fails every comparison, so this finds it too.
    row, column = map(int, np.argwhere(~(np.abs(given) <= np.finfo(np.float32).max))[0])
    raise InputError(
        f"{where}: expected finite numbers, got {given[row, column]} in row {row}, "
        f"column '{spec.features[column].name}'."
    )


def _check_range(samples: npt.NDArray[np.float32], spec: SensorInput, where: str) -> None:
    """Refuses what the sensor cannot have given: mostly values in another unit."""
    low = np.array([-np.inf if feature.low is None else feature.low for feature in spec.features], np.float32)
    high = np.array([np.inf if feature.high is None else feature.high for feature in spec.features], np.float32)
    outside = (samples < low) | (samples > high)
    if not outside.any():
        return
    row, column = map(int, np.argwhere(outside)[0])
    feature = spec.features[column]
    raise InputError(
        f"{where}: expected '{feature.name}' from {low[column]:g} to {high[column]:g} {feature.unit or '(no unit)'}, "
        f"got {samples[row, column]:g} in row {row}. Is it in that unit?"
    )
