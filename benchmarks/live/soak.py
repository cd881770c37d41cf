"""Measures a monitor over millions of samples, and with a sensor in real time."""

import itertools
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.live.process import Monitor, cpu_s, resident_mb
from benchmarks.live.results import Idle, Soak
from benchmarks.live.samples import endless, header, walk
from zoo.core.manifest import RecordingInput

#: Samples between two readings of the memory.
EVERY = 50_000
#: Share of all samples that is warm-up.
WARM_UP = 0.1
#: Number of samples of the walk, which is repeated forwards and backwards.
WALK = 50_000
#: Samples per second of the sensor in real time, and seconds between two readings of the memory.
RATE_HZ, READ_S = 50.0, 1.0
#: Seconds before the measurement begins.
SETTLE_S = 3.0
#: Number of samples that are written at once.
BLOCK = 1000
#: Samples per second below which the soak test is considered hanging.
SLOWEST = 2000


def soak(bundle: Path, spec: RecordingInput, samples: int, report: Callable[[str], None]) -> Soak:
    """Writes samples as fast as the monitor reads them, and reads its memory at intervals."""
    lines = endless(walk(spec.features, WALK), spec.sample_rate_hz)
    monitor = Monitor(bundle, limit_s=60 + samples / SLOWEST)
    pid, readings = monitor.process.pid, []
    monitor.write(header(spec))
    start, cpu_before = time.monotonic(), cpu_s(pid)
    for written in range(BLOCK, samples + BLOCK, BLOCK):
        monitor.write("".join(itertools.islice(lines, min(BLOCK, samples + BLOCK - written))))
        if written % EVERY == 0:
            readings.append((written, resident_mb(pid)))
            if written % (10 * EVERY) == 0:
                report(f"  {written:,} samples: {readings[-1][1]:.1f} MB")
    seconds, cpu = time.monotonic() - start, cpu_s(pid) - cpu_before
    code = monitor.end()
    seen, events = int(monitor.counts.get("samples", 0)), len(monitor.out)
    return Soak(samples, seen, events, seconds, cpu, int(WARM_UP * samples), tuple(readings), code)


def idle(bundle: Path, spec: RecordingInput, seconds: float) -> Idle:
    """Writes each sample when it is due, and measures the share of a core and the memory."""
    lines = endless(walk(spec.features, WALK), RATE_HZ)
    monitor = Monitor(bundle, "--rate", RATE_HZ, "--time", "time_s", limit_s=60 + 2 * seconds)
    pid, memory = monitor.process.pid, []
    monitor.write(header(spec))
    start = time.monotonic()
    first, cpu_before, next_reading = start, 0.0, 0.0
    for number in itertools.count():
        now = time.monotonic()
        if cpu_before == 0.0 and now >= start + SETTLE_S:
            first, cpu_before, next_reading = now, cpu_s(pid), now
        if cpu_before and now >= first + seconds:
            break
        if cpu_before and now >= next_reading:
            memory.append(resident_mb(pid))
            next_reading += READ_S
        monitor.write(next(lines))
        time.sleep(max(0.0, start + (number + 1) / RATE_HZ - time.monotonic()))
    elapsed = time.monotonic() - first
    share = 100 * (cpu_s(pid) - cpu_before) / elapsed
    monitor.end()
    return Idle(RATE_HZ, elapsed, share, min(memory), max(memory))
