"""Facts about this machine for measurements, and how much of its memory this process uses."""

import importlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any

_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY = Path("/proc/self/statm")
#: Keys in /proc/cpuinfo for the processor on x86 and the board on ARM.
_NAMES = ("model name", "Model", "Hardware")


def machine_facts() -> dict[str, Any]:
    """The machine, its processor, the number of cores that this process may use, and the installed versions."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "onnxruntime": version("onnxruntime"),
    }


def processor() -> str:
    """The most specific name known for the processor or the board."""
    try:
        lines = _CPU_INFO.read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    entries = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return next((entries[name] for name in _NAMES if entries.get(name)), platform.machine())


def version(package: str) -> str | None:
    """The installed version of a package; None if it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def resident_bytes() -> int | None:
    """Resident memory of this process: the current value on Linux, elsewhere the peak so far, or None if unknown."""
    try:
        pages = int(_MEMORY.read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        pass
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:  # Windows
        return None
    peak = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak if sys.platform == "darwin" else peak * 1024
