"""Scores a run with Keras or a bundle with onnxruntime, with the same metrics."""

from zoo.evaluation.predictor import keras_predictor
from zoo.evaluation.report import Report, evaluate

__all__ = ["Report", "evaluate", "keras_predictor"]
