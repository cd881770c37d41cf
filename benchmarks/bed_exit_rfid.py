"""Cross-validates the recipe bed-exit-rfid in each room, and across rooms.

python -m benchmarks.bed_exit_rfid
"""

import json
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.files import write_files
from benchmarks.program import finished, parsed
from benchmarks.quiet import note, silenced

FOLDS, PARTITIONS = 5, (0, 1, 2)
ROOMS = ("room-1", "room-2")
SUMMARY = "Cross-validates the recipe bed-exit-rfid in each room, and across rooms."

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


@dataclass(frozen=True)
class Score:
    """Alarms held against the truth: of one training, or of all folds together.

    Attributes:
        row: what was trained on what.
        right: alarms that are right.
        false: alarms that are not.
        missed: exits without an alarm.
        hours: recorded time of the test trials.
        delays_s: median of each training's alarms, seconds after the exit.
    """

    row: str
    right: int
    false: int
    missed: int
    hours: float
    delays_s: tuple[float, ...]

    @property
    def recall(self) -> float:
        """Share of exits with an alarm."""
        return self.right / (self.right + self.missed)

    @property
    def precision(self) -> float:
        """Share of alarms that are right; not a number without alarms."""
        return self.right / (self.right + self.false) if self.right + self.false else math.nan


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, scores and writes the page."""
    options = parsed("bed_exit_rfid", SUMMARY, "one epoch, one partition", arguments)
    partitions = (0,) if options.quick else PARTITIONS
    return finished(lambda: write(list(measure(partitions, options.quick)), options.out))


def measure(partitions: Sequence[int], quick: bool) -> Iterator[Score]:
    """One score for each room and partition, all folds together; then those across rooms."""
    for room in ROOMS:
        for partition in partitions:
            split = f"{{by: subject, validation: 0.25, folds: {FOLDS}, seed: {partition}"
            folds = [
                trained("", [f"data.parts=[{room}]", f"data.split={split}, fold: {fold}}}"], quick)
                for fold in range(1, FOLDS + 1)
            ]
            yield together(f"{room}, partition {partition}", folds)
    for train, test in (ROOMS, ROOMS[::-1]):
        split = f"{{by: subject, validation: 0.25, test_parts: [{test}]}}"
        yield trained(f"{train} to {test}", [f"data.parts=[{', '.join(ROOMS)}]", f"data.split={split}"], quick)


def trained(row: str, settings: list[str], quick: bool) -> Score:
    """What one training gives on its test trials."""
    with silenced(), tempfile.TemporaryDirectory() as folder:
        from zoo import Recipe, train

        recipe = Recipe.load("bed-exit-rfid", [*settings, *(["training.epochs=1"] if quick else [])])
        found = score(row, train(recipe, root=Path(folder)).metrics["test"])
    note(f"{settings[0]} {settings[1]}: recall {found.recall:.3f}, precision {found.precision:.3f}")
    return found


def score(row: str, metrics: dict[str, Any]) -> Score:
    """The counts behind a run's metrics."""
    right = round(metrics["event_recall"] * metrics["events"])
    return Score(
        row,
        right,
        metrics["alarms"] - right,
        metrics["events"] - right,
        metrics["hours"],
        (metrics["delay_median_s"],) if right else (),
    )


def together(row: str, folds: Sequence[Score]) -> Score:
    """All folds as one."""
    return Score(
        row,
        sum(one.right for one in folds),
        sum(one.false for one in folds),
        sum(one.missed for one in folds),
        sum(one.hours for one in folds),
        tuple(delay for one in folds for delay in one.delays_s),
    )


def table(scores: Sequence[Score]) -> str:
    """A row for each score."""
    from benchmarks.report import markdown_table

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


def write(scores: Sequence[Score], folder: Path) -> None:
    """Writes the page and its numbers, whole or not at all."""
    from benchmarks.machine import about, describe

    facts = about()
    numbers = json.dumps({"about": facts, "scores": [asdict(one) for one in scores]}, indent=1)
    contents = {"md": page(describe(facts), scores).encode(), "json": numbers.encode()}
    write_files(contents, folder, "bed_exit_rfid")


if __name__ == "__main__":
    sys.exit(main())
