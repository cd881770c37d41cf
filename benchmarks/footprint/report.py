"""docs/measured/footprint.md: what the install without extras costs.

Its text is `benchmarks/templates/footprint.md`.
"""

from benchmarks.footprint.probe import Footprint
from benchmarks.footprint.results import Results
from zoo.rendering import render

#: How many of the largest packages are named.
LARGEST = 3


def page(results: Results) -> str:
    """The page as Markdown."""
    return render(
        "benchmarks",
        "footprint.md",
        about={"date": results.date, "machine": results.machine},
        starts=results.starts,
        bundle={"name": results.bundle.name, "kb": f"{results.bundle.bytes / 1e3:.0f}"},
        rows=[_row(one) for one in results.pythons],
    )


def _row(one: Footprint) -> list[str]:
    largest = sorted(one.packages.items(), key=lambda item: -item[1])[:LARGEST]
    memory = (one.started.python_bytes, one.started.import_bytes, one.started.load_bytes)
    return [
        one.python,
        one.versions["onnxruntime"],
        one.versions["numpy"],
        str(len(one.packages)),
        f"{one.added_bytes / 1e6:.0f}",
        ", ".join(f"{name} {size / 1e6:.0f}" for name, size in largest),
        f"{one.started.import_s * 1e3:.0f} ms",
        f"{one.started.load_s * 1e3:.0f} ms",
        ", ".join("?" if bytes_ is None else f"{bytes_ / 1e6:.1f}" for bytes_ in memory),
    ]
