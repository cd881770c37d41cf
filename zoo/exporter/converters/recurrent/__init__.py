"""Recurrent layers as native nodes."""
