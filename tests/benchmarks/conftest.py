"""A handmade model for a live sensor."""

from edge.conftest import live_parts, threshold_parts

__all__ = ["live_parts", "threshold_parts"]
