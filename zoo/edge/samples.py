"""Checks live samples against the model's input, and counts what becomes of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import RecordingInput
from zoo.edge.sensor import seconds


@dataclass
class Health:
    """Counts of what became of a stream's samples.

    Attributes:
        samples: samples pushed.
        invalid: samples with values that are NaN, infinite or outside a feature's limits.
        late: samples skipped because they are older than the one before.
        resets: resets of the stream by gaps, jumps of the clock and scores that are not finite.
        steps: time steps of the model's grid that were scored.
        stuck_s: seconds since any feature last changed.
    """

    samples: int = 0
    invalid: int = 0
    late: int = 0
    resets: int = 0
    steps: int = 0
    stuck_s: float = 0.0


def rows_of(values: npt.ArrayLike, spec: RecordingInput) -> npt.NDArray[np.float32]:
    """One or several samples as (samples, features); NaN and infinity are accepted.

    Raises:
        InputError: not numbers, or a different number of features than the model's.
    """
    names = ", ".join(feature.name for feature in spec.features)
    expected = f"values: expected {len(spec.features)} numbers per sample ({names})"
    try:
        samples: npt.NDArray[Any] = np.asarray(values)
        if np.ma.is_masked(values):  # masked values are missing ones
            samples = np.asarray(np.ma.filled(np.ma.asarray(values, np.float64), np.nan))
    except ValueError:
        raise InputError(f"{expected}, got rows of different lengths.") from None
    if samples.dtype.kind not in "fiu":
        raise InputError(f"{expected}, got {samples.dtype if samples.size else 'nothing'}.")
    if samples.ndim not in (1, 2) or samples.shape[-1] != len(spec.features):
        raise InputError(f"{expected}, got shape {samples.shape}.")
    with np.errstate(over="ignore"):  # values beyond float32 become infinite, and therefore invalid
        return np.atleast_2d(samples).astype(np.float32)


def times_of(time_s: npt.ArrayLike, samples: int, where: str = "time_s") -> npt.NDArray[np.float64]:
    """The samples' times as (samples,) seconds.

    Raises:
        InputError: not numbers, not one per sample, or not finite.
    """
    times = np.atleast_1d(seconds(time_s, where))
    if times.shape != (samples,):
        raise InputError(f"{where}: expected {samples} times, one per sample, got shape {times.shape}.")
    if not np.isfinite(times).all():
        raise InputError(f"{where}: expected finite seconds, got {times[~np.isfinite(times)][0]}.")
    return times.astype(np.float64)
