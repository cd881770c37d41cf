"""Puts live samples on the even grid of `transform.resample`: same bins, same means, as soon as they are known."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zoo.core.transform import Fill, early, gap

Row = npt.NDArray[np.float64]


@dataclass
class Grid:
    """One recording being put on a grid of `rate_hz` that starts with its first sample.

    A bin is complete once a sample of a later bin has arrived, or the clock has passed its end. A bin without samples
    gets values on the line between the two bins around it, or those of the bin before.

    Attributes:
        rate_hz: grid points per second.
        interval_s: usual time between two samples, in seconds.
        fill: how bins without samples are filled.
        gaps: whether each grid point ends with `transform.gap`.
        first_s: time of the first sample; None before it.
        filling: number of the bin that is being filled.
        total: sum of that bin's samples, (features,).
        count: number of that bin's samples.
        given: number of the last grid point that was returned; -1 before the first.
        sampled: number of the last grid point whose bin had a sample.
        last: values of that grid point, (features,).
    """

    rate_hz: float
    interval_s: float
    fill: Fill = "line"
    gaps: bool = False
    first_s: float | None = None
    filling: int = 0
    total: Row = field(default_factory=lambda: np.zeros(0))
    count: int = 0
    given: int = -1
    sampled: int = -1
    last: Row = field(default_factory=lambda: np.zeros(0))

    def push(self, time_s: float, row: npt.NDArray[np.float32], next_s: float | None = None) -> list[Row]:
        """Takes a sample that is no earlier than the one before.

        Args:
            time_s: its time in seconds.
            row: (features,).
            next_s: time of the next sample, if known: a complete bin is then returned without waiting for it.

        Returns:
            The grid points that are now complete, in order, (features,) or (features + 1,) each.
        """
        if self.first_s is None:
            self.first_s = time_s
        points: list[Row] = []
        bin_ = self._bin(time_s)
        if bin_ > self.filling or self.count == 0:
            points = self._close()
            self.filling, self.total, self.count = bin_, np.asarray(row, np.float64), 1
        else:
            self.total, self.count = self.total + row, self.count + 1
        if next_s is not None and self._bin(next_s) > self.filling:
            points += self._close()
        return points

    def wait(self, until_s: float) -> list[Row]:
        """The grid points that are complete because no sample came before `until_s`. Only where values are held."""
        assert self.fill == "hold"
        if self.first_s is None:
            return []
        last = self._bin(until_s) - 1
        points = self._close() if last >= self.filling else []
        return points + self._held(last)

    def flush(self) -> list[Row]:
        """The remaining grid points when no sample follows."""
        return self._close()

    def _bin(self, time_s: float) -> int:
        assert self.first_s is not None
        return math.floor((time_s - self.first_s) * self.rate_hz + early(self.interval_s, self.rate_hz, self.fill))

    def _close(self) -> list[Row]:
        """The current bin as a grid point, preceded by the points between it and the last one."""
        if self.count == 0:
            return []
        mean = self.total / self.count
        between = self._held(self.filling - 1) if self.fill == "hold" else self._line(mean)
        self.given = self.sampled = self.filling
        self.last, self.count = mean, 0
        return [*between, self._point(mean)]

    def _line(self, mean: Row) -> list[Row]:
        """The points between the last one and the current bin."""
        steps = self.filling - self.given
        rise = (mean - self.last) / steps if steps > 1 else mean
        return [self._point(self.last + rise * step, step) for step in range(1, steps)]

    def _held(self, until: int) -> list[Row]:
        """The points without samples after the last one, up to number `until`."""
        first, self.given = self.given + 1, max(self.given, until)
        return [self._point(self.last, number - self.sampled) for number in range(first, until + 1)]

    def _point(self, values: Row, age: int = 0) -> Row:
        """A grid point as the model reads it; `age` is the number of points since the last sample."""
        return np.append(values, gap(age, self.rate_hz)) if self.gaps else values
