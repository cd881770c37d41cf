"""Several labels at once."""

from pathlib import Path

import numpy as np
import pytest
from tasks.variants import genres

from zoo.core.errors import DataError
from zoo.evaluation import evaluate
from zoo.preparing import prepare
from zoo.recipe import InvalidRecipe
from zoo.tasks.classification.thresholds import best_thresholds
from zoo.tasks.labels import Told, accuracy, cross_entropy, macro_f1, micro_f1, recall
from zoo.tasks.targets import targets


def test_a_label_of_the_data_may_stand_for_several_classes() -> None:
    told = targets(None, ("b;a", "c", "a"), "classes.labels", several=True)
    assert told.names == ("a", "b", "c")
    assert told.table.tolist() == [[True, True, False], [False, False, True], [True, False, False]]
    assert told.has_class(np.asarray([0, 2, -1])).tolist() == [True, True, False]


def test_what_has_none_of_several_labels_is_an_example_too() -> None:
    told = targets(("a", "b"), ("a;b", "c", "a"), "classes.labels", several=True)
    assert told.has_class(np.asarray([0, 1, -1])).tolist() == [True, True, False]
    assert told.table[1].tolist() == [False, False]


def test_labels_that_neither_are_nor_are_said_do_not_lift_the_mean() -> None:
    told = Told.one(np.asarray([0, 0, 1, 1]), np.eye(6)[[0, 0, 0, 1]], tuple("abcdef"), "steps")
    assert macro_f1(told) == pytest.approx((4 / 5 + 2 / 3) / 2)


def test_classes_that_are_left_out_leave_their_inputs_out() -> None:
    told = targets(("c", "a"), ("b", "a", "c"), "tags.labels")
    assert told.has_class(np.asarray([0, 1, 2, -1])).tolist() == [False, True, True, False]
    assert told.classes(np.asarray([1, 2])).tolist() == [1, 0]


def test_one_class_alone_is_none() -> None:
    with pytest.raises(DataError, match=r"^data\.label: expected at least 2 different labels, got only 'a'\. Add"):
        targets(None, ("a",), "classes.labels")


def test_the_metrics_of_several_labels() -> None:
    true = np.asarray([[1, 1], [0, 1], [0, 0], [1, 0]], bool)
    said = np.asarray([[1, 0], [0, 1], [0, 0], [0, 1]], bool)
    scores = np.where(said, 0.75, 0.25)
    told = Told(true, said, scores, ("a", "b"), "texts", several=True)
    assert accuracy(told) == 0.5
    assert macro_f1(told) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert micro_f1(told) == pytest.approx(2 * 2 / (4 + 3))
    assert recall(told) == {"a": 0.5, "b": 0.5}
    assert cross_entropy(told) == pytest.approx(-(5 * np.log(0.75) + 3 * np.log(0.25)) / 8)


def test_each_label_has_the_threshold_with_the_best_f1() -> None:
    true = np.asarray([[1, 0], [1, 0], [0, 1], [0, 1]], bool)
    scores = np.asarray([[0.9, 0.1], [0.62, 0.2], [0.58, 0.3], [0.2, 0.22]])
    first, second = best_thresholds(true, scores)
    assert 0.58 < first <= 0.62
    assert 0.2 < second <= 0.22 or second == 0.2


def test_weights_of_classes_have_no_meaning_for_several(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecipe, match=r"training\.class_weights: expected none with classes\.multi_label"):
        genres(tmp_path, "training.class_weights=balanced")


def test_what_texts_cannot_be_cut_by_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecipe, match=r"classes\.by: is for recordings, and these are texts\. Remove it\."):
        genres(tmp_path, "classes.by=window")


def test_targets_are_0_or_1_for_each_label(tmp_path: Path) -> None:
    prepared = prepare(genres(tmp_path))
    assert prepared.labels == ("comedy", "crime", "drama")
    _, y, _ = prepared.train.take(np.arange(5))
    assert (y.shape, y.dtype) == ((5, 3), np.float32)
    assert set(np.unique(y)) == {0, 1}


def test_a_bundle_tells_several_labels(made) -> None:
    run, runner = made("genres")
    report = evaluate(Path(runner.opened.where).parent)
    assert report.metrics == pytest.approx(run.metrics["test"], abs=1e-6)
    assert report.metrics["micro_f1"] > 0.9
    assert runner.manifest.output.thresholds == tuple(run.metrics["thresholds"])
    said = runner.predict("police and tears")
    assert said.labels == ("crime", "drama")
    assert said.label == "crime, drama"
    assert said.to_dict()["labels"] == ["crime", "drama"]
    assert "thresholds" in run.metrics
    assert "Told from a score of" in run.report_path.read_text()
    assert "Several labels may be told" in (Path(runner.opened.where).parent / "card.md").read_text()
