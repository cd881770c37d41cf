"""Measures the packages of an environment, and the time and memory of a new process that loads a bundle."""

import json
import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

#: Number of new processes, of which each result is the median.
STARTS = 5
#: Packages of an empty environment, and their folders, which grow when pip runs and is compiled.
TOOLS = ("pip", "setuptools", "wheel")
_FOLDERS = (*TOOLS, "pkg_resources", "_distutils_hack", "__pycache__")

# As a program on a device would do it; the memory of Python alone is read first.
_PROGRAM = """
import json, sys, time
def resident():
    try:
        with open("/proc/self/status") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))
    except OSError:
        return None
bare = resident()
began = time.perf_counter()
import zoo.edge
imported = time.perf_counter()
after_import = resident()
before = time.perf_counter()
zoo.edge.load(sys.argv[1])
loaded = time.perf_counter()
print(json.dumps({"import_s": imported - began, "load_s": loaded - before, "python_bytes": bare,
                  "import_bytes": after_import, "load_bytes": resident()}))
"""


@dataclass(frozen=True)
class Started:
    """One new process, or the medians of several. Memory is resident memory; None if the system does not report it.

    Attributes:
        import_s: seconds of `import zoo.edge`.
        load_s: seconds of `zoo.edge.load`, including the import of onnxruntime.
        python_bytes: memory before any import.
        import_bytes: memory after the import.
        load_bytes: memory after the bundle was loaded.
    """

    import_s: float
    load_s: float
    python_bytes: int | None
    import_bytes: int | None
    load_bytes: int | None


@dataclass(frozen=True)
class Footprint:
    """The footprint of the installation for one Python.

    Attributes:
        python: version of Python.
        versions: versions of onnxruntime and numpy.
        packages: bytes on disk of each installed package, by name.
        added_bytes: growth of the packages folder, with compiled modules, without pip itself.
        started: medians over new processes.
    """

    python: str
    versions: dict[str, str]
    packages: dict[str, int]
    added_bytes: int
    started: Started

    @classmethod
    def of(cls, python: str, before: "Installed", after: "Installed", started: Started) -> "Footprint":
        """The difference between the environment before and after the installation."""
        packages = {name: size for name, size in after.packages.items() if name not in TOOLS}
        versions = {name: after.versions[name] for name in ("onnxruntime", "numpy")}
        return cls(python, versions, packages, after.total - before.total, started)


@dataclass(frozen=True)
class Installed:
    """The contents of a packages folder: bytes on disk and version of each package by name, and bytes of all files."""

    packages: dict[str, int]
    versions: dict[str, str]
    total: int


def installed(folder: Path) -> Installed:
    """The contents of a packages folder."""
    by_name = {package.metadata["Name"].lower(): package for package in distributions(path=[str(folder)])}
    packages = {name: _bytes_of(package, folder) for name, package in sorted(by_name.items())}
    parts = [part for part in folder.iterdir() if part.name.partition("-")[0] not in _FOLDERS]
    files = [path for part in parts for path in (part, *part.rglob("*"))]
    total = sum(_on_disk(path) for path in files if path.is_file() and not path.is_symlink())
    return Installed(packages, {name: package.version for name, package in by_name.items()}, total)


def _bytes_of(package: Distribution, folder: Path) -> int:
    """Bytes of the package's files in the folder; its commands are elsewhere."""
    paths = {Path(os.path.normpath(str(file.locate()))) for file in package.files or []}
    return sum(_on_disk(path) for path in paths if path.is_relative_to(folder) and path.is_file())


def _on_disk(path: Path) -> int:
    """Bytes of a file on disk, in complete blocks as du counts them if the system reports blocks."""
    status = path.stat()
    blocks = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else blocks * 512


def probe(python: Path, bundle: Path, folder: Path) -> Started:
    """Starts a new process in a folder other than the checkout.

    Raises:
        CalledProcessError: the process could not load the bundle.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    command = [str(python), "-c", _PROGRAM, str(bundle)]
    process = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=environment)
    measured: Mapping[str, Any] = json.loads(process.stdout)
    return Started(**measured)


def medians(starts: Sequence[Started]) -> Started:
    """The median of each value."""

    def median(name: str) -> Any:
        values = [getattr(start, name) for start in starts]
        return None if None in values else statistics.median(values)

    return Started(**{name: median(name) for name in Started.__dataclass_fields__})
