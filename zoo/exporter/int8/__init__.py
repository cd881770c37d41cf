"""Weights as int8, and whether they are worth it."""
