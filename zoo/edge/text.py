"""Converts text to token ids and back. The tokeniser is data: the JSON text that the `tokenizers` library reads."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from zoo.core.errors import BundleError, InputError
from zoo.core.manifest import TextInput

if TYPE_CHECKING:
    import tokenizers

#: Blanks in front of a punctuation mark that belongs directly after a word.
_BEFORE_MARK = re.compile(r"\s+(?=[.,!?;:](?:\s|$|[.,!?;:]))")


class Tokenizer:
    """Converts words or subwords to ids and back. The manifest defines truncation, padding and the begin token."""

    def __init__(self, inner: "tokenizers.Tokenizer") -> None:
        """Wraps a tokeniser of the `tokenizers` library and switches off its truncation and padding."""
        inner.no_truncation()
        inner.no_padding()
        # "<pad>" typed by a user is text, not a token for the model to mask.
        inner.encode_special_tokens = True
        self._inner = inner

    @classmethod
    def from_json(cls, text: str, where: str = "tokenizer") -> "Tokenizer":
        """Reads a tokeniser.

        Args:
            text: the JSON that `to_json` wrote.
            where: the file, for messages.

        Raises:
            BundleError: the `tokenizers` package is missing, or the text is not such a tokeniser.
        """
        try:
            from tokenizers import Tokenizer as Inner
        except ImportError:
            raise BundleError(
                f"{where}: needs the package 'tokenizers'. Install it with: pip install \"sequence-zoo[text]\""
            ) from None
        try:
            return cls(Inner.from_str(text))
        except Exception as error:  # the library raises nothing more specific
            raise BundleError(f"{where}: expected a tokeniser's JSON, got text that does not parse: {error}.") from None

    def to_json(self) -> str:
        """The tokeniser as JSON text."""
        return self._inner.to_str()

    @property
    def vocabulary(self) -> int:
        """Number of ids; they run from 0 to this number minus one."""
        return self._inner.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without special tokens and not truncated."""
        return self._inner.encode(text, add_special_tokens=False).ids

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of several texts, computed on all processors."""
        rows = self._inner.encode_batch_fast(list(texts), add_special_tokens=False)
        return [row.ids for row in rows]

    def token(self, id_: int) -> str:
        """The word or subword that an id stands for.

        Raises:
            InputError: the id is not in the vocabulary.
        """
        token = self._inner.id_to_token(id_) if id_ >= 0 else None
        if token is None:
            raise InputError(f"token id: expected 0 to {self.vocabulary - 1}, got {id_}.")
        return token

    def decode(self, ids: Sequence[int]) -> str:
        """The text of a sequence of ids, with punctuation marks directly after their words."""
        return attach_marks(self._inner.decode(list(ids), skip_special_tokens=True))


def open_tokenizer(json_text: str | None, spec: TextInput, where: str) -> Tokenizer:
    """Opens a bundle's tokeniser, which may have no more words than the model.

    Args:
        json_text: the tokeniser's JSON in the bundle, or None.
        spec: the model's input.
        where: the file, for messages.

    Raises:
        BundleError: the tokeniser is missing, cannot be read, or has more ids than the model.
    """
    if json_text is None:
        raise BundleError(f"{where}: expected a tokeniser in the bundle, got none. Export the bundle again.")
    tokenizer = Tokenizer.from_json(json_text, where)
    if tokenizer.vocabulary > spec.vocabulary:
        raise BundleError(
            f"{where}: expected a tokeniser of at most {spec.vocabulary} words, the model's vocabulary, "
            f"got {tokenizer.vocabulary}. Export the bundle again."
        )
    return tokenizer


def attach_marks(text: str) -> str:
    """Removes the blanks in front of punctuation marks: "well , yes ." becomes "well, yes."."""
    return _BEFORE_MARK.sub("", text)


def rows(tokenizer: Tokenizer, texts: Sequence[str], spec: TextInput) -> list[list[int]]:
    """Token ids for the model: begin token first, truncated to `max_tokens`, reserved ids replaced by the unknown id.

    The begin token counts and is cut off with the start, as in training, where a window from the middle of a text has
    none.

    Args:
        tokenizer: the model's tokeniser.
        texts: any texts; one without words yields an empty row (or only the begin token).
        spec: the model's input.

    Returns:
        One unpadded list of at most `max_tokens` ids per text.
    """
    encoded = [tokenizer.encode(texts[0])] if len(texts) == 1 else tokenizer.encode_batch(texts)
    return [_row(ids, spec) for ids in encoded]


def checked_text(text: object, where: str = "text") -> str:
    """Returns the text unchanged.

    Raises:
        InputError: it is not a text, is blank, or contains bytes that are not UTF-8.
    """
    if not isinstance(text, str):
        raise InputError(f"{where}: expected a text, got {type(text).__name__}.")
    try:
        text.encode()
    except UnicodeEncodeError as error:  # surrogates, which Python uses for bytes that it cannot decode
        raise InputError(
            f"{where}: expected Unicode text, got an invalid character at position {error.start}. Use UTF-8."
        ) from None
    if not text.strip():
        raise InputError(f"{where}: expected words, got an empty text.")
    return text


def readable(ids: Sequence[int], spec: TextInput) -> list[int]:
    """Replaces reserved ids by the unknown id: the graph masks the pad id at any position."""
    reserved = (spec.pad_id, spec.begin_id)
    return [spec.unknown_id if id_ in reserved else id_ for id_ in ids]


def check_row(ids: Sequence[int], spec: TextInput, where: str = "text") -> None:
    """Refuses a text without any token.

    Raises:
        InputError: the row is empty or has only the begin token.
    """
    if all(id_ == spec.begin_id for id_ in ids):
        raise InputError(f"{where}: expected words, got a text with none that the model can read.")


def pad(ids: Sequence[Sequence[int] | npt.NDArray[np.integer]], pad_id: int) -> npt.NDArray[np.int32]:
    """Pads rows on the right to the longest: (batch, time) int32."""
    padded = np.full((len(ids), max(map(len, ids), default=0)), pad_id, np.int32)
    for row, values in zip(padded, ids, strict=True):
        row[: len(values)] = values
    return padded


def _row(ids: list[int], spec: TextInput) -> list[int]:
    begin = [] if spec.begin_id is None else [spec.begin_id]
    if spec.keep == "start":
        kept = ids[: spec.max_tokens - len(begin)]
    else:
        kept = ids[-spec.max_tokens :]
        begin = begin[: spec.max_tokens - len(kept)]
    return begin + readable(kept, spec)
