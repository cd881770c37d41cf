"""Scores of the trained models on held-out data."""
