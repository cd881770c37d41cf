"""Learns a tokeniser from training texts and turns texts into one flat array of token ids."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from zoo.edge.text import Tokenizer
from zoo.inputs.text.specs import Tokens

#: Padding, unknown, and (word level only) the beginning of a text; the trainers number them in this order.
PAD, UNKNOWN, BEGIN = "<pad>", "<unk>", "<s>"
PAD_ID, UNKNOWN_ID, BEGIN_ID = 0, 1, 2

#: A word is letters and digits, with inner apostrophes; the only punctuation kept ends or divides a sentence.
WORD = r"[\p{L}\p{N}]+(?:'\p{L}+)*|[.,!?]"

_BATCH = 1024


def learn_tokenizer(texts: Iterable[str], tokens: Tokens) -> Tokenizer:
    """Learns a vocabulary of at most `tokens.vocabulary` entries from training texts only.

    `word` splits texts into `WORD` matches and keeps the most frequent ones; `subword` learns WordPiece units
    (Schuster & Nakajima, ICASSP 2012), which spell out rare words.
    """
    import tokenizers  # here, because recipes are also read where no tokeniser is learnt
    from tokenizers import Regex, models, normalizers, pre_tokenizers, trainers

    steps: list[normalizers.Normalizer] = [normalizers.NFKC(), normalizers.Replace("\u2019", "'")]
    if tokens.lowercase:
        steps.append(normalizers.Lowercase())
    match tokens.kind:
        case "word":
            model = tokenizers.Tokenizer(models.WordLevel(unk_token=UNKNOWN))
            model.pre_tokenizer = pre_tokenizers.Split(Regex(WORD), behavior="removed", invert=True)
            trainer = trainers.WordLevelTrainer(
                vocab_size=tokens.vocabulary, special_tokens=[PAD, UNKNOWN, BEGIN], show_progress=False
            )
        case "subword":
            model = tokenizers.Tokenizer(models.WordPiece(unk_token=UNKNOWN, max_input_chars_per_word=40))
            model.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
            trainer = trainers.WordPieceTrainer(
                vocab_size=tokens.vocabulary, special_tokens=[PAD, UNKNOWN], min_frequency=3, show_progress=False
            )
    model.normalizer = normalizers.Sequence(steps)
    model.train_from_iterator(texts, trainer)
    return Tokenizer.from_json(model.to_str())


@dataclass(frozen=True)
class Corpus:
    """Texts as one flat array: text i is `ids[offsets[i]:offsets[i + 1]]`.

    Attributes:
        ids: (tokens,) uint16 token ids.
        offsets: (texts + 1,) int64.
    """

    ids: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> np.ndarray:
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """(texts,) number of tokens in each text."""
        return np.diff(self.offsets)


def encode_texts(texts: Sequence[str], tokenizer: Tokenizer, begin_id: int | None = None) -> Corpus:
    """Encodes texts in batches of about a thousand, so that no second copy of the corpus is held in memory."""
    head = [] if begin_id is None else [begin_id]
    pieces: list[np.ndarray] = []
    lengths: list[int] = []
    for batch in _batches(texts, _BATCH):
        rows = [head + row for row in tokenizer.encode_batch(batch)]
        lengths += [len(row) for row in rows]
        pieces.append(np.fromiter(itertools.chain.from_iterable(rows), np.uint16))
    return Corpus(
        np.concatenate(pieces or [np.zeros(0, np.uint16)]), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    )


def _batches(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(texts), size):
        yield list(texts[start : start + size])
