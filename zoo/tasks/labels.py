"""Label metrics, which tasks on complete inputs and on single time steps share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.predictor import Predictor, in_batches
from zoo.core.progress import Progress
from zoo.tasks.metric import Metric, measured

#: Inputs per batch.
BATCH = 32


@dataclass(frozen=True)
class LabelOutcome:
    """The predicted and the true labels of n inputs or time steps.

    Attributes:
        true: (n, labels) bool.
        predicted: (n, labels) bool.
        scores: (n, labels) from 0 to 1.
        names: names of the labels.
        plural: noun for what has the labels, such as "texts".
        several: whether each may have any number of labels; otherwise each has exactly one.
    """

    true: np.ndarray
    predicted: np.ndarray
    scores: np.ndarray
    names: tuple[str, ...]
    plural: str
    several: bool = False

    @classmethod
    def single(cls, labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str], plural: str) -> "LabelOutcome":
        """For inputs with one label each, by (n,) label numbers; the most probable label is predicted."""
        numbers = np.arange(len(names))
        predicted = probabilities.argmax(1)
        return cls(labels[:, None] == numbers, predicted[:, None] == numbers, probabilities, tuple(names), plural)

    @property
    def f1(self) -> np.ndarray:
        """(labels,) F1 of each label."""
        return f1(self.true, self.predicted)


def f1(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """(labels,) 2 * both / (true + predicted) of two (n, labels) bool arrays; 1 for a label that is in neither."""
    both, total = (true & predicted).sum(0), true.sum(0) + predicted.sum(0)
    return np.where(total > 0, 2 * both / np.maximum(total, 1), 1.0)


def accuracy(outcome: LabelOutcome) -> float:
    """Share of inputs whose predicted labels are exactly the true ones."""
    return float((outcome.true == outcome.predicted).all(1).mean())


def macro_f1(outcome: LabelOutcome) -> float:
    """Mean F1 of the labels that are true or predicted at least once; 1 if there are none."""
    occurs = outcome.true.any(0) | outcome.predicted.any(0)
    return float(outcome.f1[occurs].mean()) if occurs.any() else 1.0


def micro_f1(outcome: LabelOutcome) -> float | None:
    """F1 over all labels of all inputs; None if each input has one label, as it then equals the accuracy."""
    return float(f1(outcome.true.reshape(-1, 1), outcome.predicted.reshape(-1, 1))[0]) if outcome.several else None


def cross_entropy(outcome: LabelOutcome) -> float:
    """Mean of -ln of the probability of the truth, in nats; with several labels, the mean over labels as well."""
    true, scores = outcome.true, outcome.scores
    of_truth = np.where(true, scores, 1 - scores) if outcome.several else scores[true]
    return float(-np.log(np.maximum(of_truth, 1e-12)).mean())


def recall(outcome: LabelOutcome) -> dict[str, float]:
    """For each label, the share of its true inputs that are predicted; NaN if it does not occur."""
    both, true = (outcome.true & outcome.predicted).sum(0), outcome.true.sum(0)
    shares = [float(right / total) if total else float("nan") for right, total in zip(both, true, strict=True)]
    return dict(zip(outcome.names, shares, strict=True))


ACCURACY = Metric("accuracy", accuracy, "share with the correct label")
MACRO_F1 = Metric("macro_f1", macro_f1, "mean F1 of the labels")
MICRO_F1 = Metric("micro_f1", micro_f1, "F1 over all labels together")
CROSS_ENTROPY = Metric(
    "cross_entropy", cross_entropy, "mean of -ln of the probability of the truth", less_is_better=True, unit="nats"
)
RECALL = Metric("recall", recall, "share of a label's inputs that are recognized", each=True)


def label_metrics(metrics: Sequence[Metric], outcome: LabelOutcome) -> dict[str, float]:
    """The numbers by name, and the number of inputs or time steps that were scored."""
    return {**measured(metrics, outcome), outcome.plural: len(outcome.true)}


def majority(train: np.ndarray, labels: np.ndarray, names: Sequence[str], plural: str) -> LabelOutcome:
    """The outcome of always predicting the most frequent training label; `train`, `labels`: (n,) label numbers."""
    most_frequent = np.eye(len(names))[np.bincount(train, minlength=len(names)).argmax()]
    return LabelOutcome.single(labels, np.tile(most_frequent, (len(labels), 1)), names, plural)


def probabilities(
    rows: Sequence[np.ndarray], predictor: Predictor, progress: Progress, *, classes: int, padded: bool, plural: str
) -> np.ndarray:
    """(inputs, classes) outputs; for an input without time steps all classes are equally probable.

    Args:
        rows: (time, ...) each.
        predictor: the model as a function on batches.
        progress: shows a bar that counts inputs.
        classes: number of classes.
        padded: whether rows of different lengths may share a batch.
        plural: noun for the inputs.
    """
    outputs = np.full((len(rows), classes), 1 / classes, np.float32)
    nonempty = [number for number, row in enumerate(rows) if len(row)]
    with progress.bar("scoring", len(nonempty), plural) as advance:
        for numbers, batch in in_batches([rows[number] for number in nonempty], BATCH, padded=padded):
            outputs[[nonempty[number] for number in numbers]] = predictor(batch)
            advance(len(numbers))
    return outputs
