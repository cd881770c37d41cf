"""Live samples as they are given, checked against what the model reads; and the count of what became of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import RecordingInput
from zoo.edge.sensor import seconds


@dataclass
class Health:
    """What became of the samples of a stream.

    Attributes:
        samples: how many were pushed.
        invalid: NaN, infinite or outside the feature's limits.
        late: older than the one before, and passed over.
        resets: gaps, jumps of the clock and scores that were no numbers; each began everything anew.
        steps: time steps of the model's grid that were scored.
        stuck_s: for how many seconds all features have not changed at all.
    """

    samples: int = 0
    invalid: int = 0
    late: int = 0
    resets: int = 0
    steps: int = 0
    stuck_s: float = 0.0


def rows_of(values: npt.ArrayLike, spec: RecordingInput) -> npt.NDArray[np.float32]:
    """One sample or several as (samples, features); NaN and infinity are let through.

    Raises:
        InputError: no numbers, or other features than the model's.
    """
    names = ", ".join(feature.name for feature in spec.features)
    expected = f"values: expected {len(spec.features)} numbers a sample ({names})"
    try:
        given: npt.NDArray[Any] = np.asarray(values)
        if np.ma.is_masked(values):  # what is masked is missing
            given = np.asarray(np.ma.filled(np.ma.asarray(values, np.float64), np.nan))
    except ValueError:
        raise InputError(f"{expected}, got rows of different lengths.") from None
    if given.dtype.kind not in "fiu":
        raise InputError(f"{expected}, got {given.dtype if given.size else 'nothing'}.")
    if given.ndim not in (1, 2) or given.shape[-1] != len(spec.features):
        raise InputError(f"{expected}, got shape {given.shape}.")
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and that is invalid
        return np.atleast_2d(given).astype(np.float32)


def times_of(time_s: npt.ArrayLike, samples: int, where: str = "time_s") -> npt.NDArray[np.float64]:
    """The samples' times as (samples,) seconds.

    Raises:
        InputError: no numbers, not one a sample, or not finite.
    """
    times = np.atleast_1d(seconds(time_s, where))
    if times.shape != (samples,):
        raise InputError(f"{where}: expected {samples} times, one a sample, got shape {times.shape}.")
    if not np.isfinite(times).all():
        raise InputError(f"{where}: expected finite seconds, got {times[~np.isfinite(times)][0]}.")
    return times.astype(np.float64)
