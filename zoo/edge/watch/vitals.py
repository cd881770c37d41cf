"""The monitor's health: a regular line of `name=value` pairs, and the numbers in it."""

import os
import sys
import time
from collections.abc import Callable

from zoo.edge.samples import Health


class Usage:
    """The process's use of the processor."""

    def __init__(self) -> None:
        """Starts to measure processor time."""
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def cpu_percent(self) -> float:
        """Percentage of one core used since the last call."""
        wall, cpu = time.monotonic(), time.process_time()
        share = (cpu - self._cpu) / max(wall - self._wall, 1e-9)
        self._wall, self._cpu = wall, cpu
        return 100 * share


def resident_mb() -> float:
    """Resident memory in MB; where the system does not report it, the peak so far."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, AttributeError):
        return _most_resident_mb()


def _most_resident_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


class HealthLine:
    """Writes the health line regularly."""

    def __init__(self, every_s: float, line: Callable[[], str], write: Callable[[str], None], now: float) -> None:
        """Starts; the first line is written after `every_s` seconds."""
        self._every_s, self._line, self._write = every_s, line, write
        self._next = now + every_s

    def visit(self, now: float) -> float:
        """Writes the line if it is due; returns when it is due next."""
        if now >= self._next:
            self._write(self._line())
            self._next = now + self._every_s
        return self._next


def health_text(health: Health, score: float | None, counts: dict[str, int], usage: Usage) -> str:
    """The health line.

    Args:
        health: counts of the samples.
        score: the last score.
        counts: other counts by name.
        usage: use of the processor since the last line.
    """
    values: dict[str, object] = {
        "samples": health.samples,
        "invalid": health.invalid,
        "late": health.late,
        "malformed": counts["malformed"],
        "resets": health.resets,
        "stuck_s": f"{health.stuck_s:.1f}",
        "steps": health.steps,
        "score": "-" if score is None else f"{score:.3f}",
        **{name: count for name, count in counts.items() if name != "malformed"},
        "resident_mb": f"{resident_mb():.1f}",
        "cpu_percent": f"{usage.cpu_percent():.1f}",
    }
    return "health: " + " ".join(f"{name}={value}" for name, value in values.items())
