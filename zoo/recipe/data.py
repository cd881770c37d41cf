"""What a recipe says of its data: a registered data set or the user's own CSV files, and how they are split."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator

from zoo.core.transform import Fill
from zoo.edge.tasks import named
from zoo.recipe.spec import Count, Flag, Positive, Seed, Share, Slug, Spec, Text


def _renamed(value: Any) -> Any:
    """Tasks go by the names that they had before, too."""
    return named(value) if isinstance(value, str) else value


Task = Annotated[Literal["next-word", "classification", "event-detection"], BeforeValidator(_renamed)]
SplitBy = Literal["subject", "time", "given"]


class Split(Spec):
    """How the data is divided into training, validation and test parts. Never by random windows."""

    by: SplitBy | None = None
    """subject: no person (or group) is in two parts. time: the end of each recording is held out. given: as the data
    set says. Resolved when the recipe is loaded: subject for sensors, given for text."""
    validation: Annotated[Share, Field(gt=0)] = 0.15
    """Share that chooses the best weights and the threshold."""
    test: Annotated[Share, Field(gt=0)] = 0.2
    """Share that is looked at once, at the end."""
    seed: Seed = 0
    """Chooses which subjects go where."""
    folds: Annotated[Count, Field(ge=2)] | None = None
    """For cross-validation: the subjects are dealt out into so many test parts. Needs fold."""
    fold: Count | None = None
    """Which of the folds is tested on, from 1 to folds; instead of the share `test`."""
    test_parts: Annotated[tuple[Slug, ...], Field(min_length=1)] | None = None
    """Tests on these parts of the data set and trains on the others, such as [room-2]. Sensors only."""


class Tokens(Spec):
    """How text becomes numbers."""

    kind: Literal["word", "subword"]
    """word: one token a word. subword: frequent pieces of words, so that no word is unknown."""
    vocabulary: Annotated[Count, Field(ge=100, le=65535)]
    """How many different tokens there are at most."""
    lowercase: Flag = True
    """Read capital letters as small ones."""


class Data(Spec):
    """What both kinds of data have in common."""

    split: Split = Split()
    """How the data is divided."""
    sample_rate_hz: Positive | None = None
    """Readings a second that the model sees; recordings are resampled to it. Sensors only."""
    window_s: Positive | None = None
    """Length of one training example in seconds. Sensors only."""
    stride_s: Positive | None = None
    """Seconds from the start of one training example to the next; half of window_s if not given. Sensors only."""
    fill: Fill | None = None
    """What the model sees while no reading comes: line (between the readings around, the default) or hold (the last
    reading: for a sensor whose next one may be long in coming). Sensors only."""
    gaps: Flag | None = None
    """Whether the model also sees how long ago the last reading was. Sensors only."""
    max_gap_s: Positive | None = None
    """Longest time without a reading, 10 s if not given; after a longer one, live input begins anew. Sensors only."""
    tokens: Tokens | None = None
    """How text becomes numbers. Text only."""
    max_tokens: Count | None = None
    """Longer texts are cut to this many tokens; for next-word it is the longest context. Text only."""
    keep: Literal["start", "end"] = "end"
    """Which end of a longer text is kept. Text only."""

    def _form(self, written: dict[str, Any]) -> dict[str, Any]:
        """Where the data comes from stands first."""
        return dict(sorted(written.items(), key=lambda item: item[0] not in {"source", "parts", "csv"}))


@dataclass(frozen=True)
class SensorSettings:
    """What every recipe for a sensor says of its data."""

    sample_rate_hz: float
    window_s: float
    stride_s: float


@dataclass(frozen=True)
class TextSettings:
    """What every recipe for text says of its data."""

    tokens: Tokens
    max_tokens: int
    keep: Literal["start", "end"]


class SourceData(Data):
    """A data set that the zoo knows by name."""

    source: Slug
    """Name of the data set, as `zoo data list` shows it."""
    parts: Annotated[tuple[Slug, ...], Field(min_length=1)] | None = None
    """Only these parts of the data set."""


class CsvData(Data):
    """The user's own CSV files."""

    csv: Annotated[tuple[Text, ...], Field(min_length=1)]
    """A file, a pattern such as night-*.csv, or a list of them; relative to the recipe's folder."""
    columns: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """The columns that the model sees. Sensors only."""
    units: dict[str, str] = Field(default_factory=dict[str, str])
    """The physical unit of each column, such as {acc_x: g}. Sensors only."""
    time: Text | None = None
    """The column with the time in seconds. Sensors only."""
    csv_rate_hz: Positive | None = None
    """Rows a second, for files without a time column. Sensors only."""
    text: Text | None = None
    """The column with the text. Text only."""
    label: Text | None = None
    """The column with the label."""
    group: Text | None = None
    """The column that names the person (or the group) of a row. Without it each sensor file is one person."""
    split_column: Text | None = None
    """The column that says train, validation or test, for split: {by: given}."""

    @field_validator("csv", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        """A single path is a list of one."""
        return (value,) if isinstance(value, str) else value


def _family(value: Any) -> str | None:
    """Tells the two kinds of data apart by which of `source` and `csv` is there; None if neither or both."""
    if isinstance(value, Data):
        return "<source>" if isinstance(value, SourceData) else "<csv>"
    if isinstance(value, Mapping):
        match "source" in value, "csv" in cast("Mapping[Any, Any]", value):
            case True, False:
                return "<source>"
            case False, True:
                return "<csv>"
            case _:
                return None
    return None


#: Tags in angle brackets are not keys that a user wrote: error paths leave them out.
DataSpec = Annotated[
    Annotated[SourceData, Tag("<source>")] | Annotated[CsvData, Tag("<csv>")],
    Discriminator(_family),
]


def resolved(data: SourceData | CsvData, task: Task) -> SourceData | CsvData:
    """Fills in the defaults that depend on the task or on other keys."""
    split = data.split.model_copy(update={"by": data.split.by or _default_split(data, task)})
    stride_s = data.window_s / 2 if data.stride_s is None and data.window_s is not None else data.stride_s
    return data.model_copy(update={"split": split, "stride_s": stride_s})


def _default_split(data: SourceData | CsvData, task: Task) -> SplitBy:
    """Registered text comes with a split; of a user's own rows each group, or each distinct text, goes one way."""
    if isinstance(data, CsvData):
        return "given" if data.split_column else "subject"
    return "subject" if task == "event-detection" else "given"
