"""The label metrics, on outcomes counted by hand."""

import numpy as np
import pytest

from zoo.core.progress import SILENT
from zoo.tasks.classification.row import METRICS
from zoo.tasks.labels import LabelOutcome, label_metrics, majority, probabilities


def test_metrics_of_single_labels_match_a_hand_count() -> None:
    labels = np.asarray([0, 0, 1, 1, 1])
    scores = np.asarray([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7], [0.8, 0.2]])
    metrics = label_metrics(METRICS, LabelOutcome.single(labels, scores, ("negative", "positive"), "texts"))
    assert metrics["accuracy"] == pytest.approx(3 / 5)
    assert metrics["recall_negative"] == pytest.approx(1 / 2)
    assert metrics["recall_positive"] == pytest.approx(2 / 3)
    assert metrics["macro_f1"] == pytest.approx((0.5 + 2 / 3) / 2)
    assert "micro_f1" not in metrics
    assert metrics["texts"] == 5
    assert metrics["cross_entropy"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7, 0.2]).mean())


def test_metrics_of_several_labels_match_a_hand_count() -> None:
    true = np.asarray([[1, 1], [0, 1], [0, 0], [1, 0]], bool)
    scores = np.asarray([[0.9, 0.8], [0.4, 0.6], [0.7, 0.2], [0.6, 0.1]])
    outcome = LabelOutcome(true, scores >= 0.5, scores, ("drama", "comedy"), "texts", several=True)
    metrics = label_metrics(METRICS, outcome)
    assert metrics["accuracy"] == pytest.approx(3 / 4), "for three texts exactly the true labels are predicted"
    assert metrics["recall_drama"] == metrics["recall_comedy"] == 1.0
    assert metrics["macro_f1"] == pytest.approx((4 / 5 + 1) / 2)
    assert metrics["micro_f1"] == pytest.approx(8 / 9)
    of_truth = [0.9, 0.8, 0.6, 0.6, 0.3, 0.8, 0.6, 0.9]
    assert metrics["cross_entropy"] == pytest.approx(-np.log(of_truth).mean())
    assert metrics["texts"] == 4


def test_a_label_that_does_not_occur_has_no_recall() -> None:
    outcome = LabelOutcome.single(np.asarray([0, 0]), np.asarray([[0.9, 0.1], [0.8, 0.2]]), ("a", "b"), "texts")
    metrics = label_metrics(METRICS, outcome)
    assert np.isnan(metrics["recall_b"])
    assert metrics["macro_f1"] == 1.0, "labels that are neither true nor predicted do not count"


def test_the_majority_baseline_predicts_the_most_frequent_training_label() -> None:
    outcome = majority(np.asarray([1, 1, 0]), np.asarray([0, 1, 1, 1]), ("a", "b"), "texts")
    metrics = label_metrics(METRICS, outcome)
    assert (metrics["accuracy"], metrics["recall_a"], metrics["recall_b"]) == (0.75, 0.0, 1.0)


@pytest.mark.parametrize("padded", [True, False])
def test_outputs_keep_the_order_of_inputs_and_empty_inputs_are_undecided(padded: bool) -> None:
    rows = [np.full(length, length) for length in (3, 0, 1, 3, 2)]
    shapes: list[tuple[int, ...]] = []

    def predictor(batch: np.ndarray) -> np.ndarray:
        shapes.append(batch.shape)
        return np.stack([batch.max(1), -batch.max(1)], 1)

    outputs = probabilities(rows, predictor, SILENT, classes=2, padded=padded, plural="texts")
    assert outputs.tolist() == [[3, -3], [0.5, 0.5], [1, -1], [3, -3], [2, -2]]
    assert shapes == ([(4, 3)] if padded else [(2, 3), (1, 2), (1, 1)])
