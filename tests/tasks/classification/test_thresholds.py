import numpy as np

from zoo.tasks.classification.thresholds import best_thresholds


def test_each_label_gets_the_middle_of_its_best_thresholds() -> None:
    true = np.asarray([[1, 0], [1, 1], [0, 0], [0, 1]], bool)
    scores = np.asarray([[0.9, 0.1], [0.7, 0.2], [0.3, 0.02], [0.1, 0.3]])
    # The first label is predicted correctly with thresholds from 0.35 to 0.70, the second from 0.15 to 0.20.
    assert best_thresholds(true, scores) == (0.55, 0.2)
