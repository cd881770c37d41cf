"""Texts as the model reads them: token ids, and the label of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.core.errors import DataError
from zoo.core.manifest import Feature, TextInput
from zoo.core.progress import Progress
from zoo.data.examples import Clips
from zoo.data.prepared import Prepared
from zoo.data.records import NO_LABEL, TextSet
from zoo.edge.text import pad
from zoo.inputs.text.specs import TextData
from zoo.inputs.text.tokens import BEGIN_ID, PAD_ID, UNKNOWN_ID, Corpus, encode_texts, learn_tokenizer
from zoo.schema.parts import Parts

if TYPE_CHECKING:
    from zoo.edge.text import Tokenizer


#: Characters of a text that are shown as its name.
CHARACTERS = 60


@dataclass(frozen=True)
class Texts:
    """The texts of one split: token ids, and the label number of each or `NO_LABEL`."""

    corpus: Corpus
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.corpus)


def spec_of(recipe: Parts) -> TextData:
    """The recipe's section on texts."""
    data = recipe.data
    assert isinstance(data, TextData)
    return data


def read_by(prepared: Prepared) -> TextInput:
    """What the model reads."""
    assert isinstance(prepared.input, TextInput)
    return prepared.input


def learn(recipe: Parts, train: TextSet, progress: Progress) -> "Tokenizer":
    """The tokeniser, learnt from the training texts only."""
    tokens = spec_of(recipe).tokens
    progress.note(f"learning a {tokens.kind} vocabulary of {tokens.vocabulary:,} from {len(train):,} texts")
    return learn_tokenizer(train.texts, tokens)


def input_of(
    recipe: Parts, features: tuple[Feature, ...], tokenizer: "Tokenizer | None" = None, *, continues_text: bool = False
) -> TextInput:
    """What the model reads; texts begin with a begin token if the model continues them."""
    spec = spec_of(recipe)
    return TextInput(
        # A small corpus may have fewer distinct words than the recipe's vocabulary.
        vocabulary=spec.tokens.vocabulary if tokenizer is None else tokenizer.vocabulary,
        max_tokens=spec.max_tokens,
        keep=spec.keep,
        pad_id=PAD_ID,
        unknown_id=UNKNOWN_ID,
        begin_id=BEGIN_ID if continues_text else None,
    )


def encode(data: TextSet, prepared: Prepared) -> Texts:
    """All texts as token ids, with a begin token if the model continues them.

    Raises:
        DataError: a label is not among those of the recipe's own data.
    """
    spec, tokenizer = read_by(prepared), prepared.tokenizer
    assert tokenizer is not None
    return Texts(encode_texts(data.texts, tokenizer, spec.begin_id), _numbered(data, prepared))


def _numbered(data: TextSet, prepared: Prepared) -> np.ndarray:
    """(texts,) label numbers in the order of the recipe's own data."""
    if data.labels is None or not prepared.label_names:
        return np.full(len(data), NO_LABEL, np.int16)
    unknown = sorted(set(data.label_names) - set(prepared.label_names))
    if unknown:
        known = ", ".join(prepared.label_names)
        raise DataError(f"{data.name}: unknown label {unknown[0]!r}. Known labels: {known}.")
    number = np.asarray([prepared.label_names.index(name) for name in data.label_names], np.int16)
    return number[data.labels]


def clips(prepared: Prepared, part: Texts, by: Any = None) -> Clips:
    """The texts, cut to `max_tokens` at the end that the recipe does not keep."""
    spec = read_by(prepared)
    corpus = part.corpus
    kept = slice(-spec.max_tokens, None) if spec.keep == "end" else slice(spec.max_tokens)
    ids = corpus.ids.astype(np.int32)
    spans = zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)
    return Clips([ids[start:stop][kept] for start, stop in spans], part.labels, "texts")


def shown(prepared: Prepared, data: TextSet, by: Any = None) -> Clips:
    """The original texts."""
    names = [f"{text[:CHARACTERS].strip()}…" for text in data.texts]
    return Clips(data.texts, _numbered(data, prepared), "texts", names)


def batch(rows: Sequence[np.ndarray]) -> np.ndarray:
    """(batch, longest) int32, padded on the right; the model masks the padding."""
    return pad(rows, PAD_ID)


def statistics(part: Texts) -> Sequence[np.ndarray]:
    """Token ids are not scaled, so there are none."""
    return ()


def unseen(data: TextSet, trained_on: TextSet) -> TextSet:
    """The texts of `data` that do not occur in `trained_on`, ignoring differences in white space."""
    known = {_key(text) for text in trained_on.texts}
    return data.at([number for number, text in enumerate(data.texts) if _key(text) not in known])


def _key(text: str) -> str:
    return " ".join(text.split())


def golden(spec: TextInput) -> list[str]:
    """Made-up texts that are in no data set."""
    return ["what a waste of two hours", "One of the best films I have ever seen.", "thank you very"]
