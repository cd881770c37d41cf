"""docs/bed_exit_rfid.md: bed exits cross-validated in each room, and across rooms."""

from collections.abc import Sequence

from benchmarks.bed_exit_rfid.score import FOLDS, Score
from benchmarks.tables import markdown_table

PAGE = """\
# Bed exits from an RFID tag, cross-validated

{about}

The recipe `bed-exit-rfid`, trained anew for each row and fold. The trials are dealt out into {folds} folds; each fold
is tested on once, by a model whose threshold was fitted on a quarter of the other trials. Alarms of the {folds} folds
are counted together. An alarm from 30 s before to 30 s after an exit is right; every other one is false. How the trials
are dealt out is drawn {partitions}: what differs from one partition to the next is luck.

{inside}
Trained on one room and tested on the other, the threshold fitted in the first:

{across}
* The recipe's settings were chosen in room 2 while looking at the folds of partition 0. The other partitions are of the
  same trials, so no row tells how the recipe does in a third room.
* The data do not say whose trial is whose: the folds share no trial, but may share persons.
* In room 1 the trials are short scripts of lying down, sitting on the bed and on a chair, and walking, and the tag is
  often not read for minutes, or only once or twice, after somebody has got up: 25 of its 83 exits are followed by at
  most six readings until the trial's end.
"""


def table(scores: Sequence[Score]) -> str:
    """A row for each score."""
    heads = ["", "recall", "precision", "exits", "alarms", "false alarms an hour", "median delay"]
    return markdown_table(heads, [_cells(one) for one in scores])


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


def page(about: str, scores: Sequence[Score]) -> str:
    """The whole page as Markdown."""
    inside = [one for one in scores if "partition" in one.row]
    partitions = len({one.row.rpartition(" ")[2] for one in inside})
    return PAGE.format(
        about=about,
        folds=FOLDS,
        partitions="once" if partitions == 1 else f"{partitions} times",
        inside=table(inside),
        across=table([one for one in scores if one not in inside]),
    )
