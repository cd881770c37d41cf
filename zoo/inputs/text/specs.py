"""The keys of `data` for texts, and the checks that look at several of them."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo.data.records import TextSet
from zoo.schema.data import Data, FromFiles, FromSource, SplitBy
from zoo.schema.draft import Draft
from zoo.schema.problems import Problem
from zoo.schema.spec import Count, Flag, Spec, Text


class Tokens(Spec):
    """How texts are cut into tokens."""

    kind: Literal["word", "subword"]
    """word: a token per word; rare words are unknown. subword: frequent pieces of words, so that no word is unknown."""
    vocabulary: Annotated[Count, Field(ge=100, le=65535, examples=[8000])]
    """Largest number of different tokens. They are learnt from the training part."""
    lowercase: Flag = True
    """Convert texts to lower case."""


class TextData(Data):
    """The keys that all texts have."""

    kind: ClassVar[str] = TextSet.kind

    tokens: Tokens
    """How texts are cut into tokens."""
    max_tokens: Annotated[Count, Field(examples=[200])]
    """Longest text, in tokens: longer ones are cut. For a language model, the longest context."""
    keep: Literal["start", "end"] = "end"
    """Which end of a longer text is kept."""


class TextSource(FromSource, TextData):
    """A data set of texts that the zoo knows by name."""

    tag: ClassVar[str] = "<texts of a data set>"


class TextFiles(FromFiles, TextData):
    """The user's own texts."""

    tag: ClassVar[str] = "<texts in files>"

    text: Annotated[Text, Field(examples=["message"])]
    """Column with the text."""


def default_split(data: Data) -> SplitBy:
    """As the data set defines it; for the user's own files by group or distinct text, unless a split column is set."""
    return "subject" if isinstance(data, FromFiles) and not data.split_column else "given"


def problems(draft: Draft) -> Iterator[Problem]:
    """Finds settings and layers that do not suit texts."""
    data = draft.data
    if data is not None:
        if data.split.by == "time":
            yield Problem(("data", "split", "by"), "expected subject or given: texts have no time. Change it.")
        for key in ("fold", "test_parts"):
            if getattr(data.split, key) is not None:
                yield Problem(
                    ("data", "split", key), "applies only to recordings with split: {by: subject}. Remove it."
                )
                break
    if isinstance(data, TextFiles):
        text = getattr(data, "text", None)
        if text is not None and text == data.label:
            yield Problem(("data", "text"), f"'{text}' is also data.label, which the model must not read. Change one.")
    yield from _layers(draft)


def _layers(draft: Draft) -> Iterator[Problem]:
    if draft.layers and not any(layer is None or layer.reads == "tokens" for layer in draft.layers):
        yield Problem(
            ("model", "layers", 0),
            f"expected an embedding as the first layer: {draft.task} reads tokens. Add '- embedding: {{units: 96}}'.",
        )
