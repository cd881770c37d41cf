"""What lies in an environment, and what a fresh process there takes to import the device part and to load a bundle."""

import json
import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

#: Fresh processes, of which each number is the median.
STARTS = 5
#: What is there before anything is installed, and the folders that it lies in; they grow as pip runs and is compiled.
TOOLS = ("pip", "setuptools", "wheel")
_FOLDERS = (*TOOLS, "pkg_resources", "_distutils_hack", "__pycache__")

# Written as it would be in a program on the device; the memory of Python alone is read first.
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
    """One fresh process, or the medians of some; bytes are in RAM, None where the system does not tell.

    Attributes:
        import_s: seconds of `import zoo.edge`.
        load_s: seconds of `zoo.edge.load`, onnxruntime's own import among them.
        python_bytes: before anything was imported.
        import_bytes: after the import.
        load_bytes: after the bundle was loaded.
    """

    import_s: float
    load_s: float
    python_bytes: int | None
    import_bytes: int | None
    load_bytes: int | None


@dataclass(frozen=True)
class Footprint:
    """What one Python's environment holds.

    Attributes:
        python: version.
        versions: of onnxruntime and numpy.
        packages: bytes on disk that each installed package added, by its name.
        added_bytes: by which the folder of packages grew, pip itself left out, compiled modules among them.
        started: of fresh processes.
    """

    python: str
    versions: dict[str, str]
    packages: dict[str, int]
    added_bytes: int
    started: Started

    @classmethod
    def of(cls, python: str, before: "Installed", after: "Installed", started: Started) -> "Footprint":
        """From what lay in the environment before and after."""
        packages = {name: size for name, size in after.packages.items() if name not in TOOLS}
        versions = {name: after.versions[name] for name in ("onnxruntime", "numpy")}
        return cls(python, versions, packages, after.total - before.total, started)


@dataclass(frozen=True)
class Installed:
    """What lies in a folder of packages: bytes on disk of each and of all, and versions, by name."""

    packages: dict[str, int]
    versions: dict[str, str]
    total: int


def installed(folder: Path) -> Installed:
    """Looks at a folder of packages."""
    found = {one.metadata["Name"].lower(): one for one in distributions(path=[str(folder)])}
    packages = {name: _bytes_of(one, folder) for name, one in sorted(found.items())}
    parts = [part for part in folder.iterdir() if part.name.partition("-")[0] not in _FOLDERS]
    files = [path for part in parts for path in (part, *part.rglob("*"))]
    total = sum(_on_disk(path) for path in files if path.is_file() and not path.is_symlink())
    return Installed(packages, {name: one.version for name, one in found.items()}, total)


def _bytes_of(package: Distribution, folder: Path) -> int:
    """Those of its files that lie in the folder: its commands do not."""
    paths = {Path(os.path.normpath(str(file.locate()))) for file in package.files or []}
    return sum(_on_disk(path) for path in paths if path.is_relative_to(folder) and path.is_file())


def _on_disk(path: Path) -> int:
    """Bytes that a file takes, in whole blocks where the system tells, as du counts them."""
    seen = path.stat()
    blocks = getattr(seen, "st_blocks", None)
    return seen.st_size if blocks is None else blocks * 512


def probe(python: Path, bundle: Path, folder: Path) -> Started:
    """Starts a fresh process in a folder that is not the checkout.

    Raises:
        CalledProcessError: it could not load the bundle.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    command = [str(python), "-c", _PROGRAM, str(bundle)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=environment)
    told: Mapping[str, Any] = json.loads(done.stdout)
    return Started(**told)


def medians(starts: Sequence[Started]) -> Started:
    """The median of each number."""

    def middle(name: str) -> Any:
        values = [getattr(one, name) for one in starts]
        return None if None in values else statistics.median(values)

    return Started(**{name: middle(name) for name in Started.__dataclass_fields__})
