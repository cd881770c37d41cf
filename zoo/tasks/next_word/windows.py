"""Windows over texts in which the target of each token is the token after it."""

from dataclasses import dataclass

import numpy as np

from zoo.data.examples import Batch
from zoo.edge.text import pad
from zoo.inputs.text.tokens import PAD_ID, Corpus


@dataclass(frozen=True)
class NextTokens:
    """Windows over texts in which the target of each token is the token after it.

    Attributes:
        corpus: the token ids; every text begins with the begin token.
        places: (windows, 2) first input token in `corpus.ids` and number of input tokens.
        context: (windows,) leading targets that are not scored because the window before scored them; 0 in training.
    """

    corpus: Corpus
    places: np.ndarray
    context: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """(windows,) input tokens of each window."""
        return self.places[:, 1]

    @property
    def groups(self) -> None:
        """None: any windows may share a batch because the loss masks padding."""
        return None

    def take(self, rows: np.ndarray) -> Batch:
        """(batch, longest) int32 right-padded with 0, (batch, longest) int32, (batch, longest) float32."""
        spans = self.places[rows]
        x = pad([self.corpus.ids[start : start + length] for start, length in spans], PAD_ID)
        y = pad([self.corpus.ids[start + 1 : start + 1 + length] for start, length in spans], PAD_ID)
        step = np.arange(x.shape[1])
        scored = (step < spans[:, 1:]) & (step >= self.context[rows][:, None])
        return x, y, scored.astype(np.float32)


def next_token_windows(corpus: Corpus, window: int, stride: int) -> NextTokens:
    """Windows of at most `window` tokens within each text, one every `stride` tokens.

    With `stride < window` the windows overlap, and each token is scored once, in the first window that contains it.
    Except at the beginning of a text, every scored token then has at least `window - stride` tokens of context.
    """
    places: list[tuple[int, int]] = []
    context: list[int] = []
    for begin, end in zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True):
        targets, scored = int(end - begin) - 1, 0
        while scored < targets:
            stop = scored + (window if scored == 0 else stride)
            stop = min(stop, targets)
            start = max(0, stop - window)
            places.append((int(begin) + start, stop - start))
            context.append(scored - start)
            scored = stop
    return NextTokens(corpus, np.asarray(places, np.int64).reshape(-1, 2), np.asarray(context, np.int64))
