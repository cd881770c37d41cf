"""Labels told apart: what the metrics of whole inputs and of single time steps have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.core.predictor import Predictor, in_batches
from zoo.core.progress import Progress
from zoo.tasks.metric import Metric, measured

#: Inputs that are scored side by side.
BATCH = 32


@dataclass(frozen=True)
class Told:
    """What a model said of n inputs or time steps, and what is true.

    Attributes:
        true: (n, labels) bool.
        said: (n, labels) bool.
        scores: (n, labels) from 0 to 1.
        names: of the labels.
        what: they are labels of, more than one of them: "texts".
        several: whether each may have several labels, or none; if not, it has one.
    """

    true: np.ndarray
    said: np.ndarray
    scores: np.ndarray
    names: tuple[str, ...]
    what: str
    several: bool = False

    @classmethod
    def one(cls, labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str], what: str) -> "Told":
        """Of inputs with one label each, by its number (n,); the likeliest label is said."""
        numbers = np.arange(len(names))
        said = probabilities.argmax(1)
        return cls(labels[:, None] == numbers, said[:, None] == numbers, probabilities, tuple(names), what)

    @property
    def f1(self) -> np.ndarray:
        """(labels,) of each label."""
        return f1(self.true, self.said)


def f1(true: np.ndarray, said: np.ndarray) -> np.ndarray:
    """(labels,) 2 * right / (true + said) of (n, labels) bool each; 1 for a label that is neither true nor said."""
    both, total = (true & said).sum(0), true.sum(0) + said.sum(0)
    return np.where(total > 0, 2 * both / np.maximum(total, 1), 1.0)


def accuracy(told: Told) -> float:
    """Share of inputs of which just the true labels are said."""
    return float((told.true == told.said).all(1).mean())


def macro_f1(told: Told) -> float:
    """The mean of the F1 of those labels that are true or said of anything; 1 if there are none."""
    there = told.true.any(0) | told.said.any(0)
    return float(told.f1[there].mean()) if there.any() else 1.0


def micro_f1(told: Told) -> float | None:
    """F1 of all labels of all inputs together; None where each has one, for it is the accuracy then."""
    return float(f1(told.true.reshape(-1, 1), told.said.reshape(-1, 1))[0]) if told.several else None


def cross_entropy(told: Told) -> float:
    """Mean of -ln of the probability that was given to the truth, in nats; of several labels, label by label."""
    of_truth = np.where(told.true, told.scores, 1 - told.scores) if told.several else told.scores[told.true]
    return float(-np.log(np.maximum(of_truth, 1e-12)).mean())


def recall(told: Told) -> dict[str, float]:
    """Of each label, the share of its own that is told as such; not a number if it does not occur."""
    right, true = (told.true & told.said).sum(0), told.true.sum(0)
    shares = [float(both / all_) if all_ else float("nan") for both, all_ in zip(right, true, strict=True)]
    return dict(zip(told.names, shares, strict=True))


ACCURACY = Metric("accuracy", accuracy, "share with the right label")
MACRO_F1 = Metric("macro_f1", macro_f1, "mean of the labels' F1")
MICRO_F1 = Metric("micro_f1", micro_f1, "F1 over all labels together")
CROSS_ENTROPY = Metric(
    "cross_entropy", cross_entropy, "mean of -ln of the probability of the truth", less_is_better=True, unit="nats"
)
RECALL = Metric("recall", recall, "share of a label's own that is found", each=True)


def told_metrics(metrics: Sequence[Metric], told: Told) -> dict[str, float]:
    """The numbers by name, and behind them how much was looked at."""
    return {**measured(metrics, told), told.what: len(told.true)}


def majority(train: np.ndarray, labels: np.ndarray, names: Sequence[str], what: str) -> Told:
    """Always saying the label that is commonest in training; (n,) numbers of labels each."""
    commonest = np.eye(len(names))[np.bincount(train, minlength=len(names)).argmax()]
    return Told.one(labels, np.tile(commonest, (len(labels), 1)), names, what)


def probabilities(
    rows: Sequence[np.ndarray], predictor: Predictor, progress: Progress, *, classes: int, padded: bool, what: str
) -> np.ndarray:
    """(inputs, classes) outputs; an input without a time step gets the same for each class.

    Args:
        rows: (time, ...) each.
        predictor: the model as a function on batches.
        progress: hears about it.
        classes: of the output.
        padded: whether rows of different lengths may share a batch.
        what: the inputs are, more than one of them.
    """
    found = np.full((len(rows), classes), 1 / classes, np.float32)
    known = [number for number, row in enumerate(rows) if len(row)]
    with progress.bar("scoring", len(known), what) as advance:
        for numbers, batch in in_batches([rows[number] for number in known], BATCH, padded=padded):
            found[[known[number] for number in numbers]] = predictor(batch)
            advance(len(numbers))
    return found
