"""Exports trained runs as bundles: one verified, self-describing ONNX file, its manifest and its card."""

from zoo.bundles.checking import CheckReport, check
from zoo.bundles.package import Bundle, write_bundle
from zoo.bundles.runs import export_run

__all__ = ["Bundle", "CheckReport", "check", "export_run", "write_bundle"]
