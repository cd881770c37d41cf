"""What every recipe says of its data: where they come from, and how they are split. Each input kind adds its keys."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from zoo.schema.spec import Count, Seed, Share, Slug, Spec, Text

SplitBy = Literal["subject", "time", "given"]


class Split(Spec):
    """How the data is divided into training, validation and test parts. Never by random windows."""

    by: SplitBy | None = None
    """subject: no person (or group) is in two parts. time: the end of each recording is held out. given: as the data
    set says. Resolved when the recipe is loaded: subject for recordings, given for texts."""
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
    """Tests on these parts of the data set and trains on the others, such as [room-2]. Recordings only."""


class Data(Spec):
    """What all data have in common.

    Each input kind has two kinds of data: `FromSource` and `FromFiles`, with its own keys.
    """

    kind: ClassVar[str]
    """The input kind's name."""
    tag: ClassVar[str]
    """Tells it from the other kinds of data, in angle brackets: no user has written it."""

    split: Split = Split()
    """How the data is divided."""

    def _form(self, written: dict[str, Any]) -> dict[str, Any]:
        """Where the data comes from stands first."""
        return dict(sorted(written.items(), key=lambda item: item[0] not in {"source", "parts", "files"}))


class FromSource(Data):
    """A data set that the zoo knows by name."""

    source: Slug
    """Name of the data set, as `zoo data list` shows it."""
    parts: Annotated[tuple[Slug, ...], Field(min_length=1)] | None = None
    """Only these parts of the data set."""


def _one_or_many(value: Any) -> Any:
    """A single path is a list of one."""
    return (value,) if isinstance(value, str) else value


class FromFiles(Data):
    """The user's own files."""

    files: Annotated[tuple[Text, ...], Field(min_length=1), BeforeValidator(_one_or_many)]
    """A file, a pattern such as night-*.csv, or a list of them; relative to the recipe's folder."""
    label: Text | None = None
    """The column with the label."""
    group: Text | None = None
    """The column that names the person (or the group) of a row. Without it each recording's file is one person."""
    split_column: Text | None = None
    """The column that says train, validation or test, for split: {by: given}."""
