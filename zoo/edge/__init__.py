"""What a device needs: load a bundle, predict, listen. Needs numpy and onnxruntime (text: also tokenizers)."""

from zoo.core.events import Event, EventRule
from zoo.core.manifest import Manifest
from zoo.edge.answers import Prediction
from zoo.edge.runner import Runner, load
from zoo.edge.samples import Health
from zoo.edge.stream import Stream
from zoo.edge.text_stream import TextStream

__all__ = ["Event", "EventRule", "Health", "Manifest", "Prediction", "Runner", "Stream", "TextStream", "load"]
