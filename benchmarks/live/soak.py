"""How a monitor fares over millions of samples, and beside a sensor in real time."""

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
#: The part of all samples that is warm-up.
WARM_UP = 0.1
#: Samples of the walk, which is then walked back.
WALK = 50_000
#: Samples a second of the sensor in real time, and how often its memory is read.
RATE_HZ, READ_S = 50.0, 1.0
#: Seconds before what counts begins.
SETTLE_S = 3.0
#: Samples that are written at once.
BLOCK = 1000
#: A soak that is slower than this hangs.
SLOWEST = 2000


def soak(bundle: Path, spec: RecordingInput, samples: int, told: Callable[[str], None]) -> Soak:
    """Writes so many samples, as fast as they are taken, and reads the memory on the way."""
    lines = endless(walk(spec.features, WALK), spec.sample_rate_hz)
    monitor = Monitor(bundle, limit_s=60 + samples / SLOWEST)
    pid, readings = monitor.process.pid, []
    monitor.write(header(spec))
    began, before = time.monotonic(), cpu_s(pid)
    for written in range(BLOCK, samples + BLOCK, BLOCK):
        monitor.write("".join(itertools.islice(lines, min(BLOCK, samples + BLOCK - written))))
        if written % EVERY == 0:
            readings.append((written, resident_mb(pid)))
            if written % (10 * EVERY) == 0:
                told(f"  {written:,} samples: {readings[-1][1]:.1f} MB")
    seconds, spent = time.monotonic() - began, cpu_s(pid) - before
    code = monitor.end()
    seen, events = int(monitor.counts.get("samples", 0)), len(monitor.out)
    return Soak(samples, seen, events, seconds, spent, int(WARM_UP * samples), tuple(readings), code)


def idle(bundle: Path, spec: RecordingInput, seconds: float) -> Idle:
    """Writes samples when they are due, one at a time, and takes the share of a core and the memory."""
    lines = endless(walk(spec.features, WALK), RATE_HZ)
    monitor = Monitor(bundle, "--rate", RATE_HZ, "--time", "time_s", limit_s=60 + 2 * seconds)
    pid, memory = monitor.process.pid, []
    monitor.write(header(spec))
    began = time.monotonic()
    first, before, next_reading = began, 0.0, 0.0
    for number in itertools.count():
        now = time.monotonic()
        if before == 0.0 and now >= began + SETTLE_S:
            first, before, next_reading = now, cpu_s(pid), now
        if before and now >= first + seconds:
            break
        if before and now >= next_reading:
            memory.append(resident_mb(pid))
            next_reading += READ_S
        monitor.write(next(lines))
        time.sleep(max(0.0, began + (number + 1) / RATE_HZ - time.monotonic()))
    elapsed = time.monotonic() - first
    share = 100 * (cpu_s(pid) - before) / elapsed
    monitor.end()
    return Idle(RATE_HZ, elapsed, share, min(memory), max(memory))
