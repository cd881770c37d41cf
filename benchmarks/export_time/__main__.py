"""Measures the duration of our export, and its growth with the number of layers.

python -m benchmarks.export_time
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.export_time.report import Exported, page
from benchmarks.files import write_files
from benchmarks.program import finished, parsed
from benchmarks.quiet import note, silenced

LAYERS, QUICK_LAYERS = (1, 2, 4, 8, 16, 32), (1, 2, 4)
SUMMARY = "Measures the duration of our export, and its growth with the number of layers."


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes the page."""
    options = parsed("export_time", SUMMARY, "only up to 4 layers, once each", arguments)
    repeats, layers = (1, QUICK_LAYERS) if options.quick else (5, LAYERS)
    return finished(lambda: write(*measure(layers, repeats), repeats, options.out))


def measure(layers: Sequence[int], repeats: int) -> tuple[float, list[Exported]]:
    """Seconds of the process's first export, and of the exports of each cell and number of layers."""
    note("Loading Keras and TensorFlow")
    with silenced():
        from benchmarks.models import CELLS, build
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        first = seconds(build("lstm", "plain").model, path)
        exports = []
        for cell in CELLS:
            for number in layers:
                model = build(cell, "plain", number).model
                median = statistics.median(seconds(model, path) for _ in range(repeats))
                note(f"{CELLS[cell].__name__}, {number} layers: {median:.2f} s")
                exports.append(Exported(cell, number, median))
    return first, exports


def seconds(model: Any, path: Path) -> float:
    """Duration of one export in seconds."""
    from zoo.exporter import to_onnx

    start = time.perf_counter()
    to_onnx(model, path, verify=False)
    return time.perf_counter() - start


def write(first: float, exports: Sequence[Exported], repeats: int, folder: Path) -> None:
    """Writes the page, completely or not at all."""
    from benchmarks.machine import about

    write_files({"md": page(about(), first, exports, repeats).encode()}, folder, "export_time")


if __name__ == "__main__":
    sys.exit(main())
