"""The keys of `data` for recordings, and the checks that look at several of them."""

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

#: Keys that name columns which the model must not read.
OTHER_COLUMNS = ("label", "group", "time", "split_column")


class RecordingData(Data):
    """The keys that all recordings have."""

    kind: ClassVar[str] = RecordingSet.kind

    sample_rate_hz: Annotated[Positive, Field(examples=[12.5])]
    """Sample rate of the model; recordings are resampled to it."""
    window_s: Annotated[Positive, Field(examples=[60])]
    """Length of a training example."""
    stride_s: Annotated[Positive | None, Field(examples=[30])] = None
    """Time from the start of one training example to the start of the next. Default: half of `window_s`."""
    fill: Fill | None = None
    """How the model sees time steps without a sample: line (linear interpolation between the samples around them) or
    hold (the last sample is repeated, for sensors whose next sample may come much later). Default: line."""
    gaps: Flag | None = None
    """Add an input feature: the time since the last sample. Default: false."""
    max_gap_s: Annotated[Positive | None, Field(examples=[900])] = None
    """Longest gap between two samples that is filled. In training, time steps within a longer gap have no label; a
    prediction refuses a recording with one; live input restarts after one. Default: 10 s."""

    @model_validator(mode="after")
    def _fill_in_stride(self) -> Self:
        """Fills in the stride, which depends on the window."""
        if self.stride_s is None:
            # The value is frozen; it may change only here, before it is returned.
            object.__setattr__(self, "stride_s", self.window_s / 2)
        return self

    @property
    def step_s(self) -> float:
        """Seconds from the start of one training example to the start of the next."""
        return self.window_s / 2 if self.stride_s is None else self.stride_s


class RecordingSource(FromSource, RecordingData):
    """A data set of recordings that the zoo knows by name."""

    tag: ClassVar[str] = "<recordings of a data set>"


class RecordingFiles(FromFiles, RecordingData):
    """The user's own recordings."""

    tag: ClassVar[str] = "<recordings in files>"

    columns: Annotated[tuple[Text, ...], Field(min_length=1, examples=[["acc_x", "acc_y", "acc_z"]])]
    """Columns that the model reads, in this order."""
    units: dict[str, str] = Field(default_factory=dict[str, str], examples=[{"acc_x": "g"}])
    """Physical unit of each column. It is shown on the card and in messages."""
    time: Annotated[Text | None, Field(examples=["seconds"])] = None
    """Column with the time of each row, in seconds. Either `time` or `rate_hz` is needed."""
    rate_hz: Annotated[Positive | None, Field(examples=[50])] = None
    """Rows per second, for files without a time column."""


def default_split(data: Data) -> SplitBy:
    """By subject, or by the split column if there is one."""
    return "given" if isinstance(data, FromFiles) and data.split_column else "subject"


def problems(draft: Draft) -> Iterator[Problem]:
    """Finds settings of the data that contradict each other."""
    data = draft.data
    if isinstance(data, RecordingData):
        yield from _window(data)
    if isinstance(data, FromSource | FromFiles):
        yield from _split(data)
    if isinstance(data, RecordingFiles):
        yield from time_or_rate(data)
        yield from columns(data)


def _window(data: RecordingData) -> Iterator[Problem]:
    # Keys of a draft that could not be read are None.
    window_s, rate_hz = getattr(data, "window_s", None), getattr(data, "sample_rate_hz", None)
    if window_s is None:
        return
    if data.stride_s is not None and data.stride_s > window_s:
        yield Problem(
            ("data", "stride_s"),
            f"expected <= window_s ({window_s:g}), so that no sample is skipped, got {data.stride_s:g}.",
        )
    if rate_hz is not None and (steps := window_s * rate_hz) < 2:
        yield Problem(
            ("data", "window_s"),
            f"expected at least 2 samples, got {steps:g} ({window_s:g} s at {rate_hz:g} Hz).",
        )


def _split(data: FromSource | FromFiles) -> Iterator[Problem]:
    split = data.split
    chosen = [key for key in ("fold", "test_parts") if getattr(split, key) is not None]
    if chosen and split.by not in (None, "subject"):
        yield Problem(("data", "split", chosen[0]), "applies only to split: {by: subject}. Remove it.")
    elif len(chosen) > 1:
        yield Problem(("data", "split", "test_parts"), "expected fold or test_parts, got both. Remove one.")
    elif split.test_parts is not None and isinstance(data, FromFiles):
        yield Problem(("data", "split", "test_parts"), "applies only to data sets with parts, such as rfid. Remove it.")


def time_or_rate(data: RecordingFiles) -> Iterator[Problem]:
    """Requires exactly one of `time` and `rate_hz`."""
    if data.time is None and data.rate_hz is None:
        text = (
            f"{MISSING} (the column with the time in seconds), or rate_hz (rows per second) if there is no such column."
        )
        yield Problem(("data", "time"), text)
    if data.time is not None and data.rate_hz is not None:
        text = "expected time (the column with the time in seconds) or rate_hz (rows per second), got both. Remove one."
        yield Problem(("data", "time"), text)


def columns(data: RecordingFiles) -> Iterator[Problem]:
    """Refuses columns that the model must not read, repeated columns, and units of unknown columns."""
    known = getattr(data, "columns", None) or ()
    for index, column in enumerate(known):
        roles = [key for key in OTHER_COLUMNS if getattr(data, key) == column]
        if roles:
            yield Problem(
                ("data", "columns", index),
                f"'{column}' is also data.{roles[0]}, which the model must not read. Remove one.",
            )
        if column in known[:index]:
            yield Problem(("data", "columns", index), f"'{column}' is listed twice. Remove one.")
    for column in data.units if known else ():
        if column not in known:
            yield Problem(("data", "units", column), f"expected one of data.columns ({listed(known)}).")
