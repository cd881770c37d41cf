"""Fits the score threshold of each label where an input may have several."""

import numpy as np

from zoo.tasks.labels import f1

#: Candidate thresholds.
THRESHOLDS = np.round(np.linspace(0.05, 0.95, 19), 2)


def best_thresholds(true: np.ndarray, scores: np.ndarray) -> tuple[float, ...]:
    """The threshold with the best F1 for each label; among equally good ones, the middle one.

    Args:
        true: (n, labels) bool.
        scores: (n, labels) from 0 to 1.
    """
    f1_scores = np.stack([f1(true, scores >= threshold) for threshold in THRESHOLDS])  # (thresholds, labels)
    best = [np.flatnonzero(column == column.max()) for column in f1_scores.T]
    return tuple(float(THRESHOLDS[indices[len(indices) // 2]]) for indices in best)
