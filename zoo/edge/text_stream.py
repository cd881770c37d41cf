"""Text as it is typed: each word costs one step of the model, however long the text has become."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from zoo.core.manifest import TextInput
from zoo.edge import saved, text
from zoo.edge.answers import Prediction
from zoo.edge.opened import Opened
from zoo.edge.pieces import Pieces

#: (vocabulary,) probabilities and how many words to name -> what is proposed.
Propose = Callable[[npt.NDArray[np.float32], int | None], Prediction]


class TextStream:
    """A next-word model that remembers what was typed. Used by one thread at a time."""

    def __init__(
        self,
        pieces: Pieces,
        opened: Opened,
        parts: tuple[TextInput, text.Tokenizer],
        check: Callable[[int | None], object],
        propose: Propose,
    ) -> None:
        """Begins a text; `Runner.stream` makes one."""
        self._pieces, self._opened = pieces, opened
        self._spec, self._tokenizer = parts
        self._check, self._propose = check, propose
        self.reset()

    @property
    def tokens(self) -> int:
        """How many tokens the model has read, the begin token among them."""
        return self._tokens

    def push(self, words: str, top: int | None = None) -> Prediction:
        """Goes on with the text, and proposes the next word.

        Args:
            words: one word or several, with the marks between them. A word must not be cut in two.
            top: how many words to propose, 3 if not given.

        Raises:
            InputError: there is no word in it, or so many cannot be proposed. Nothing was taken.
        """
        self._check(top)
        ids = text.readable(self._tokenizer.encode(text.check(words, "words")), self._spec)
        text.check_row(ids, self._spec, "words")
        if not self._tokens and self._spec.begin_id is not None:
            ids = [self._spec.begin_id, *ids]
        self._tokens += len(ids)
        return self._propose(self._pieces.run(np.asarray(ids, np.int32))[-1], top)

    def reset(self) -> None:
        """Begins a new text."""
        self._tokens = 0
        self._pieces.reset()

    def save(self) -> bytes:
        """The state as bytes."""
        states = {name: value.tolist() for name, value in self._pieces.states.items()}
        return saved.write({"tokens": self._tokens, "states": states}, self._opened.manifest.model_sha256)

    def restore(self, state: bytes) -> None:
        """Goes on where the stream that was saved had come to.

        Raises:
            InputError: the bytes are damaged, or those of another model. Nothing was changed.
        """
        found = saved.read(state, self._opened.manifest.model_sha256, self._opened.where)
        with saved.unreadable():
            tokens = int(found["tokens"])
            self._pieces.restore(found["states"])
        self._tokens = tokens
