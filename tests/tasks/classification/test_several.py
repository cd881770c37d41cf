"""Classification with several labels per input."""

from pathlib import Path

import numpy as np
import pytest
from tasks.variants import genres

from zoo.core.errors import DataError
from zoo.evaluation import evaluate
from zoo.preparing import prepare
from zoo.recipe import InvalidRecipe
from zoo.tasks.classification.thresholds import best_thresholds
from zoo.tasks.labels import LabelOutcome, accuracy, cross_entropy, macro_f1, micro_f1, recall
from zoo.tasks.targets import targets


def test_a_label_of_the_data_may_belong_to_several_classes() -> None:
    classes = targets(None, ("b;a", "c", "a"), "classes.labels", several=True)
    assert classes.names == ("a", "b", "c")
    assert classes.table.tolist() == [[True, True, False], [False, False, True], [True, False, False]]
    assert classes.has_class(np.asarray([0, 2, -1])).tolist() == [True, True, False]


def test_an_input_with_none_of_several_labels_is_an_example() -> None:
    classes = targets(("a", "b"), ("a;b", "c", "a"), "classes.labels", several=True)
    assert classes.has_class(np.asarray([0, 1, -1])).tolist() == [True, True, False]
    assert classes.table[1].tolist() == [False, False]


def test_labels_that_are_neither_true_nor_predicted_do_not_raise_the_mean() -> None:
    outcome = LabelOutcome.single(np.asarray([0, 0, 1, 1]), np.eye(6)[[0, 0, 0, 1]], tuple("abcdef"), "steps")
    assert macro_f1(outcome) == pytest.approx((4 / 5 + 2 / 3) / 2)


def test_inputs_of_omitted_classes_are_excluded() -> None:
    classes = targets(("c", "a"), ("b", "a", "c"), "tags.labels")
    assert classes.has_class(np.asarray([0, 1, 2, -1])).tolist() == [False, True, True, False]
    assert classes.classes(np.asarray([1, 2])).tolist() == [1, 0]


def test_a_single_class_is_refused() -> None:
    with pytest.raises(DataError, match=r"^data\.label: expected at least 2 different labels, got only 'a'\. Add"):
        targets(None, ("a",), "classes.labels")


def test_the_metrics_of_several_labels_match_a_hand_count() -> None:
    true = np.asarray([[1, 1], [0, 1], [0, 0], [1, 0]], bool)
    predicted = np.asarray([[1, 0], [0, 1], [0, 0], [0, 1]], bool)
    scores = np.where(predicted, 0.75, 0.25)
    outcome = LabelOutcome(true, predicted, scores, ("a", "b"), "texts", several=True)
    assert accuracy(outcome) == 0.5
    assert macro_f1(outcome) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert micro_f1(outcome) == pytest.approx(2 * 2 / (4 + 3))
    assert recall(outcome) == {"a": 0.5, "b": 0.5}
    assert cross_entropy(outcome) == pytest.approx(-(5 * np.log(0.75) + 3 * np.log(0.25)) / 8)


def test_each_label_has_the_threshold_with_the_best_f1() -> None:
    true = np.asarray([[1, 0], [1, 0], [0, 1], [0, 1]], bool)
    scores = np.asarray([[0.9, 0.1], [0.62, 0.2], [0.58, 0.3], [0.2, 0.22]])
    first, second = best_thresholds(true, scores)
    assert 0.58 < first <= 0.62
    assert 0.2 < second <= 0.22 or second == 0.2


def test_class_weights_are_refused_with_several_labels(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecipe, match=r"training\.class_weights: expected none with classes\.multi_label"):
        genres(tmp_path, "training.class_weights=balanced")


def test_cutting_texts_into_windows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidRecipe, match=r"classes\.by: applies to recordings, but the data are texts\. Remove it\."
    ):
        genres(tmp_path, "classes.by=window")


def test_targets_are_0_or_1_for_each_label(tmp_path: Path) -> None:
    prepared = prepare(genres(tmp_path))
    assert prepared.labels == ("comedy", "crime", "drama")
    _, y, _ = prepared.train.take(np.arange(5))
    assert (y.shape, y.dtype) == ((5, 3), np.float32)
    assert set(np.unique(y)) == {0, 1}


def test_a_bundle_predicts_several_labels(made) -> None:
    run, runner = made("genres")
    report = evaluate(Path(runner.opened.where).parent)
    assert report.metrics == pytest.approx(run.metrics["test"], abs=1e-6)
    assert report.metrics["micro_f1"] > 0.9
    assert runner.manifest.output.thresholds == tuple(run.metrics["thresholds"])
    prediction = runner.predict("police and tears")
    assert prediction.labels == ("crime", "drama")
    assert prediction.label == "crime, drama"
    assert prediction.to_dict()["labels"] == ["crime", "drama"]
    assert "thresholds" in run.metrics
    assert "Label thresholds" in run.report_path.read_text()
    assert "Several labels may apply at once" in (Path(runner.opened.where).parent / "card.md").read_text()
