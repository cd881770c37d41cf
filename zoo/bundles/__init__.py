"""Trained runs as bundles: one verified file that says everything of itself, and what lies beside it."""

from zoo.bundles.check import CheckReport, check
from zoo.bundles.package import Bundle, write_bundle
from zoo.bundles.runs import export_run

__all__ = ["Bundle", "CheckReport", "check", "export_run", "write_bundle"]
