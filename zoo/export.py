"""All exports in one place: any Keras model as an ONNX file, a run as a bundle.

`to_onnx` loads only Keras and onnx. The modules that know recipes are imported on first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

from zoo.exporter import to_onnx

if TYPE_CHECKING:
    from zoo.bundles import Bundle, CheckReport, check, export_run, write_bundle

__all__ = ["Bundle", "CheckReport", "check", "export_run", "to_onnx", "write_bundle"]


def __getattr__(name: str) -> Any:
    """Imports the names of `zoo.bundles` on first use."""
    if name in __all__:
        return getattr(importlib.import_module("zoo.bundles"), name)
    raise AttributeError(f"module 'zoo.export' has no attribute {name!r}")
