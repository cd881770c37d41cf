"""Measures every runtime and writes docs/measured/runtimes.md.

python -m benchmarks.portability
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.portability.runtimes import RUNTIMES

SUMMARY = "Runs exported models on every runtime and writes docs/measured/runtimes.md, in about ten minutes."
#: The folder of `model_cases`, the models that this measurement shares with the tests of the exporter.
TESTS = Path(__file__).parents[2] / "tests"


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the document.

    Args:
        arguments: arguments of the command line. Default: those of the process.

    Raises:
        SystemExit: a runtime is missing, and the document would be incomplete.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portability", description=SUMMARY)
    parser.parse_args(arguments)
    sys.path.append(str(TESTS))
    # Imported here because they need the tests' models and load Keras.
    from benchmarks.portability.document import DOCUMENT, page
    from benchmarks.portability.exports import write_exports
    from benchmarks.portability.measuring import measure_all

    missing = [f"{runtime.name}: {reason}" for runtime in RUNTIMES if (reason := runtime.missing())]
    if missing:
        raise SystemExit("\n".join(["expected all runtimes, got none of these. Install them.", *missing]))
    with tempfile.TemporaryDirectory() as folder:
        exports, left_out = write_exports(Path(folder))
        for name, reason in left_out.items():
            print(f"not exported: {name}: {reason}")
        print(f"{len(exports)} exported, {len(left_out)} not")
        measured = measure_all(RUNTIMES, exports)
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(page(RUNTIMES, exports, measured), "utf-8")
    print(f"wrote {DOCUMENT}")


if __name__ == "__main__":
    main()
