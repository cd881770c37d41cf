"""The score from which each of several labels is told."""

import numpy as np

from zoo.tasks.labels import f1

#: Scores that are tried.
THRESHOLDS = np.round(np.linspace(0.05, 0.95, 19), 2)


def best_thresholds(true: np.ndarray, scores: np.ndarray) -> tuple[float, ...]:
    """For each label the threshold with the best F1; of equally good ones, the middle one.

    Args:
        true: (n, labels) bool.
        scores: (n, labels) from 0 to 1.
    """
    reached = np.stack([f1(true, scores >= threshold) for threshold in THRESHOLDS])  # (thresholds, labels)
    best = [np.flatnonzero(column == column.max()) for column in reached.T]
    return tuple(float(THRESHOLDS[places[len(places) // 2]]) for places in best)
