"""The metrics of each task, in numpy over any predictor: Keras and ONNX are scored by the same code."""

from typing_extensions import assert_never

from zoo.core.events import EventRule
from zoo.core.predictor import Predictor
from zoo.core.progress import SILENT, Progress
from zoo.data.prepare import Prepared, Texts, Tracks
from zoo.evaluation.classification import class_probabilities, classification_metrics
from zoo.evaluation.events import count_matches, event_metrics, step_metrics, step_scores
from zoo.evaluation.language import language_metrics

#: Task -> the metric that a table shows first.
HEADLINE = {"event-detection": "event_f1", "classification": "accuracy", "next-word": "top3"}


def score_split(
    prepared: Prepared,
    part: Tracks | Texts,
    predictor: Predictor,
    rule: EventRule | None = None,
    progress: Progress = SILENT,
) -> dict[str, float]:
    """The task's metrics of one split.

    Args:
        prepared: the recipe and its data.
        part: what to score on.
        predictor: the model as a function on batches.
        rule: the event rule, for event detection.
        progress: hears about slow scoring.
    """
    match part:
        case Tracks():
            events = prepared.recipe.events
            assert rule is not None
            assert events is not None
            scores = step_scores(part, predictor)
            found = count_matches(part, scores, rule, events.tolerance_s)
            of_events = event_metrics(found, part.hours, events.detect_within_s)
            return {**of_events, **step_metrics(part, scores, rule.threshold)}
        case Texts() if prepared.recipe.task == "next-word":
            return language_metrics(prepared, part, predictor, progress)
        case Texts():
            probabilities = class_probabilities(part, len(prepared.labels), predictor, progress)
            return classification_metrics(part.labels, probabilities, prepared.labels)
        case _:
            assert_never(part)
