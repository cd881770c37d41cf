"""Keras models as ONNX files that are verified before they exist."""

from zoo.export.bundle.package import Bundle, write_bundle
from zoo.export.bundle.runs import export_run
from zoo.export.check import CheckReport, check
from zoo.export.onnx_file import to_onnx

__all__ = ["Bundle", "CheckReport", "check", "export_run", "to_onnx", "write_bundle"]
