"""What a recipe says of recordings, and what of it does not fit together."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field, model_validator
from typing_extensions import Self

from zoo.core.transform import Fill
from zoo.data.records import RecordingSet
from zoo.schema.data import Data, FromFiles, FromSource, SplitBy
from zoo.schema.draft import Draft
from zoo.schema.problems import MISSING, Problem, listed
from zoo.schema.spec import Flag, Positive, Text

#: Columns that are not for the model to see.
OTHER_COLUMNS = ("label", "group", "time", "split_column")


class RecordingData(Data):
    """What all recordings have in common."""

    kind: ClassVar[str] = RecordingSet.kind

    sample_rate_hz: Positive
    """Readings a second that the model sees; recordings are resampled to it."""
    window_s: Positive
    """Length of one training example in seconds."""
    stride_s: Positive | None = None
    """Seconds from the start of one training example to the next; half of window_s if not given."""
    fill: Fill | None = None
    """What the model sees while no reading comes: line (between the readings around, the default) or hold (the last
    reading: for a sensor whose next one may be long in coming)."""
    gaps: Flag | None = None
    """Whether the model also sees how long ago the last reading was."""
    max_gap_s: Positive | None = None
    """Longest time without a reading, 10 s if not given; after a longer one, live input begins anew."""

    @model_validator(mode="after")
    def _stepped(self) -> Self:
        """Fills in the stride that depends on the window."""
        if self.stride_s is None:
            # A frozen value is changed here once, before anybody has seen it.
            object.__setattr__(self, "stride_s", self.window_s / 2)
        return self

    @property
    def step_s(self) -> float:
        """Seconds from the start of one training example to the next."""
        return self.window_s / 2 if self.stride_s is None else self.stride_s


class RecordingSource(FromSource, RecordingData):
    """A data set of recordings that the zoo knows by name."""

    tag: ClassVar[str] = "<recordings of a source>"


class RecordingFiles(FromFiles, RecordingData):
    """The user's own recordings."""

    tag: ClassVar[str] = "<recordings in files>"

    columns: Annotated[tuple[Text, ...], Field(min_length=1)]
    """The columns that the model sees."""
    units: dict[str, str] = Field(default_factory=dict[str, str])
    """The physical unit of each column, such as {acc_x: g}."""
    time: Text | None = None
    """The column with the time in seconds."""
    rate_hz: Positive | None = None
    """Rows a second, for files without a time column."""


def default_split(data: Data) -> SplitBy:
    """By person; where a column says the side, by that."""
    return "given" if isinstance(data, FromFiles) and data.split_column else "subject"


def problems(draft: Draft) -> Iterator[Problem]:
    """Settings of the data that do not fit each other."""
    data = draft.data
    if isinstance(data, RecordingData):
        yield from _window(data)
    if isinstance(data, FromSource | FromFiles):
        yield from _split(data)
    if isinstance(data, RecordingFiles):
        yield from time_or_rate(data)
        yield from columns(data)


def _window(data: RecordingData) -> Iterator[Problem]:
    # In a draft, what could not be read is None.
    window_s, rate_hz = getattr(data, "window_s", None), getattr(data, "sample_rate_hz", None)
    if window_s is None:
        return
    if data.stride_s is not None and data.stride_s > window_s:
        yield Problem(
            ("data", "stride_s"),
            f"expected <= window_s ({window_s:g}), so that no reading is left out, got {data.stride_s:g}.",
        )
    if rate_hz is not None and (steps := window_s * rate_hz) < 2:
        yield Problem(
            ("data", "window_s"),
            f"expected at least 2 readings, got {steps:g} ({window_s:g} s at {rate_hz:g} Hz).",
        )


def _split(data: FromSource | FromFiles) -> Iterator[Problem]:
    split = data.split
    chosen = [key for key in ("fold", "test_parts") if getattr(split, key) is not None]
    if chosen and split.by not in (None, "subject"):
        yield Problem(("data", "split", chosen[0]), "is for split: {by: subject}. Remove it.")
    elif len(chosen) > 1:
        yield Problem(("data", "split", "test_parts"), "expected fold or test_parts, got both. Remove one.")
    elif split.test_parts is not None and isinstance(data, FromFiles):
        yield Problem(("data", "split", "test_parts"), "is for data sets with parts, such as rfid. Remove it.")


def time_or_rate(data: RecordingFiles) -> Iterator[Problem]:
    """Either of them must say when the rows were read."""
    if data.time is None and data.rate_hz is None:
        text = f"{MISSING} (the column with the seconds), or rate_hz (rows a second) if there is no such column."
        yield Problem(("data", "time"), text)
    if data.time is not None and data.rate_hz is not None:
        text = "expected time (the column with the seconds) or rate_hz (rows a second), got both. Remove one."
        yield Problem(("data", "time"), text)


def columns(data: RecordingFiles) -> Iterator[Problem]:
    """Columns that the model must not see, columns twice, and units of no column."""
    known = getattr(data, "columns", None) or ()
    for index, column in enumerate(known):
        roles = [key for key in OTHER_COLUMNS if getattr(data, key) == column]
        if roles:
            yield Problem(
                ("data", "columns", index), f"'{column}' is data.{roles[0]} too: the model must not see it. Remove one."
            )
        if column in known[:index]:
            yield Problem(("data", "columns", index), f"'{column}' is given twice. Remove one.")
    for column in data.units if known else ():
        if column not in known:
            yield Problem(("data", "units", column), f"expected one of data.columns ({listed(known)}).")
