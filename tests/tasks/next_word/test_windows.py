import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zoo.inputs.text.tokens import Corpus
from zoo.tasks.next_word.windows import next_token_windows


def corpus(lengths: list[int]) -> Corpus:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Corpus(np.arange(1, offsets[-1] + 1).astype(np.uint16), offsets)


@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    window=st.integers(1, 20),
    part=st.floats(0.1, 1.0),
)
def test_each_token_is_scored_once_in_a_window_of_its_own_text(lengths: list[int], window: int, part: float) -> None:
    texts = corpus(lengths)
    stride = max(1, round(window * part))
    examples = next_token_windows(texts, window, stride)
    scored: list[int] = []
    for number, (start, length) in enumerate(examples.places):
        assert 1 <= length <= window
        text = np.searchsorted(texts.offsets, start, side="right") - 1
        assert start + length < texts.offsets[text + 1], "the last target must belong to the same text"
        x, y, weight = examples.take(np.asarray([number]))
        assert (y[0] == x[0] + 1).all(), "the target is the next token"
        scored += y[0][weight[0] > 0].tolist()
    # Of a text with n tokens all but the first are targets.
    expected = [t for n in range(len(texts)) for t in texts[n][1:].tolist()]
    assert sorted(scored) == expected


def test_an_overlapping_window_gives_every_later_token_context() -> None:
    examples = next_token_windows(corpus([30]), window=8, stride=4)
    assert examples.places.tolist() == [[0, 8], [4, 8], [8, 8], [12, 8], [16, 8], [20, 8], [21, 8]]
    assert examples.context.tolist() == [0, 4, 4, 4, 4, 4, 7]
