"""Scores a run or a bundle: the same metrics, from Keras or from ONNX."""

from zoo.evaluation.predictor import keras_predictor
from zoo.evaluation.report import Report, evaluate
from zoo.evaluation.scoring import HEADLINE, score_split

__all__ = ["HEADLINE", "Report", "evaluate", "keras_predictor", "score_split"]
