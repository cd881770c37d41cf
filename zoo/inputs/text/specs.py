"""What a recipe says of texts, and what of it does not fit together."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo.data.records import TextSet
from zoo.schema.data import Data, FromFiles, FromSource, SplitBy
from zoo.schema.draft import Draft
from zoo.schema.problems import Problem
from zoo.schema.spec import Count, Flag, Spec, Text


class Tokens(Spec):
    """How text becomes numbers."""

    kind: Literal["word", "subword"]
    """word: one token a word. subword: frequent pieces of words, so that no word is unknown."""
    vocabulary: Annotated[Count, Field(ge=100, le=65535)]
    """How many different tokens there are at most."""
    lowercase: Flag = True
    """Read capital letters as small ones."""


class TextData(Data):
    """What all texts have in common."""

    kind: ClassVar[str] = TextSet.kind

    tokens: Tokens
    """How text becomes numbers."""
    max_tokens: Count
    """Longer texts are cut to this many tokens; for next-word it is the longest context."""
    keep: Literal["start", "end"] = "end"
    """Which end of a longer text is kept."""


class TextSource(FromSource, TextData):
    """A data set of texts that the zoo knows by name."""

    tag: ClassVar[str] = "<texts of a source>"


class TextFiles(FromFiles, TextData):
    """The user's own texts."""

    tag: ClassVar[str] = "<texts in files>"

    text: Text
    """The column with the text."""


def default_split(data: Data) -> SplitBy:
    """A data set of the zoo has a split; of a user's own rows each group, or each distinct text, goes one way."""
    return "subject" if isinstance(data, FromFiles) and not data.split_column else "given"


def problems(draft: Draft) -> Iterator[Problem]:
    """Settings of the data, and layers, that do not fit texts."""
    data = draft.data
    if data is not None:
        if data.split.by == "time":
            yield Problem(("data", "split", "by"), "expected subject or given: texts have no time. Change it.")
        for key in ("fold", "test_parts"):
            if getattr(data.split, key) is not None:
                yield Problem(("data", "split", key), "is for recordings and split: {by: subject}. Remove it.")
                break
    if isinstance(data, TextFiles):
        text = getattr(data, "text", None)
        if text is not None and text == data.label:
            yield Problem(("data", "text"), f"'{text}' is data.label too: the model must not see it. Change one.")
    yield from _layers(draft)


def _layers(draft: Draft) -> Iterator[Problem]:
    if draft.layers and not any(layer is None or layer.reads == "tokens" for layer in draft.layers):
        yield Problem(
            ("model", "layers", 0),
            f"expected an embedding first: {draft.task} reads tokens. Add '- embedding: {{units: 96}}'.",
        )
