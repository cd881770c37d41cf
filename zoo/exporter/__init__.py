"""Keras models as ONNX files that are verified before they exist. Knows nothing of recipes, data or bundles."""

from zoo.exporter.onnx_file import to_onnx

__all__ = ["to_onnx"]
