"""Writes docs/measured/runtimes.md, and reads from it the facts that tests verify.

Template: `benchmarks/templates/runtimes.md`.
"""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from benchmarks.portability.exports import Export
from benchmarks.portability.measuring import TOLERANCE, Kind, Verdicts
from benchmarks.portability.runtimes import Runtime
from zoo.rendering import render

DOCUMENT = Path(__file__).parents[2] / "docs" / "measured" / "runtimes.md"
COMMAND = "python -m benchmarks.portability"

#: Kinds of results that are not equal -> the headings of their lists.
HEADINGS: Mapping[Kind, str] = {"differs": "Different results without an error", "refuses": "Refused"}

#: Names of files by runtime and kind of result.
Facts = dict[tuple[str, Kind], set[str]]


def page(runtimes: Sequence[Runtime], exports: Sequence[Export], measured: Mapping[str, Verdicts]) -> str:
    """The document.

    Args:
        runtimes: all runtimes.
        exports: the files that were run.
        measured: the verdicts by runtime and file.
    """
    return render(
        "benchmarks",
        "runtimes.md",
        tolerance=f"{TOLERANCE:g}",
        command=COMMAND,
        runtimes=[_runtime(runtime, exports, measured[runtime.name]) for runtime in runtimes],
    )


def facts(text: str) -> Facts:
    """The facts in a document: the files that each runtime refuses or computes differently."""
    documented: Facts = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        runtime = part.splitlines()[0]
        for kind, heading in HEADINGS.items():
            section = re.search(rf"^### {heading}\n(.*?)(?=^### |\Z)", part, re.MULTILINE | re.DOTALL)
            documented[runtime, kind] = set(re.findall(r"^  `(.*)`$", section[1], re.MULTILINE)) if section else set()
    return documented


def measured_facts(runtime: Runtime, verdicts: Verdicts) -> Facts:
    """The facts of a measurement."""
    return {
        (runtime.name, kind): {name for name, verdict in verdicts.items() if verdict.kind == kind} for kind in HEADINGS
    }


def _runtime(runtime: Runtime, exports: Sequence[Export], verdicts: Verdicts) -> dict[str, Any]:
    """The number of files that a runtime runs, and the files that it does not run, by cause."""
    kinds = Counter(verdict.kind for verdict in verdicts.values())
    sections = [
        {"heading": heading, "causes": causes}
        for kind, heading in HEADINGS.items()
        if (causes := _causes(kind, exports, verdicts))
    ]
    return {
        "name": runtime.name,
        "version": runtime.version(),
        "about": runtime.about,
        "files": len(verdicts),
        **{kind: kinds[kind] for kind in get_args(Kind)},
        "sections": sections,
    }


def _causes(kind: Kind, exports: Sequence[Export], verdicts: Verdicts) -> list[dict[str, Any]]:
    """The files of one kind, by cause; the most frequent cause first."""
    causes: dict[str, list[str]] = defaultdict(list)
    for export in exports:
        verdict = verdicts[export.name]
        if verdict.kind == kind:
            causes[_cause(export, verdict.reason, kind)].append(export.name)
    ordered = sorted(causes.items(), key=lambda item: (-len(item[1]), item[0]))
    return [{"html": html.escape(cause), "names": names} for cause, names in ordered]


def _cause(export: Export, reason: str, kind: Kind) -> str:
    """The runtime's message; if there is none, the difference and the file's special properties."""
    if kind == "refuses":
        return f"“{reason}”"
    return f"{reason}; the file has {' and '.join(export.traits) or 'nothing special in its recurrent nodes'}"
