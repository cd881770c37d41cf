"""A model for a live sensor, made by hand."""

from edge.conftest import live_parts, threshold_parts

__all__ = ["live_parts", "threshold_parts"]
