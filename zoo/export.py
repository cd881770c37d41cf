"""Everything that is exported, in one place: any Keras model as an ONNX file, a run as a bundle.

`to_onnx` alone loads Keras and onnx; what knows recipes is loaded when it is first asked for.
"""

import importlib
from typing import TYPE_CHECKING, Any

from zoo.exporter import to_onnx

if TYPE_CHECKING:
    from zoo.bundles import Bundle, CheckReport, check, export_run, write_bundle

__all__ = ["Bundle", "CheckReport", "check", "export_run", "to_onnx", "write_bundle"]


def __getattr__(name: str) -> Any:
    """Loads what `zoo.bundles` has when it is first used."""
    if name in __all__:
        return getattr(importlib.import_module("zoo.bundles"), name)
    raise AttributeError(f"module 'zoo.export' has no attribute {name!r}")
