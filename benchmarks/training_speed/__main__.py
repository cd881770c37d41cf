"""Measures the training speed of recurrent models on one core: the zoo compared with Keras and PyTorch.

Run it on an idle machine, from the root of the repository:

    python -m benchmarks.training_speed
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.files import write_files
from benchmarks.machine import about
from benchmarks.program import ASIDE, FULL
from benchmarks.quiet import note, set_environment, silenced
from benchmarks.training_speed.products import time_products
from benchmarks.training_speed.race import LossError, race
from benchmarks.training_speed.results import Results, from_json
from benchmarks.training_speed.turns import CONTENDERS, core_to_pin
from benchmarks.training_speed.workloads import ROWS, WORKLOADS, Row, rows_named

NUMBERS = "training_speed.json"
INPUT = "input"
SUMMARY = "Measures the training speed of recurrent models on one CPU core: the zoo compared with Keras and PyTorch."


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_speed", description=SUMMARY)
    parser.add_argument("--quick", action="store_true", help="2 short rounds, to test that everything works")
    parser.add_argument("--rounds", type=int, help="turns of each contender. Default: 7; with --quick 2")
    parser.add_argument("--seconds", type=float, help="duration of a turn. Default: 0.5; with --quick 0.2")
    names = f"{', '.join(WORKLOADS)}, one of their rows such as {ROWS[0].name}, or {INPUT}"
    parser.add_argument("--rows", nargs="+", metavar="ROW", help=f"{names}. Default: all")
    parser.add_argument("--out", type=Path, help=f"folder to write to. Default: {FULL}; with --quick or --rows {ASIDE}")
    parser.add_argument("--redraw", action="store_true", help="rewrite page and figure from the JSON in the folder")
    options = parser.parse_args(arguments)
    for name in options.rows or ():
        if name != INPUT and not rows_named(name):
            parser.error(f"--rows: expected {names}, got {name!r}.")
    if options.rounds is not None and options.rounds < 1:
        parser.error(f"--rounds: expected 1 or more, got {options.rounds}.")
    if options.seconds is not None and options.seconds < 0:
        parser.error(f"--seconds: expected 0 or more, got {options.seconds:g}.")
    options.rounds = options.rounds or (2 if options.quick else 7)
    options.seconds = (0.2 if options.quick else 0.5) if options.seconds is None else options.seconds
    options.out = options.out or (ASIDE if options.quick or options.rows else FULL)
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
    except LossError as error:
        note(f"{error} Nothing was written.")
        return 1
    except KeyboardInterrupt:
        note("Interrupted: nothing was written.")
        return 130
    return 0


def run(options: argparse.Namespace) -> Results:
    """Measures every selected row, and the input."""
    core = core_to_pin()
    settings = {"rounds": options.rounds, "seconds": options.seconds, "core": core, "quick": options.quick}
    facts = about() | {"settings": settings}
    measurements, products = [], []
    for row in selected_rows(options.rows):
        note(f"{row.title}: {options.rounds} rounds of {len(CONTENDERS)} contenders")
        measurements += race(row, options.rounds, options.seconds, core)
        products.append(time_products(row, core))
    inputs = []
    if options.rows is None or INPUT in options.rows:
        with silenced():
            from benchmarks.training_speed.input import RECIPES, time_input
        for recipe in RECIPES:
            note(f"{recipe}: input")
            inputs.append(time_input(recipe, core))
    titles = {key: contender.title for key, contender in CONTENDERS.items()}
    return Results(facts, titles, tuple(measurements), tuple(inputs), tuple(products))


def selected_rows(names: Sequence[str] | None) -> list[Row]:
    """The rows to measure, each once and in the order of the tables; all rows for None."""
    selected = set(ROWS) if names is None else {row for name in names for row in rows_named(name)}
    return [row for row in ROWS if row in selected]


def read(folder: Path) -> Results:
    """The results of an earlier run."""
    return from_json((folder / NUMBERS).read_text(encoding="utf-8"))


def write(results: Results, folder: Path) -> None:
    """Writes the numbers, the page and the figure, each completely or not at all."""
    with silenced():
        from benchmarks.training_speed.picture import draw
        from benchmarks.training_speed.report import page
    contents = {"md": page(results).encode(), "json": results.to_json().encode(), "png": draw(results)}
    write_files(contents, folder, "training_speed")


if __name__ == "__main__":
    sys.exit(main())
