import numpy as np
import pytest

from zoo.core.errors import DataError
from zoo.data.examples import Clips, StepWindows, WholeInputs, class_weights
from zoo.inputs import INPUTS


def test_windows_of_steps_carry_targets_and_weights() -> None:
    values = (np.arange(12, dtype=np.float32).reshape(6, 2), np.ones((4, 2), np.float32))
    targets = (np.asarray([[0], [0], [1], [1], [0], [0]]), np.asarray([[0], [1], [0], [0]]))
    weights = tuple(np.where(target[:, 0] == 1, 4.0, 0.5).astype(np.float32) for target in targets)
    examples = StepWindows(values, targets, weights, np.asarray([[0, 2], [1, 0]]), window=3)
    assert examples.lengths.tolist() == [3, 3]
    x, y, weight = examples.take(np.asarray([0, 1]))
    assert x.shape == (2, 3, 2)
    assert x[0, 0].tolist() == [4.0, 5.0]
    assert y[..., 0].tolist() == [[1, 1, 0], [0, 1, 0]]
    assert weight.tolist() == [[4.0, 4.0, 0.5], [0.5, 4.0, 0.5]]


def test_texts_are_padded_on_the_right_and_weighted_by_class() -> None:
    rows = [np.asarray([1]), np.asarray([2, 3, 4])]
    examples = WholeInputs(rows, np.asarray([1, 0]), np.asarray([2.0, 0.5]), INPUTS["text"].encoding.batch)
    assert examples.lengths.tolist() == [1, 3]
    x, y, weight = examples.take(np.asarray([0, 1]))
    assert x.tolist() == [[1, 0, 0], [2, 3, 4]]
    assert y.tolist() == [1, 0]
    assert weight.tolist() == [2.0, 0.5]


def test_recordings_are_cut_to_the_shortest_with_their_ends_kept() -> None:
    rows = [np.asarray([[1.0], [2.0], [3.0]]), np.asarray([[4.0], [5.0]])]
    examples = WholeInputs(rows, np.asarray([1, 0]), np.ones(2), INPUTS["recording"].encoding.batch)
    assert examples.take(np.asarray([0, 1]))[0][..., 0].tolist() == [[2.0, 3.0], [4.0, 5.0]]
    assert examples.take(np.asarray([0]))[0][..., 0].tolist() == [[1.0, 2.0, 3.0]]


def test_some_clips_keep_their_labels_and_names() -> None:
    clips = Clips(["a", "b", "c"], np.asarray([0, -1, 1]), "texts", ["one", "two", "three"])
    some = clips.only(np.asarray([True, False, True]))
    assert (list(some.rows), some.labels.tolist(), list(some.names)) == (["a", "c"], [0, 1], ["one", "three"])
    assert list(Clips(["a"], np.asarray([0]), "texts").only(np.asarray([True])).names) == []


def test_balanced_classes_have_equal_total_weights() -> None:
    labels = np.asarray([0, 0, 0, 1])
    assert class_weights("none", labels, ("a", "b")).tolist() == [1.0, 1.0]
    weights = class_weights("balanced", labels, ("a", "b"))
    assert weights.tolist() == pytest.approx([4 / 6, 2.0])
    assert weights[labels].sum() == pytest.approx(len(labels))
    assert class_weights({"b": 3.0}, labels, ("a", "b")).tolist() == [1.0, 3.0]
    with pytest.raises(DataError, match=r"^training\.class_weights: unknown label 'c'; expected a, b\.$"):
        class_weights({"c": 3.0}, labels, ("a", "b"))
