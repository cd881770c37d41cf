"""Puts sensor recordings on an even time grid: the same numpy code prepares training data and a device's input."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError

#: A recording counts as on the grid if every sample lies within this fraction of a grid period of its grid point.
ON_GRID = 0.01
#: A sample less than this fraction of a period before a bin's edge belongs to that bin: the difference is rounding.
ON_EDGE = 1e-6

#: How a bin without samples is filled. "line": on the line between the samples around it, known when the later one
#: comes. "hold": with the last sample, known immediately, for sensors whose next sample may be minutes away.
Fill = Literal["line", "hold"]


def resample(
    time_s: npt.ArrayLike, values: npt.ArrayLike, rate_hz: float, *, max_gap_s: float | None = None, fill: Fill = "line"
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Puts a recording on a grid of `rate_hz` that starts with its first sample.

    A grid point is the mean of the samples in its bin of 1 / `rate_hz` seconds; a bin without samples is filled as
    `fill` says. With `line`, each sample represents the interval around it, so the bins' edges lie half a sampling
    interval early: jitter below that moves no sample into the neighbouring bin. A recording that is already on the
    grid is returned unchanged. With `hold`, samples have no usual interval: a bin begins at its grid point.

    Args:
        time_s: (samples,) seconds, rising.
        values: (samples, features).
        rate_hz: grid points per second.
        max_gap_s: longest interval between two samples, in seconds, that may be filled; None: any.
        fill: how bins without samples are filled.

    Returns:
        (time,) seconds of the grid points, and (time, features) float32.

    Raises:
        InputError: fewer than two samples, times that do not rise or are not finite, or too long a gap.
    """
    times = np.asarray(time_s, np.float64)
    samples = np.asarray(values, np.float32)
    interval = _check_times(times, samples, rate_hz, max_gap_s)
    if _on_grid(times, rate_hz, fill):
        return times, samples
    filled, first, count = np.unique(_bins(times, rate_hz, interval, fill), return_index=True, return_counts=True)
    # Sums in float64: a bin may hold thousands of samples.
    means = np.add.reduceat(samples.astype(np.float64), first, axis=0) / count[:, None]
    steps = np.arange(int(filled[-1]) + 1)
    if fill == "hold":
        held = means[np.searchsorted(filled, steps, side="right") - 1]
        return times[0] + steps / rate_hz, held.astype(np.float32)
    grid = np.empty((len(steps), samples.shape[1]), np.float32)
    for column in range(samples.shape[1]):
        grid[:, column] = np.interp(steps, filled, means[:, column])
    return times[0] + steps / rate_hz, grid


def empty_steps(time_s: npt.ArrayLike, rate_hz: float, *, fill: Fill = "line") -> npt.NDArray[np.int64]:
    """For each grid point of `resample`, the number of points since the last one whose bin had a sample.

    Args:
        time_s: (samples,) seconds, already accepted by `resample`.
        rate_hz: grid points per second.
        fill: as for `resample`.

    Returns:
        (time,) counts, 0 where there is a sample.
    """
    times = np.asarray(time_s, np.float64)
    if _on_grid(times, rate_hz, fill):
        return np.zeros(len(times), np.int64)
    filled = np.unique(_bins(times, rate_hz, float(np.median(np.diff(times))), fill))
    steps = np.arange(int(filled[-1]) + 1)
    return steps - filled[np.searchsorted(filled, steps, side="right") - 1]


def gap(steps: npt.ArrayLike, rate_hz: float) -> npt.NDArray[np.float64]:
    """The model input for the age of a grid point's values: ln(1 + seconds since the last sample).

    The logarithm keeps gaps of minutes on the same scale as gaps of a second.

    Args:
        steps: number of grid points since the last one with a sample.
        rate_hz: grid points per second.
    """
    return np.log1p(np.asarray(steps, np.float64) / rate_hz)


def early(interval_s: float, rate_hz: float, fill: Fill = "line") -> float:
    """How much earlier than its grid point a bin begins, in periods of the grid.

    Args:
        interval_s: usual time between two samples, in seconds.
        rate_hz: grid points per second.
        fill: as for `resample`.
    """
    return (min(0.5, 0.5 * interval_s * rate_hz) if fill == "line" else 0.0) + ON_EDGE


def _on_grid(times: npt.NDArray[np.float64], rate_hz: float, fill: Fill) -> bool:
    """Whether every sample is already a grid point."""
    place = (times - times[0]) * rate_hz
    return fill == "line" and bool(np.abs(place - np.arange(len(place))).max() <= ON_GRID)


def _bins(times: npt.NDArray[np.float64], rate_hz: float, interval_s: float, fill: Fill) -> npt.NDArray[np.int64]:
    """(samples,) bin number of each sample, in non-decreasing order."""
    return np.floor((times - times[0]) * rate_hz + early(interval_s, rate_hz, fill)).astype(np.int64)


def nearest(time_s: npt.ArrayLike, labels: npt.ArrayLike, at: npt.ArrayLike) -> npt.NDArray[np.generic]:
    """The label of the sample nearest in time to each point; of two equally near samples, the earlier one's.

    Args:
        time_s: (samples,) seconds, rising.
        labels: (samples,) of any type.
        at: (time,) seconds.

    Returns:
        (time,) labels.
    """
    times = np.asarray(time_s, np.float64)
    midpoints = (times[1:] + times[:-1]) / 2
    return np.asarray(labels)[np.searchsorted(midpoints, np.asarray(at, np.float64), side="left")]


def _check_times(
    times: npt.NDArray[np.float64], samples: npt.NDArray[np.float32], rate_hz: float, max_gap_s: float | None
) -> float:
    """Refuses times that cannot be resampled; returns the median interval between two samples in seconds."""
    if not (np.isfinite(rate_hz) and rate_hz > 0):
        raise InputError(f"rate_hz: expected more than 0 samples per second, got {rate_hz}.")
    if samples.ndim != 2:
        raise InputError(f"values: expected (time, features), got shape {samples.shape}.")
    if times.shape != samples.shape[:1]:
        raise InputError(f"time_s: expected {len(samples)} times, one per row, got shape {times.shape}.")
    if len(times) < 2:
        raise InputError(f"values: expected at least 2 samples to resample, got {len(times)}.")
    if not np.isfinite(times).all():
        row = int(np.argmin(np.isfinite(times)))
        raise InputError(f"time_s: expected finite seconds, got {times[row]} in row {row}.")
    intervals = np.diff(times)
    if intervals.min() < 0:
        row = int(np.argmax(intervals < 0)) + 1
        raise InputError(
            f"time_s: expected rising seconds, got {times[row]:g} in row {row} after {times[row - 1]:g}. "
            "Sort the rows by time."
        )
    if times[-1] == times[0]:
        raise InputError(f"time_s: expected rising seconds, got {times[0]:g} in every row.")
    longest = int(np.argmax(intervals))
    if max_gap_s is not None and intervals[longest] > max_gap_s:
        raise InputError(
            f"time_s: expected gaps of at most {max_gap_s:g} s, got {intervals[longest]:g} s after row {longest} "
            f"({times[longest]:g} s). Split the recording there."
        )
    return float(np.median(intervals))
