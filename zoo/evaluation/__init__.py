"""Scores a run with Keras or a bundle with onnxruntime, with the same metrics."""

from zoo.evaluation.predictor import keras_predictor
from zoo.evaluation.report import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate", "keras_predictor"]
