"""Measures what one more sample costs where the state is kept, against running the whole window again.

python -m benchmarks.streaming_step
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.files import write_files
from benchmarks.program import finished, parsed
from benchmarks.quiet import note
from benchmarks.streaming_step.report import Measured, page
from benchmarks.streaming_step.ways import CHUNK, contenders

CELLS = ("SimpleRNN", "LSTM", "GRU")
SUMMARY = "Measures what one more sample costs where the state is kept, against running the whole window again."


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes the page."""
    options = parsed("streaming_step", SUMMARY, "two short rounds", arguments)
    rounds, seconds = (2, 0.1) if options.quick else (20, 8.0)
    return finished(lambda: write([measure(cell, rounds, seconds) for cell in CELLS], rounds, options.out))


def measure(cell: str, rounds: int, seconds: float) -> Measured:
    """Times one cell's four ways in turns."""
    from zoo.edge.device.timing import ratio, summarised, time_in_turns

    ways, difference = contenders(cell)
    rounds_of = time_in_turns(ways, seconds, rounds, time.perf_counter)
    times = {name: summarised(found) for name, found in rounds_of.items()}
    middle = ratio(rounds_of["window"], rounds_of["step"])
    pair = {name: (one.p50, one.p95) for name, one in times.items()}
    share = (pair["chunk"][0] / CHUNK, pair["chunk"][1] / CHUNK)
    note(f"{cell}: a step {1e6 * pair['step'][0]:.0f} µs, a window {middle.median:.1f} times that")
    return Measured(
        cell,
        pair["step"],
        pair["plain"],
        share,
        pair["window"],
        (middle.median, middle.p10, middle.p90),
        difference,
    )


def write(found: Sequence[Measured], rounds: int, folder: Path) -> None:
    """Writes the page and its numbers, whole or not at all."""
    from benchmarks.machine import about

    facts: dict[str, Any] = about()
    numbers = json.dumps({"about": facts, "rounds": rounds, "cells": [asdict(one) for one in found]}, indent=1)
    contents = {"md": page(facts, found, rounds).encode(), "json": numbers.encode()}
    write_files(contents, folder, "streaming_step")


if __name__ == "__main__":
    sys.exit(main())
