"""Measures the cost of one more sample if the state is kept, compared with running the complete window again.

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
SUMMARY = "Measures the cost of one more sample if the state is kept, compared with running the complete window again."


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes the page."""
    options = parsed("streaming_step", SUMMARY, "two short rounds", arguments)
    rounds, seconds = (2, 0.1) if options.quick else (20, 8.0)
    return finished(lambda: write([measure(cell, rounds, seconds) for cell in CELLS], rounds, options.out))


def measure(cell: str, rounds: int, seconds: float) -> Measured:
    """Times the four ways of one cell in turns."""
    from zoo.edge.device.timing import ratio, summarised, time_in_turns

    ways, difference = contenders(cell)
    rounds_of = time_in_turns(ways, seconds, rounds, time.perf_counter)
    times = {name: summarised(turns) for name, turns in rounds_of.items()}
    window_to_step = ratio(rounds_of["window"], rounds_of["step"])
    pair = {name: (time.p50, time.p95) for name, time in times.items()}
    share = (pair["chunk"][0] / CHUNK, pair["chunk"][1] / CHUNK)
    note(f"{cell}: a step takes {1e6 * pair['step'][0]:.0f} µs, a window {window_to_step.median:.1f} times as long")
    return Measured(
        cell,
        pair["step"],
        pair["plain"],
        share,
        pair["window"],
        (window_to_step.median, window_to_step.p10, window_to_step.p90),
        difference,
    )


def write(cells: Sequence[Measured], rounds: int, folder: Path) -> None:
    """Writes the page and its numbers, each completely or not at all."""
    from benchmarks.machine import about

    machine: dict[str, Any] = about()
    numbers = json.dumps({"about": machine, "rounds": rounds, "cells": [asdict(cell) for cell in cells]}, indent=1)
    contents = {"md": page(machine, cells, rounds).encode(), "json": numbers.encode()}
    write_files(contents, folder, "streaming_step")


if __name__ == "__main__":
    sys.exit(main())
