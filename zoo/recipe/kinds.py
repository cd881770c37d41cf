"""Determines the kind of a recipe's data from the task, the data set, or the keys."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, Union, cast

from pydantic import Discriminator, Tag

from zoo.data.sources import SOURCES
from zoo.inputs import INPUTS
from zoo.schema.data import Data, FromFiles, FromSource
from zoo.tasks import TASKS, named


class DataWithKind(dict[str, Any]):
    """A recipe's `data` as written, with their kind.

    Attributes:
        kind: name of the input kind.
    """

    def __init__(self, data: Mapping[str, Any], kind: str) -> None:
        super().__init__(data)
        self.kind = kind


def kind_of(task: object, data: Mapping[str, Any]) -> str:
    """The input kind of a recipe's data.

    The kind that the task reads, if it reads only one; otherwise the kind of the data set; otherwise the kind that has
    most of the keys.
    """
    row = TASKS.get(named(task)) if isinstance(task, str) else None
    kinds = [kind for kind in INPUTS if row is None or kind in row.device.reads]
    if len(kinds) == 1:
        return kinds[0]
    source = SOURCES.get(str(data.get("source")))
    if source is not None and source.kind in kinds:
        return source.kind
    return max(kinds, key=lambda kind: sum(key in INPUTS[kind].from_files.model_fields for key in data))


def with_kind(value: object) -> object:
    """A recipe's plain value, its data replaced by `DataWithKind`."""
    if not isinstance(value, Mapping):
        return value
    recipe = cast("Mapping[str, Any]", value)
    data = recipe.get("data")
    if not isinstance(data, Mapping) or isinstance(data, DataWithKind):
        return recipe
    mapping = cast("Mapping[str, Any]", data)
    return {**recipe, "data": DataWithKind(mapping, kind_of(recipe.get("task"), mapping))}


def _tag(value: object) -> str | None:
    """The tag of a recipe's data: it depends on their kind, and on which of `source` and `files` they have."""
    if isinstance(value, Data):
        return value.tag
    spec = spec_of(value)
    return None if spec is None else spec.tag


def spec_of(value: object) -> type[Data] | None:
    """The class of a recipe's data; None if they have neither or both of `source` and `files`."""
    if not isinstance(value, DataWithKind):
        return None
    match "source" in value, "files" in value:
        case True, False:
            return INPUTS[value.kind].from_source
        case False, True:
            return INPUTS[value.kind].from_files
        case _:
            return None


if TYPE_CHECKING:
    DataSpec: TypeAlias = FromSource | FromFiles
else:
    #: The data of a recipe, of any kind.
    DataSpec = Annotated[
        Union[  # noqa: UP007 - built from the table
            tuple(
                Annotated[spec, Tag(spec.tag)] for row in INPUTS.values() for spec in (row.from_source, row.from_files)
            )
        ],
        Discriminator(_tag),
    ]
