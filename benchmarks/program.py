"""The command line of the benchmarks that have only `--quick` and `--out`."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.quiet import note, set_environment
from zoo.core.errors import ZooError

FULL, ASIDE = Path("docs/measured"), Path("build/benchmarks")


def parsed(
    name: str,
    summary: str,
    quick: str,
    arguments: Sequence[str] | None = None,
    more: Callable[[argparse.ArgumentParser], object] = lambda parser: None,
) -> argparse.Namespace:
    """Reads `--quick` and `--out`.

    Args:
        name: name of the module.
        summary: what the benchmark does.
        quick: what it does with `--quick`.
        arguments: the arguments. Default: those of the process.
        more: adds further options to the parser.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=summary)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--out", type=Path, help=f"folder to write to. Default: {FULL}; with --quick {ASIDE}")
    more(parser)
    options = parser.parse_args(arguments)
    options.out = options.out or (ASIDE if options.quick else FULL)
    return options


def finished(measure: Callable[[], None]) -> int:
    """Measures and writes; returns the exit code."""
    set_environment()
    try:
        measure()
    except KeyboardInterrupt:
        note("Interrupted: nothing was written.")
        return 130
    except ZooError as error:
        note(f"{error} Nothing was written.")
        return error.exit_code
    return 0
