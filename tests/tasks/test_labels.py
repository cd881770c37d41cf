"""The metrics of labels, counted by hand."""

import numpy as np
import pytest

from zoo.core.progress import SILENT
from zoo.tasks.classification.row import METRICS
from zoo.tasks.labels import Told, majority, probabilities, told_metrics


def test_classification_metrics_by_hand() -> None:
    labels = np.asarray([0, 0, 1, 1, 1])
    scores = np.asarray([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7], [0.8, 0.2]])
    metrics = told_metrics(METRICS, Told.one(labels, scores, ("negative", "positive"), "texts"))
    assert metrics["accuracy"] == pytest.approx(3 / 5)
    assert metrics["recall_negative"] == pytest.approx(1 / 2)
    assert metrics["recall_positive"] == pytest.approx(2 / 3)
    assert metrics["macro_f1"] == pytest.approx((0.5 + 2 / 3) / 2)
    assert "micro_f1" not in metrics
    assert metrics["texts"] == 5
    assert metrics["cross_entropy"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7, 0.2]).mean())


def test_metrics_of_several_labels_by_hand() -> None:
    true = np.asarray([[1, 1], [0, 1], [0, 0], [1, 0]], bool)
    scores = np.asarray([[0.9, 0.8], [0.4, 0.6], [0.7, 0.2], [0.6, 0.1]])
    told = Told(true, scores >= 0.5, scores, ("drama", "comedy"), "texts", several=True)
    metrics = told_metrics(METRICS, told)
    assert metrics["accuracy"] == pytest.approx(3 / 4), "of three texts all that is said is true"
    assert metrics["recall_drama"] == metrics["recall_comedy"] == 1.0
    assert metrics["macro_f1"] == pytest.approx((4 / 5 + 1) / 2)
    assert metrics["micro_f1"] == pytest.approx(8 / 9)
    of_truth = [0.9, 0.8, 0.6, 0.6, 0.3, 0.8, 0.6, 0.9]
    assert metrics["cross_entropy"] == pytest.approx(-np.log(of_truth).mean())
    assert metrics["texts"] == 4


def test_a_label_that_does_not_occur_has_no_recall() -> None:
    told = Told.one(np.asarray([0, 0]), np.asarray([[0.9, 0.1], [0.8, 0.2]]), ("a", "b"), "texts")
    metrics = told_metrics(METRICS, told)
    assert np.isnan(metrics["recall_b"])
    assert metrics["macro_f1"] == 1.0, "what is neither true nor said is not held against it"


def test_the_majority_says_what_is_commonest_in_training() -> None:
    told = majority(np.asarray([1, 1, 0]), np.asarray([0, 1, 1, 1]), ("a", "b"), "texts")
    metrics = told_metrics(METRICS, told)
    assert (metrics["accuracy"], metrics["recall_a"], metrics["recall_b"]) == (0.75, 0.0, 1.0)


@pytest.mark.parametrize("padded", [True, False])
def test_every_input_is_scored_in_its_place_and_one_without_a_step_is_undecided(padded: bool) -> None:
    rows = [np.full(length, length) for length in (3, 0, 1, 3, 2)]
    shapes: list[tuple[int, ...]] = []

    def predictor(batch: np.ndarray) -> np.ndarray:
        shapes.append(batch.shape)
        return np.stack([batch.max(1), -batch.max(1)], 1)

    found = probabilities(rows, predictor, SILENT, classes=2, padded=padded, what="texts")
    assert found.tolist() == [[3, -3], [0.5, 0.5], [1, -1], [3, -3], [2, -2]]
    assert shapes == ([(4, 3)] if padded else [(2, 3), (1, 2), (1, 1)])
