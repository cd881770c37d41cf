"""docs/measured/bed_exit_rfid.md: bed exits cross-validated in each room, and across rooms.

Its text is `benchmarks/templates/bed_exit_rfid.md`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.bed_exit_rfid.score import FOLDS, Score
from zoo.rendering import render


def page(about: Mapping[str, Any], scores: Sequence[Score]) -> str:
    """The whole page as Markdown.

    Args:
        about: date, machine and versions.
        scores: of rooms and partitions, and across rooms.
    """
    inside = [one for one in scores if "partition" in one.row]
    return render(
        "benchmarks",
        "bed_exit_rfid.md",
        about=about,
        folds=FOLDS,
        partitions=len({one.row.rpartition(" ")[2] for one in inside}),
        inside=[_cells(one) for one in inside],
        across=[_cells(one) for one in scores if one not in inside],
    )


def _cells(one: Score) -> list[str]:
    delays = [f"{edge:.1f}" for edge in (min(one.delays_s), max(one.delays_s))] if one.delays_s else ["-"]
    return [
        one.row,
        f"{one.recall:.3f}",
        f"{one.precision:.3f}",
        str(one.right + one.missed),
        str(one.right + one.false),
        f"{one.false / one.hours:.1f}",
        " to ".join(dict.fromkeys(delays)) + (" s" if one.delays_s else ""),
    ]
