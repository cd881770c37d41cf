import numpy as np
import pytest

from zoo.inputs.text.tokens import Corpus
from zoo.tasks.next_word.language import rank, trigram_baseline


def corpus(*texts: list[int]) -> Corpus:
    offsets = np.concatenate([[0], np.cumsum([len(t) for t in texts])]).astype(np.int64)
    return Corpus(np.asarray([i for t in texts for i in t], np.uint16), offsets)


def test_rank_counts_only_words_that_can_be_proposed() -> None:
    #                          pad  unk  begin  w3   w4   w5
    probabilities = np.asarray([[0.0, 0.5, 0.1, 0.2, 0.15, 0.05]] * 3)
    assert rank(probabilities, np.asarray([3, 5, 1])).tolist() == [0, 2, 6]


def test_the_trigram_backs_off_and_never_proposes_unknown() -> None:
    train = corpus([2, 5, 6, 7], [2, 5, 6, 7], [2, 5, 6, 8], [2, 9, 6, 1], [2, 9, 6, 1])
    # 5 6 -> 7 (seen twice). 4 6 was never seen, and 7 follows 6 most often. 1 is unknown and always a miss.
    scores = trigram_baseline(train, corpus([2, 5, 6, 7], [2, 4, 6, 7], [2, 9, 6, 1]))
    # begin begin -> 5 hit; begin 5 -> 6 hit; 5 6 -> 7 hit | 4: unseen, miss; 6: nothing known after 4, but 6 is the
    # most frequent word: hit; 7 hit | 9: second after begin; 6 hit; 1 miss.
    assert scores["top1"] == pytest.approx(6 / 9)
    assert scores["top3"] == pytest.approx(7 / 9)
