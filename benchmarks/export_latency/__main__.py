"""Measures the latency of exported recurrent models: ours compared with other exporters and runtimes.

Run it on an idle machine, from the root of the repository:

    python -m benchmarks.export_latency
"""

import argparse
import dataclasses
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.files import write_files
from benchmarks.program import ASIDE, FULL
from benchmarks.quiet import note, set_environment, silenced

if TYPE_CHECKING:
    from benchmarks.export_latency.contenders import Files, Start
    from benchmarks.export_latency.results import FileFacts, Measurement, Results
    from benchmarks.models import Case

NUMBERS = "export_latency.json"
BATCHES = (1, 32)
SUMMARY = "Measures the latency of exported recurrent models, compared with other exporters and runtimes."


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export_latency", description=SUMMARY)
    parser.add_argument("--quick", action="store_true", help="5 short rounds, to test that everything works")
    parser.add_argument("--rounds", type=int, help="turns of each contender. Default: 20; with --quick 5")
    parser.add_argument("--only", nargs="+", choices=("rnn", "lstm", "gru"), metavar="CELL", help="rnn, lstm or gru")
    parser.add_argument("--out", type=Path, help=f"folder to write to. Default: {FULL}; with --quick or --only {ASIDE}")
    parser.add_argument("--redraw", action="store_true", help="rewrite page and figure from the JSON in the folder")
    options = parser.parse_args(arguments)
    if options.rounds is not None and options.rounds < 1:
        parser.error(f"--rounds: expected 1 or more, got {options.rounds}.")
    options.rounds = options.rounds or (5 if options.quick else 20)
    options.out = options.out or (ASIDE if options.quick or options.only else FULL)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, or reads earlier results, and writes the three files."""
    options = parse(arguments)
    set_environment()
    if options.redraw and not (options.out / NUMBERS).is_file():
        note(f"{options.out / NUMBERS}: expected the numbers of an earlier run, got no file. Run without --redraw.")
        return 2
    try:
        write(read(options.out) if options.redraw else run(options), options.out)
    except KeyboardInterrupt:
        note("Interrupted: nothing was written.")
        return 130
    return 0


def run(options: argparse.Namespace) -> "Results":
    """Measures every selected model."""
    note("Loading Keras and TensorFlow")
    with silenced():
        from benchmarks.export_latency.contenders import CONTENDERS
        from benchmarks.models import CELLS, VARIANTS, build
    from benchmarks.export_latency.results import Results
    from benchmarks.machine import about

    settings = {
        "batches": BATCHES,
        "fill_s": 0.01 if options.quick else 0.05,
        "rounds": options.rounds,
        "quick": options.quick,
    }
    facts = about() | {"settings": settings}
    files: list[FileFacts] = []
    measurements: list[Measurement] = []
    with tempfile.TemporaryDirectory() as folder:
        for cell in options.only or CELLS:
            for variant in VARIANTS:
                case_files, case_measurements = measure(build(cell, variant), settings, Path(folder))
                files += case_files
                measurements += case_measurements
    titles = {key: contender.title for key, contender in CONTENDERS.items()}
    return Results(facts, titles, tuple(files), tuple(measurements))


def measure(case: "Case", settings: dict[str, Any], folder: Path) -> tuple[list["FileFacts"], list["Measurement"]]:
    """Writes the files of one model, and times its contenders at every batch size."""
    from benchmarks.export_latency.contenders import starts, write_files
    from benchmarks.models import expected, make_input

    batches = settings["batches"]
    expected(case, make_input(case, batches[0]))  # Keras exports only models that were called
    files = write_files(case, batches, folder, note)
    measurements: list[Measurement] = []
    for batch in batches:
        ready = starts(case, batch, files)
        try:
            measurements += race(case, batch, ready, settings)
        finally:
            for contender in ready.values():
                contender.close()
    return facts_of(case, files), measurements


def facts_of(case: "Case", files: "Files") -> list["FileFacts"]:
    """The facts about each file, with its result in OpenVINO."""
    from benchmarks.export_latency.contenders import read_by_openvino

    all_facts = []
    for path, facts in dict.fromkeys(files.values()):
        if path is not None and path.suffix == ".onnx":
            facts = dataclasses.replace(facts, openvino=read_by_openvino(case, path))
        all_facts.append(facts)
    return all_facts


def race(case: "Case", batch: int, ready: dict[str, "Start"], settings: dict[str, Any]) -> list["Measurement"]:
    """Times the fit contenders in turns, and records why the others are not fit."""
    from benchmarks.export_latency.results import Measurement
    from benchmarks.timing import compare, interleave

    runs = {key: start.run for key, start in ready.items() if start.fit and start.run is not None}
    note(f"{case.title}, batch {batch}: {settings['rounds']} rounds of {len(runs)} contenders")
    timed = interleave(runs, settings["rounds"], settings["fill_s"])
    measurements = []
    for key, start in ready.items():
        result = Measurement(case.cell, case.variant, batch, key, "timed", start.reason, start.difference)
        if key not in timed:
            result = dataclasses.replace(result, status="skipped" if start.run is None else "wrong")
        else:
            ms = tuple(1000 * second for second in timed[key].seconds)
            result = dataclasses.replace(result, ms=statistics.median(ms), cpu=timed[key].cpu, rounds_ms=ms)
            if "ours" in timed and key != "ours":
                ratio = compare(timed[key], timed["ours"])
                result = dataclasses.replace(result, ratio=ratio.median, low=ratio.low, high=ratio.high)
        measurements.append(result)
    return measurements


def read(folder: Path) -> "Results":
    """The results of an earlier run."""
    from benchmarks.export_latency.results import from_json

    return from_json((folder / NUMBERS).read_text(encoding="utf-8"))


def write(results: "Results", folder: Path) -> None:
    """Writes the numbers, the page and the figure, each completely or not at all."""
    with silenced():
        from benchmarks.export_latency.picture import draw
        from benchmarks.export_latency.report import page
    contents = {"md": page(results).encode(), "json": results.to_json().encode(), "png": draw(results)}
    write_files(contents, folder, "export_latency")


if __name__ == "__main__":
    sys.exit(main())
