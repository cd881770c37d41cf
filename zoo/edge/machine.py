"""The machine that a measurement was taken on, and how much of its memory this process holds."""

import importlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any

_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY = Path("/proc/self/statm")
#: How /proc/cpuinfo names the processor on x86, and the board on ARM.
_NAMES = ("model name", "Model", "Hardware")


def described() -> dict[str, Any]:
    """The machine, its processor, how many of its cores this process may use, and the versions that run."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "onnxruntime": version("onnxruntime"),
    }


def processor() -> str:
    """The processor's or the board's name, as well as it is known."""
    try:
        lines = _CPU_INFO.read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    told = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return next((told[name] for name in _NAMES if told.get(name)), platform.machine())


def version(package: str) -> str | None:
    """The installed version of a package; None if it is not there."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def resident_bytes() -> int | None:
    """Memory of this process that lies in RAM: where Linux tells, now; on other systems the most so far, or None."""
    try:
        pages = int(_MEMORY.read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        pass
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:  # Windows
        return None
    most = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return most if sys.platform == "darwin" else most * 1024
