"""The device runtime: load a bundle, predict, stream. Needs numpy and onnxruntime (for text also tokenizers)."""

from zoo.core.events import Event, EventRule
from zoo.core.manifest import Manifest
from zoo.edge.answers import Prediction
from zoo.edge.manifests import read_manifest
from zoo.edge.runner import Runner, load
from zoo.edge.samples import Health
from zoo.edge.stream import Stream
from zoo.edge.tasks.classification import Label, Window
from zoo.edge.tasks.event_detection import Events
from zoo.edge.tasks.next_word import Proposals
from zoo.edge.tasks.tagging import Tags
from zoo.edge.text_stream import TextStream

__all__ = [
    "Event",
    "EventRule",
    "Events",
    "Health",
    "Label",
    "Manifest",
    "Prediction",
    "Proposals",
    "Runner",
    "Stream",
    "Tags",
    "TextStream",
    "Window",
    "load",
    "read_manifest",
]
