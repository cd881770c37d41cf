"""Predicts the next word of a text."""
