"""docs/measured/live.md: the soak test, a sensor in real time, and a row for each fault.

Template: `benchmarks/templates/live.md`.
"""

from typing import Any

from benchmarks.live.results import Fault, Idle, Results, Soak
from zoo.rendering import render

#: Largest deviation of the memory from its middle value after the warm-up, in MB.
FLAT_MB = 2.0


def page(results: Results) -> str:
    """The page as Markdown."""
    return render(
        "benchmarks",
        "live.md",
        about=results.about,
        tried=sum(fault.expected is not None for fault in results.faults),
        wrong=[fault.fault for fault in results.faults if fault.expected is False],
        soak=_soak(results.soak),
        idle=_idle(results.idle),
        faults=[_cells(fault) for fault in results.faults],
    )


def _soak(soak: Soak) -> dict[str, Any]:
    """The resources of the soak test, and whether the memory is constant."""
    settled = soak.settled
    smallest, largest = min(settled), max(settled)
    half = (largest - smallest) / 2
    return {
        "samples": f"{soak.samples:,}",
        "seen": f"{soak.seen:,}",
        "events": f"{soak.events:,}",
        "code": soak.code,
        "seconds": f"{soak.seconds:.0f}",
        "rate": f"{soak.samples / soak.seconds:,.0f}",
        "cpu_us": f"{1e6 * soak.cpu_s / soak.samples:.1f}",
        "warm_up": f"{soak.warm_up:,}",
        "first_mb": f"{soak.readings[0][1]:.1f}",
        "smallest_mb": f"{smallest:.1f}",
        "largest_mb": f"{largest:.1f}",
        "spread_mb": f"{largest - smallest:.1f}",
        "flat": half <= FLAT_MB,
        "half_mb": f"{half:.1f}",
        "drift_mb": f"{settled[-1] - settled[len(settled) // 2]:+.1f}",
    }


def _idle(idle: Idle) -> dict[str, str]:
    """The resources with a sensor in real time."""
    return {
        "rate_hz": f"{idle.rate_hz:g}",
        "seconds": f"{idle.seconds:.0f}",
        "cpu_percent": f"{idle.cpu_percent:.1f}",
        "smallest_mb": f"{idle.smallest_mb:.1f}",
        "largest_mb": f"{idle.largest_mb:.1f}",
    }


def _cells(fault: Fault) -> list[str]:
    mark = "**not as expected**: " if fault.expected is False else ""
    return [fault.fault, fault.done, mark + fault.happened, fault.lost]
