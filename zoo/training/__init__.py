"""Trains a recipe and writes a run directory."""

from zoo.training.loop import train

__all__ = ["train"]
