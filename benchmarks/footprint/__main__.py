"""Measures what the install without extras costs a device: packages, megabytes, start and memory, for each Python.

python -m benchmarks.footprint [--python PATH ...]
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.files import write_files
from benchmarks.footprint.probe import STARTS, Footprint, installed, medians, probe
from benchmarks.footprint.report import page
from benchmarks.footprint.results import Bundle, Results
from benchmarks.machine import about
from benchmarks.quiet import note, set_environment

ROOT = Path(__file__).parents[2]
NAMES = ("python3.10", "python3.11", "python3.12", "python3.13")
SUMMARY = "Measures what the install without extras costs a device: packages, megabytes, start and memory."


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footprint", description=SUMMARY)
    parser.add_argument(
        "--python", type=Path, action="append", help="an interpreter; those on the PATH if none is given"
    )
    parser.add_argument("--bundle", type=Path, default=ROOT / "exported/bed-exit", help="what is loaded")
    parser.add_argument("--out", type=Path, default=Path("docs/measured"), help="folder to write to (docs/measured)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes the page and its numbers."""
    options = parse(arguments)
    set_environment()
    bundle: Path = options.bundle.resolve()
    interpreters = options.python or on_the_path()
    if not interpreters:
        note(f"Expected one of {', '.join(NAMES)} on the PATH, found none that runs. Name one: --python PATH.")
        return 2
    facts = about()
    try:
        found = [measure(python, bundle) for python in interpreters]
    except KeyboardInterrupt:
        note("Interrupted: nothing was written.")
        return 130
    except subprocess.CalledProcessError as error:
        note(f"{' '.join(map(str, error.cmd[:4]))}: {(error.stderr or 'failed').strip()[-2000:]}")
        return 1
    found.sort(key=lambda one: tuple(map(int, one.python.split(".")[:2])))
    loaded = Bundle(bundle.name, (bundle / "model.onnx").stat().st_size)
    results = Results(facts["date"], facts["machine"], loaded, STARTS, tuple(found))
    write_files({"md": page(results).encode(), "json": results.to_json().encode()}, options.out, "footprint")
    return 0


def on_the_path() -> list[Path]:
    """Each supported Python that is there and runs; a name may also stand for one that is not installed."""
    places = [shutil.which(name) for name in NAMES]
    return [Path(place) for place in places if place and ran(place, "-c", "").returncode == 0]


def measure(python: Path, bundle: Path) -> Footprint:
    """Installs this checkout into a fresh environment and measures there.

    Raises:
        CalledProcessError: the environment cannot be made, or the package not be installed.
    """
    note(f"{python}: installing")
    with tempfile.TemporaryDirectory() as folder:
        ran(python, "-m", "venv", folder).check_returncode()
        inner = next(path for path in (Path(folder, "bin/python"), Path(folder, "Scripts/python.exe")) if path.exists())
        packages = Path(ran(inner, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])").stdout.strip())
        before = installed(packages)
        ran(inner, "-m", "pip", "--disable-pip-version-check", "install", ROOT).check_returncode()
        after = installed(packages)
        note(f"{python}: starting {STARTS} times")
        version = ran(inner, "-c", "import platform; print(platform.python_version())").stdout.strip()
        return Footprint.of(
            version, before, after, medians([probe(inner, bundle, Path(folder)) for _ in range(STARTS)])
        )


def ran(*command: object) -> "subprocess.CompletedProcess[str]":
    """What a program said, and how it ended."""
    return subprocess.run([*map(str, command)], capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
