"""docs/measured/bed_exit_rfid.md: bed exits cross-validated in each room, and across rooms.

Its text is `benchmarks/templates/bed_exit_rfid.md`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.bed_exit_rfid.score import FOLDS, Score
from zoo.rendering import render


def page(about: Mapping[str, Any], scores: Sequence[Score]) -> str:
    """The page as Markdown.

    Args:
        about: date, machine and versions.
        scores: the scores of rooms and partitions, and across rooms.
    """
    inside = [score for score in scores if "partition" in score.row]
    return render(
        "benchmarks",
        "bed_exit_rfid.md",
        about=about,
        folds=FOLDS,
        partitions=len({score.row.rpartition(" ")[2] for score in inside}),
        inside=[_cells(score) for score in inside],
        across=[_cells(score) for score in scores if score not in inside],
    )


def _cells(score: Score) -> list[str]:
    delays = [f"{limit:.1f}" for limit in (min(score.delays_s), max(score.delays_s))] if score.delays_s else ["-"]
    return [
        score.row,
        f"{score.recall:.3f}",
        f"{score.precision:.3f}",
        str(score.right + score.missed),
        str(score.right + score.false),
        f"{score.false / score.hours:.1f}",
        " to ".join(dict.fromkeys(delays)) + (" s" if score.delays_s else ""),
    ]
