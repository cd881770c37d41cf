"""What a model is trained on: numbered examples of one split, taken a batch at a time from the arrays that hold them.

Windows are cut out when a batch is made, so the data is held once, however much the windows overlap.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from zoo.data.text import PAD_ID, Corpus
from zoo.edge.text import pad

#: Input, target and weight of a batch; a weight of 0 takes a step or a row out of the loss.
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]


class Examples(Protocol):
    """Numbered examples."""

    @property
    def lengths(self) -> np.ndarray:
        """(examples,) time steps of each: what batches of like length are made by."""
        ...

    def take(self, rows: np.ndarray) -> Batch:
        """The batch of these examples, right-padded to the longest."""
        ...


@dataclass(frozen=True)
class StepWindows:
    """Windows over recordings with one target a time step.

    Attributes:
        values: one (time, features) float32 array a recording.
        targets: one (time,) array of 0 and 1 a recording.
        places: (windows, 2) recording and first step of each window.
        window: steps in a window.
        weights: weight of target 0 and of target 1.
    """

    values: tuple[np.ndarray, ...]
    targets: tuple[np.ndarray, ...]
    places: np.ndarray
    window: int
    weights: tuple[float, float] = (1.0, 1.0)

    @property
    def lengths(self) -> np.ndarray:
        """(windows,) steps of each window."""
        return np.full(len(self.places), self.window)

    def take(self, rows: np.ndarray) -> Batch:
        """(batch, window, features) float32, (batch, window, 1) float32, (batch, window) float32."""
        spans = [(recording, slice(start, start + self.window)) for recording, start in self.places[rows]]
        x = np.stack([self.values[recording][span] for recording, span in spans])
        y = np.stack([self.targets[recording][span] for recording, span in spans])
        return x, y[..., None].astype(np.float32), np.where(y > 0, self.weights[1], self.weights[0]).astype(np.float32)


@dataclass(frozen=True)
class LabelledTexts:
    """Whole texts with one label each.

    Attributes:
        corpus: the token ids, already cut to the recipe's longest text.
        labels: (texts,) class numbers.
        weights: (classes,) weight of each class in the loss.
    """

    corpus: Corpus
    labels: np.ndarray
    weights: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """(texts,) tokens of each text."""
        return self.corpus.lengths

    def take(self, rows: np.ndarray) -> Batch:
        """(batch, longest) int32 right-padded with 0, (batch,) int32, (batch,) float32."""
        texts = [self.corpus[row] for row in rows]
        labels = self.labels[rows].astype(np.int32)
        return pad(texts, PAD_ID), labels, self.weights[labels].astype(np.float32)


@dataclass(frozen=True)
class NextTokens:
    """Windows over texts, the target of each token being the token after it.

    Attributes:
        corpus: the token ids; every text begins with the begin token.
        places: (windows, 2) first input token in `corpus.ids` and number of input tokens.
        context: leading targets of a window that are not scored: they were scored in the window before. 0 in training.
    """

    corpus: Corpus
    places: np.ndarray
    context: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """(windows,) input tokens of each window."""
        return self.places[:, 1]

    def take(self, rows: np.ndarray) -> Batch:
        """(batch, longest) int32 right-padded with 0, (batch, longest) int32, (batch, longest) float32."""
        spans = self.places[rows]
        x = pad([self.corpus.ids[start : start + length] for start, length in spans], PAD_ID)
        y = pad([self.corpus.ids[start + 1 : start + 1 + length] for start, length in spans], PAD_ID)
        step = np.arange(x.shape[1])
        scored = (step < spans[:, 1:]) & (step >= self.context[rows][:, None])
        return x, y, scored.astype(np.float32)


def next_token_windows(corpus: Corpus, window: int, stride: int) -> NextTokens:
    """Windows of at most `window` tokens inside each text, one every `stride` tokens.

    With `stride < window` the windows overlap and each token is scored once, in the first window that holds it: every
    scored token but a text's first ones then has at least `window - stride` tokens of context.
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
