"""Trains a recipe into a run directory."""

from zoo.training.loop import train

__all__ = ["train"]
