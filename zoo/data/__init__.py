"""Data sets: their sources, and the records that they are read into."""

from zoo.data.loading import load_source
from zoo.data.records import NO_LABEL, About, Recording, RecordingSet, TextSet
from zoo.data.sources import SOURCES, Source

__all__ = ["NO_LABEL", "SOURCES", "About", "Recording", "RecordingSet", "Source", "TextSet", "load_source"]
