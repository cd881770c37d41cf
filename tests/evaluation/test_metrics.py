import numpy as np
import pytest

from zoo.core.predictor import in_batches
from zoo.data.text import Corpus
from zoo.evaluation.classification import classification_metrics
from zoo.evaluation.language import rank, trigram_baseline


def corpus(*texts: list[int]) -> Corpus:
    offsets = np.concatenate([[0], np.cumsum([len(t) for t in texts])]).astype(np.int64)
    return Corpus(np.asarray([i for t in texts for i in t], np.uint16), offsets)


def test_classification_metrics_by_hand() -> None:
    labels = np.asarray([0, 0, 1, 1, 1])
    probabilities = np.asarray([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7], [0.8, 0.2]])
    metrics = classification_metrics(labels, probabilities, ("negative", "positive"))
    assert metrics["accuracy"] == pytest.approx(3 / 5)
    assert metrics["recall_negative"] == pytest.approx(1 / 2)
    assert metrics["recall_positive"] == pytest.approx(2 / 3)
    assert metrics["macro_f1"] == pytest.approx((0.5 + 2 / 3) / 2)
    assert metrics["cross_entropy"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7, 0.2]).mean())


def test_rank_counts_only_words_that_can_be_proposed() -> None:
    #                          pad  unk  begin  w3   w4   w5
    probabilities = np.asarray([[0.0, 0.5, 0.1, 0.2, 0.15, 0.05]] * 3)
    assert rank(probabilities, np.asarray([3, 5, 1])).tolist() == [0, 2, 6]


def test_the_trigram_backs_off_and_never_proposes_unknown() -> None:
    train = corpus([2, 5, 6, 7], [2, 5, 6, 7], [2, 5, 6, 8], [2, 9, 6, 1], [2, 9, 6, 1])
    # 5 6 -> 7 (seen twice). 4 6 was never seen: after 6 comes 7 most often. 1 is unknown and never right.
    scores = trigram_baseline(train, corpus([2, 5, 6, 7], [2, 4, 6, 7], [2, 9, 6, 1]))
    # begin begin -> 5 right; begin 5 -> 6 right; 5 6 -> 7 right | 4: unseen, wrong; 6: after 4 nothing known, 6 is the
    # commonest word: right; 7 right | 9: second after begin; 6 right; 1 never.
    assert scores["top1"] == pytest.approx(6 / 9)
    assert scores["top3"] == pytest.approx(7 / 9)


def test_in_batches_pads_and_returns_every_row_once() -> None:
    rows = [np.arange(1, length + 1) for length in (3, 7, 1, 5, 2)]
    seen: dict[int, list[int]] = {}
    for numbers, batch in in_batches(rows, 2):
        assert batch.shape == (len(numbers), max(len(rows[n]) for n in numbers))
        for number, row in zip(numbers, batch, strict=True):
            seen[int(number)] = row[: len(rows[number])].tolist()
            assert not row[len(rows[number]) :].any()
    assert seen == {n: row.tolist() for n, row in enumerate(rows)}


def test_in_batches_keeps_long_rows_apart() -> None:
    rows = [np.zeros((length, 2), np.float32) for length in (100, 90, 10)]
    assert [batch.shape for _, batch in in_batches(rows, 8, most_steps=150)] == [(1, 100, 2), (1, 90, 2), (1, 10, 2)]
