"""Streams of text being typed: each word costs one step of the model, however long the text is."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from zoo.core.manifest import TextInput
from zoo.edge import saved, text
from zoo.edge.answers import Prediction
from zoo.edge.opened import Opened
from zoo.edge.pieces import Pieces

#: (vocabulary,) probabilities and the number of words -> the proposals.
Propose = Callable[[npt.NDArray[np.float32], int | None], Prediction]


class TextStream:
    """A next-word model that remembers the text typed so far. One thread at a time may use it."""

    def __init__(
        self,
        pieces: Pieces,
        opened: Opened,
        parts: tuple[TextInput, text.Tokenizer],
        check: Callable[[int | None], object],
        propose: Propose,
    ) -> None:
        """Starts a text; created by `Runner.stream`."""
        self._pieces, self._opened = pieces, opened
        self._spec, self._tokenizer = parts
        self._check, self._propose = check, propose
        self.reset()

    @property
    def tokens(self) -> int:
        """Number of tokens that the model has read, including the begin token."""
        return self._tokens

    def push(self, words: str, top: int | None = None) -> Prediction:
        """Continues the text, and proposes the next word.

        Args:
            words: one or several complete words with punctuation.
            top: number of words to propose. Default: 3.

        Raises:
            InputError: it contains no word, or `top` is out of range. The state is unchanged.
        """
        self._check(top)
        ids = text.readable(self._tokenizer.encode(text.checked_text(words, "words")), self._spec)
        text.check_row(ids, self._spec, "words")
        if not self._tokens and self._spec.begin_id is not None:
            ids = [self._spec.begin_id, *ids]
        self._tokens += len(ids)
        return self._propose(self._pieces.run(np.asarray(ids, np.int32))[-1], top)

    def reset(self) -> None:
        """Starts a new text."""
        self._tokens = 0
        self._pieces.reset()

    def save(self) -> bytes:
        """The state as bytes."""
        states = {name: value.tolist() for name, value in self._pieces.states.items()}
        return saved.write({"tokens": self._tokens, "states": states}, self._opened.manifest.model_sha256)

    def restore(self, state: bytes) -> None:
        """Continues from a state that `save` returned.

        Raises:
            InputError: the bytes are damaged, or belong to another model. The state is unchanged.
        """
        values = saved.read(state, self._opened.manifest.model_sha256, self._opened.where)
        with saved.malformed_is_refused():
            tokens = int(values["tokens"])
            self._pieces.restore(values["states"])
        self._tokens = tokens
