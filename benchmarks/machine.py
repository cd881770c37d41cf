"""Describes the machine and the software of a measurement."""

import datetime
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("sequence-zoo", "keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime", "openvino", "torch", "numpy")


def about() -> dict[str, Any]:
    """Date, machine and versions; the load average shows whether the machine was idle."""
    return {
        "date": datetime.date.today().isoformat(),
        "machine": {
            "cpu": cpu(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        },
        "versions": {"Python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }


def cpu() -> str:
    """Model name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def version(package: str) -> str | None:
    """Version of an installed package, or None; TensorFlow may be installed under the name of its CPU build."""
    for name in (package, f"{package}-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None
