"""Footprint of the base installation: packages, disk space, start time and memory."""
