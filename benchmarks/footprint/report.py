"""docs/measured/footprint.md: the footprint of the base installation. Template: `benchmarks/templates/footprint.md`."""

from benchmarks.footprint.probe import Footprint
from benchmarks.footprint.results import Results
from zoo.rendering import render

#: Number of the largest packages that are named.
LARGEST = 3


def page(results: Results) -> str:
    """The page as Markdown."""
    return render(
        "benchmarks",
        "footprint.md",
        about={"date": results.date, "machine": results.machine},
        starts=results.starts,
        bundle={"name": results.bundle.name, "kb": f"{results.bundle.bytes / 1e3:.0f}"},
        rows=[_row(footprint) for footprint in results.pythons],
    )


def _row(footprint: Footprint) -> list[str]:
    largest = sorted(footprint.packages.items(), key=lambda item: -item[1])[:LARGEST]
    started = footprint.started
    memory = (started.python_bytes, started.import_bytes, started.load_bytes)
    return [
        footprint.python,
        footprint.versions["onnxruntime"],
        footprint.versions["numpy"],
        str(len(footprint.packages)),
        f"{footprint.added_bytes / 1e6:.0f}",
        ", ".join(f"{name} {size / 1e6:.0f}" for name, size in largest),
        f"{started.import_s * 1e3:.0f} ms",
        f"{started.load_s * 1e3:.0f} ms",
        ", ".join("?" if bytes_ is None else f"{bytes_ / 1e6:.1f}" for bytes_ in memory),
    ]
