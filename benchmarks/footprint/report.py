"""docs/footprint.md and .json: what the install without extras costs."""

import dataclasses
import datetime
import json
from collections.abc import Sequence
from typing import Any

from benchmarks.footprint.probe import STARTS, Footprint
from benchmarks.tables import markdown_table

#: How many of the largest packages are named.
LARGEST = 3

PAGE = """\
# What the install without extras costs a device

{date}, {machine}.

`pip install` of the checkout without extras into a fresh environment, for each Python the newest packages that pip
finds for it. MB (1,000,000 bytes) on disk: by how much the folder of packages grew, compiled modules included, pip
itself left out. Times and memory: the median of {starts} fresh processes. *Import* is `import zoo.edge`; *load* opens
`exported/{bundle}` ({size:.0f} kB), for which onnxruntime itself is imported.

{table}
In RAM: Python alone, after `import zoo.edge`, after loading.

This page is written by `python -m benchmarks.footprint`.
"""


def page(machine: dict[str, Any], bundle: str, size: int, found: Sequence[Footprint]) -> str:
    """The page as Markdown.

    Args:
        machine: what `about` says of it.
        bundle: name of what was loaded.
        size: bytes of its file.
        found: for each Python.
    """
    head = ["Python", "onnxruntime", "numpy", "packages", "MB added", "largest (MB)", "import", "load", "MB in RAM"]
    load = "" if machine["load"] is None else f", load average {machine['load']} when it began"
    return PAGE.format(
        date=datetime.date.today().isoformat(),
        machine=f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}{load}",
        starts=STARTS,
        bundle=bundle,
        size=size / 1e3,
        table=markdown_table(head, [_row(one) for one in found]),
    )


def to_json(machine: dict[str, Any], bundle: str, size: int, found: Sequence[Footprint]) -> bytes:
    """All numbers, in seconds and bytes."""
    plain = {
        "date": datetime.date.today().isoformat(),
        "machine": machine,
        "bundle": {"name": bundle, "bytes": size},
        "starts": STARTS,
        "pythons": [dataclasses.asdict(one) for one in found],
    }
    return (json.dumps(plain, indent=1) + "\n").encode()


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
