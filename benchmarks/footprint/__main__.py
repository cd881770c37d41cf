"""Measures the footprint of the base installation for each Python: packages, disk space, start time and memory.

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
SUMMARY = "Measures the footprint of the base installation: packages, disk space, start time and memory."


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footprint", description=SUMMARY)
    parser.add_argument(
        "--python", type=Path, action="append", help="an interpreter; may be repeated. Default: those on the PATH"
    )
    parser.add_argument(
        "--bundle", type=Path, default=ROOT / "exported/bed-exit", help="bundle to load. Default: exported/bed-exit"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("docs/measured"), help="folder to write to. Default: docs/measured"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes the page and its numbers."""
    options = parse(arguments)
    set_environment()
    bundle: Path = options.bundle.resolve()
    interpreters = options.python or interpreters_on_path()
    if not interpreters:
        note(f"Expected one of {', '.join(NAMES)} on the PATH, found none that runs. Give one: --python PATH.")
        return 2
    machine = about()
    try:
        footprints = [measure(python, bundle) for python in interpreters]
    except KeyboardInterrupt:
        note("Interrupted: nothing was written.")
        return 130
    except subprocess.CalledProcessError as error:
        note(f"{' '.join(map(str, error.cmd[:4]))}: {(error.stderr or 'failed').strip()[-2000:]}")
        return 1
    footprints.sort(key=lambda footprint: tuple(map(int, footprint.python.split(".")[:2])))
    loaded = Bundle(bundle.name, (bundle / "model.onnx").stat().st_size)
    results = Results(machine["date"], machine["machine"], loaded, STARTS, tuple(footprints))
    write_files({"md": page(results).encode(), "json": results.to_json().encode()}, options.out, "footprint")
    return 0


def interpreters_on_path() -> list[Path]:
    """The supported Pythons on the PATH that run; a name on the PATH may be a shim without an installation."""
    paths = [shutil.which(name) for name in NAMES]
    return [Path(path) for path in paths if path and completed(path, "-c", "").returncode == 0]


def measure(python: Path, bundle: Path) -> Footprint:
    """Installs this checkout into a new environment and measures there.

    Raises:
        CalledProcessError: the environment cannot be created, or the package cannot be installed.
    """
    note(f"{python}: installing")
    with tempfile.TemporaryDirectory() as folder:
        completed(python, "-m", "venv", folder).check_returncode()
        inner = next(path for path in (Path(folder, "bin/python"), Path(folder, "Scripts/python.exe")) if path.exists())
        purelib = completed(inner, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])").stdout.strip()
        packages = Path(purelib)
        before = installed(packages)
        completed(inner, "-m", "pip", "--disable-pip-version-check", "install", ROOT).check_returncode()
        after = installed(packages)
        note(f"{python}: starting {STARTS} times")
        version = completed(inner, "-c", "import platform; print(platform.python_version())").stdout.strip()
        return Footprint.of(
            version, before, after, medians([probe(inner, bundle, Path(folder)) for _ in range(STARTS)])
        )


def completed(*command: object) -> "subprocess.CompletedProcess[str]":
    """Runs a program; returns its output and exit code."""
    return subprocess.run([*map(str, command)], capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
