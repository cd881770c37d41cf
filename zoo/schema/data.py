"""The keys of `data` that every recipe has: where the data come from, and how they are split.

Each input kind adds keys of its own.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from zoo.schema.spec import ONE_OR_MANY, Count, Seed, Share, Slug, Spec, Text

SplitBy = Literal["subject", "time", "given"]
_Parts = Annotated[tuple[Slug, ...], Field(min_length=1)]


class Split(Spec):
    """How the data are split into training, validation and test parts.

    Windows are cut after the split, so that no two parts share a sample.
    """

    by: SplitBy | None = None
    """subject: each person (or group) is in one part only. time: the end of each recording is held out. given: as the
    data set, or `split_column`, says. Default: subject for recordings and for your own texts, given for texts of a data
    set and wherever `split_column` is set."""
    validation: Annotated[Share, Field(gt=0)] = 0.15
    """Share of the data that chooses the best epoch and the threshold."""
    test: Annotated[Share, Field(gt=0)] = 0.2
    """Share of the data that is scored once, at the end."""
    seed: Seed = 0
    """Seed that assigns subjects to the parts."""
    folds: Annotated[Annotated[Count, Field(ge=2)] | None, Field(examples=[5])] = None
    """Cross-validation: number of test parts that the subjects are divided into. Needs `fold`."""
    fold: Annotated[Count | None, Field(examples=[1])] = None
    """Cross-validation: the fold to test on, from 1 to `folds`. Replaces the share `test`."""
    test_parts: Annotated[_Parts | None, Field(examples=[["room-2"]])] = None
    """Parts of the data set to test on; the others are trained on. For data sets of recordings only."""


class Data(Spec):
    """The keys that all data have. Each input kind adds its own to `FromSource` and `FromFiles`."""

    kind: ClassVar[str]
    """The input kind's name."""
    tag: ClassVar[str]
    """Name among the kinds of data. In angle brackets, because it does not occur in recipes."""

    split: Split = Split()
    """How the data are split into training, validation and test parts."""

    def _form(self, written: dict[str, Any]) -> dict[str, Any]:
        """Puts the origin of the data first."""
        return dict(sorted(written.items(), key=lambda item: item[0] not in {"source", "parts", "files"}))


class FromSource(Data):
    """A data set that the zoo knows by name."""

    source: Annotated[Slug, Field(examples=["hapt"])]
    """Name of a data set, as `zoo data list` shows it."""
    parts: Annotated[_Parts | None, Field(examples=[["room-2"]])] = None
    """Parts of the data set to use. Default: all."""


def _one_or_many(value: Any) -> Any:
    """Reads a single path as a list of one."""
    return (value,) if isinstance(value, str) else value


class FromFiles(Data):
    """The user's own files."""

    files: Annotated[
        tuple[Text, ...], Field(min_length=1, examples=["nights/*.csv"]), BeforeValidator(_one_or_many), ONE_OR_MANY
    ]
    """A CSV file, a pattern such as nights/*.csv, or a list of them; relative to the recipe's folder."""
    label: Annotated[Text | None, Field(examples=["state"])] = None
    """Column with the label. Needed for every task that learns from labels."""
    group: Annotated[Text | None, Field(examples=["person"])] = None
    """Column that names the person (or group) that a row belongs to. Default: each file of recordings is one person,
    each distinct text is its own group."""
    split_column: Annotated[Text | None, Field(examples=["part"])] = None
    """Column that says train, validation or test, for split: {by: given}."""
