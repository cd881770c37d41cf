"""Cross-validates the recipe bed-exit-rfid in each room, and across rooms.

python -m benchmarks.bed_exit_rfid
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.bed_exit_rfid.report import page
from benchmarks.bed_exit_rfid.score import FOLDS, Score, score, together
from benchmarks.files import write_files
from benchmarks.program import finished, parsed
from benchmarks.quiet import note, silenced

PARTITIONS = (0, 1, 2)
ROOMS = ("room-1", "room-2")
SUMMARY = "Cross-validates the recipe bed-exit-rfid in each room, and across rooms."


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, scores and writes the page."""
    options = parsed("bed_exit_rfid", SUMMARY, "one epoch, one partition", arguments)
    partitions = (0,) if options.quick else PARTITIONS
    return finished(lambda: write(list(measure(partitions, options.quick)), options.out))


def measure(partitions: Sequence[int], quick: bool) -> Iterator[Score]:
    """One score for each room and partition, over all folds; then the scores across rooms."""
    for room in ROOMS:
        for partition in partitions:
            split = f"{{by: subject, validation: 0.25, folds: {FOLDS}, seed: {partition}"
            folds = [
                train_and_score("", [f"data.parts=[{room}]", f"data.split={split}, fold: {fold}}}"], quick)
                for fold in range(1, FOLDS + 1)
            ]
            yield together(f"{room}, partition {partition}", folds)
    for train, test in (ROOMS, ROOMS[::-1]):
        split = f"{{by: subject, validation: 0.25, test_parts: [{test}]}}"
        settings = [f"data.parts=[{', '.join(ROOMS)}]", f"data.split={split}"]
        yield train_and_score(f"{train} to {test}", settings, quick)


def train_and_score(row: str, settings: list[str], quick: bool) -> Score:
    """The score of one training on its test trials."""
    with silenced(), tempfile.TemporaryDirectory() as folder:
        from zoo import Recipe, train

        recipe = Recipe.load("bed-exit-rfid", [*settings, *(["training.epochs=1"] if quick else [])])
        result = score(row, train(recipe, root=Path(folder)).metrics["test"])
    note(f"{settings[0]} {settings[1]}: recall {result.recall:.3f}, precision {result.precision:.3f}")
    return result


def write(scores: Sequence[Score], folder: Path) -> None:
    """Writes the page and its numbers, each completely or not at all."""
    from benchmarks.machine import about

    machine = about()
    numbers = json.dumps({"about": machine, "scores": [asdict(score) for score in scores]}, indent=1)
    contents = {"md": page(machine, scores).encode(), "json": numbers.encode()}
    write_files(contents, folder, "bed_exit_rfid")


if __name__ == "__main__":
    sys.exit(main())
