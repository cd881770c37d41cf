"""What a device needs: load a bundle, predict. Standard library, numpy and onnxruntime (text: also tokenizers)."""

from zoo.edge.events import Event, EventRule
from zoo.edge.manifest import Manifest
from zoo.edge.runner import Prediction, Runner, load

__all__ = ["Event", "EventRule", "Manifest", "Prediction", "Runner", "load"]
