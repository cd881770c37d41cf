"""Metrics of texts with one label each."""

from collections.abc import Sequence

import numpy as np

from zoo.core.predictor import Predictor, in_batches
from zoo.core.progress import Progress
from zoo.data.prepare import Texts

_BATCH = 32


def class_probabilities(part: Texts, classes: int, predictor: Predictor, progress: Progress) -> np.ndarray:
    """(texts, classes) probabilities; a text without a token gets the same for each class."""
    rows = [part.corpus[number].astype(np.int32) for number in range(len(part.corpus))]
    probabilities = np.full((len(rows), classes), 1 / classes, np.float32)
    known = [number for number, row in enumerate(rows) if len(row)]
    with progress.bar("scoring", len(known), "texts") as advance:
        for numbers, batch in in_batches([rows[number] for number in known], _BATCH):
            probabilities[[known[number] for number in numbers]] = predictor(batch)
            advance(len(numbers))
    return probabilities


def classification_metrics(labels: np.ndarray, probabilities: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Accuracy, macro F1, cross-entropy in nats, and recall of each class.

    Args:
        labels: (texts,) true classes.
        probabilities: (texts, classes).
        names: of the classes.
    """
    said = probabilities.argmax(1)
    of_truth = probabilities[np.arange(len(labels)), labels]
    recalls, f1s = {}, []
    for number, name in enumerate(names):
        both = int(((said == number) & (labels == number)).sum())
        true, claimed = int((labels == number).sum()), int((said == number).sum())
        recalls[f"recall_{name}"] = both / true if true else float("nan")
        f1s.append(2 * both / (true + claimed) if true + claimed else 1.0)
    return {
        "accuracy": float((said == labels).mean()),
        "macro_f1": float(np.mean(f1s)),
        "cross_entropy": float(-np.log(np.maximum(of_truth, 1e-12)).mean()),
        **recalls,
        "texts": len(labels),
    }


def majority_baseline(train_labels: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Accuracy of always saying the class that is commonest in training."""
    return {"accuracy": float((labels == np.bincount(train_labels).argmax()).mean())}
