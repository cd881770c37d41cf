"""Scores every bundle in exported/ on its test split in onnxruntime, and as a stream if it supports streams.

python -m benchmarks.held_out [--model NAME]
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.files import write_files
from benchmarks.held_out.report import page
from benchmarks.program import finished, parsed
from benchmarks.quiet import note, silenced
from zoo.core.errors import InputError

EXPORTED = Path(__file__).parents[2] / "exported"
SUMMARY = "Scores every trained model on its test split, in some minutes; downloads the data sets once."
#: Model -> further data sets on which it is scored completely.
FURTHER = {"sentiment": ("imdb",)}
#: Models that `--quick` scores.
QUICK = ("bed-exit-rfid",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Scores and writes the page."""
    options = parsed("held_out", SUMMARY, f"only {', '.join(QUICK)}", arguments, _add_model)
    folders = sorted(path.parent for path in EXPORTED.glob("*/model.onnx"))
    names = set(options.model or (QUICK if options.quick else [folder.name for folder in folders]))

    def score() -> None:
        if unknown := sorted(names - {folder.name for folder in folders}):
            raise InputError(f"--model: {unknown[0]}: no such bundle in exported/.")
        rows = [row for folder in folders if folder.name in names for row in measure(folder)]
        write(merged(rows, options.out) if options.model else rows, options.out)

    return finished(score)


def _add_model(parser: argparse.ArgumentParser) -> None:
    text = "model to score again; the others keep their scores. May be repeated. Default: all"
    parser.add_argument("--model", action="append", metavar="NAME", help=text)


def merged(rows: Sequence[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """The rows of the page in a folder, with those of the scored models replaced."""
    names = {row["model"] for row in rows}
    stored = json.loads((folder / "held_out.json").read_text("utf-8"))["scores"]
    return sorted([*(row for row in stored if row["model"] not in names), *rows], key=lambda row: row["model"])


def measure(folder: Path) -> Iterator[dict[str, Any]]:
    """The scores of one bundle on its test split, and on further data sets if there are any.

    Yields:
        A row of the page: names of model, task and data, size of the file in bytes, and metrics of the complete inputs,
        of a naive method (`baseline`) and of a stream (`live`), each metric -> value; the last two may be empty.
    """
    from zoo.edge.bundle import read_bundle
    from zoo.evaluation import evaluate
    from zoo.tasks import TASKS

    manifest = read_bundle(folder).manifest
    streams = manifest.streaming is not None and TASKS[manifest.task].scoring.live is not None
    for data in (None, *FURTHER.get(folder.name, ())):
        with silenced():
            report = evaluate(folder, data=data)
            live = evaluate(folder, live=True).metrics if streams and data is None else {}
        yield {
            "model": folder.name,
            "task": manifest.task,
            "data": report.data,
            "size": (folder / "model.onnx").stat().st_size,
            "metrics": report.metrics,
            "baseline": report.baseline,
            "live": live,
        }
        note(f"{folder.name} on {report.data}: {report.metrics}")


def write(rows: Sequence[dict[str, Any]], folder: Path) -> None:
    """Writes the page and its numbers, each completely or not at all."""
    from benchmarks.machine import about

    machine: dict[str, Any] = about()
    numbers = json.dumps({"about": machine, "scores": list(rows)}, indent=1, allow_nan=False)
    write_files({"md": page(machine, rows).encode(), "json": numbers.encode()}, folder, "held_out")


if __name__ == "__main__":
    sys.exit(main())
