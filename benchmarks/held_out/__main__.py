"""Scores every bundle in exported/ on its test split in onnxruntime, and as a stream if it supports streams.

python -m benchmarks.held_out [--model NAME]
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True)
class Scores:
    """The scores of one model on one data set.

    Attributes:
        model: name of the bundle.
        task: task of the model.
        data: name of the data set.
        size: size of the file in bytes.
        metrics: metric -> value.
        baseline: metric -> value of a naive method on the same data; may be empty.
        live: metric -> value of a stream that reads the recordings sample by sample; empty without a stream.
    """

    model: str
    task: str
    data: str
    size: int
    metrics: dict[str, float]
    baseline: dict[str, float]
    live: dict[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Scores and writes the page."""
    options = parsed("held_out", SUMMARY, f"only {', '.join(QUICK)}", arguments, _add_model)
    folders = sorted(path.parent for path in EXPORTED.glob("*/model.onnx"))
    names = set(options.model or (QUICK if options.quick else [folder.name for folder in folders]))

    def score() -> None:
        if unknown := sorted(names - {folder.name for folder in folders}):
            raise InputError(f"--model: {unknown[0]}: no such bundle in exported/.")
        rows = [asdict(scores) for folder in folders if folder.name in names for scores in measure(folder)]
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


def measure(folder: Path) -> Iterator[Scores]:
    """The scores of one bundle on its test split, and on further data sets if there are any."""
    from zoo.edge.bundle import read_bundle
    from zoo.evaluation import evaluate

    manifest = read_bundle(folder).manifest
    size = (folder / "model.onnx").stat().st_size
    for data in (None, *FURTHER.get(folder.name, ())):
        with silenced():
            report = evaluate(folder, data=data)
            live = _live(folder) if data is None and manifest.streaming is not None else {}
        yield Scores(folder.name, manifest.task, report.data, size, report.metrics, report.baseline, live)
        note(f"{folder.name} on {report.data}: {report.metrics}")


def _live(folder: Path) -> dict[str, float]:
    from zoo.evaluation import evaluate

    try:
        return evaluate(folder, live=True).metrics
    except InputError:  # the stream of a language model returns nothing that can be scored
        return {}


def write(rows: Sequence[dict[str, Any]], folder: Path) -> None:
    """Writes the page and its numbers, each completely or not at all."""
    from benchmarks.machine import about

    machine: dict[str, Any] = about()
    numbers = json.dumps({"about": machine, "scores": list(rows)}, indent=1, allow_nan=False)
    write_files({"md": page(machine, rows).encode(), "json": numbers.encode()}, folder, "held_out")


if __name__ == "__main__":
    sys.exit(main())
