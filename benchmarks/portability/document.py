"""docs/runtimes.md, written from what was measured, and what of it must stay true."""

import html
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.portability.exports import Export
from benchmarks.portability.measuring import TOLERANCE, Kind, Verdicts
from benchmarks.portability.runtimes import Runtime

DOCUMENT = Path(__file__).parents[2] / "docs" / "runtimes.md"
COMMAND = "python -m benchmarks.portability"

#: What a runtime does with a file that is not equal -> the heading over its list.
HEADINGS: Mapping[Kind, str] = {"differs": "Computes something else, without an error", "refuses": "Refuses"}

START = f"""# Exported files on other runtimes

Every recurrent model that the exporter is tested on, one of each other kind of model, and every bundle in `exported/`
was run once on each of these runtimes: several rows of different lengths, with masks of every kind where the model has
masks. A bundle for live input was run twice: as a whole, and *in pieces* of 1 to some steps, each given the states that
the one before left. *Equal* is within {TOLERANCE:g} + {TOLERANCE:g} · |reference| of the whole in onnxruntime, which
itself is held to Keras on every export.

This page is written by `{COMMAND}`; `tests/portability` fails when a runtime does anything else than it says.
"""

#: Facts by runtime and kind: the names of the files.
Facts = dict[tuple[str, Kind], set[str]]


def render(runtimes: Sequence[Runtime], exports: Sequence[Export], measured: Mapping[str, Verdicts]) -> str:
    """The document.

    Args:
        runtimes: all of them.
        exports: the files that were run.
        measured: what each runtime did with each file, by the names of both.
    """
    lines = [START, "| runtime | version | files | equal | refused | different |", "|---|---|---|---|---|---|"]
    for runtime in runtimes:
        verdicts = [verdict.kind for verdict in measured[runtime.name].values()]
        counts = [len(verdicts), *(verdicts.count(kind) for kind in ("equal", "refuses", "differs"))]
        # A wrong number that nobody is told of is the worst that can happen.
        cells = [*map(str, counts[:-1]), f"**{counts[-1]}**" if counts[-1] else "0"]
        lines.append(f"| {' | '.join([runtime.name, runtime.version(), *cells])} |")
    for runtime in runtimes:
        lines += ["", f"## {runtime.name}", runtime.about]
        sections = [_section(kind, exports, measured[runtime.name]) for kind in HEADINGS]
        lines += [line for section in sections for line in section] or ["", "It runs every file, and equally."]
    return "\n".join(lines) + "\n"


def facts(text: str) -> Facts:
    """What a document says that must stay true: who refuses which files, and computes which of them otherwise."""
    found: Facts = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        runtime = part.splitlines()[0]
        for kind, heading in HEADINGS.items():
            section = re.search(rf"^### {heading}\n(.*?)(?=^### |\Z)", part, re.MULTILINE | re.DOTALL)
            found[runtime, kind] = set(re.findall(r"^  `(.*)`$", section[1], re.MULTILINE)) if section else set()
    return found


def measured_facts(runtime: Runtime, verdicts: Verdicts) -> Facts:
    """The same of a measurement."""
    return {
        (runtime.name, kind): {name for name, verdict in verdicts.items() if verdict.kind == kind} for kind in HEADINGS
    }


def _section(kind: Kind, exports: Sequence[Export], verdicts: Verdicts) -> list[str]:
    """The files of one kind, by cause; the most frequent first."""
    causes: dict[str, list[str]] = defaultdict(list)
    for export in exports:
        verdict = verdicts[export.name]
        if verdict.kind == kind:
            causes[_cause(export, verdict.reason, kind)].append(export.name)
    if not causes:
        return []
    lines = ["", f"### {HEADINGS[kind]}"]
    for cause, names in sorted(causes.items(), key=lambda item: (-len(item[1]), item[0])):
        lines += ["", f"<details><summary>{len(names)}: {html.escape(cause)}</summary>", ""]
        lines += [*(f"  `{name}`" for name in names), "</details>"]
    return lines


def _cause(export: Export, reason: str, kind: Kind) -> str:
    """What the runtime said; where it said nothing, what is special about the file."""
    if kind == "refuses":
        return f"“{reason}”"
    return f"{reason}; the file has {' and '.join(export.traits) or 'nothing special in its recurrent nodes'}"
