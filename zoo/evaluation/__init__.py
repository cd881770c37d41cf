"""Scores a run or a bundle: the same metrics, from Keras or from ONNX."""

from zoo.evaluation.predictor import keras_predictor
from zoo.evaluation.report import Report, evaluate

__all__ = ["Report", "evaluate", "keras_predictor"]
