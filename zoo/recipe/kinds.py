"""Of what kind a recipe's data are: told by the task, the data set, or the keys."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, Union, cast

from pydantic import Discriminator, Tag

from zoo.data.sources import SOURCES
from zoo.inputs import INPUTS
from zoo.schema.data import Data, FromFiles, FromSource
from zoo.tasks import TASKS, named


class Written(dict[str, Any]):
    """A recipe's `data` as they were written, with their kind.

    Attributes:
        kind: name of the input kind.
    """

    def __init__(self, data: Mapping[str, Any], kind: str) -> None:
        super().__init__(data)
        self.kind = kind


def kind_of(task: object, data: Mapping[str, Any]) -> str:
    """The input kind that a recipe's data are meant to be of.

    The task's own if it reads one kind; else that of the data set; else the kind that knows most of the keys.
    """
    row = TASKS.get(named(task)) if isinstance(task, str) else None
    able = [kind for kind in INPUTS if row is None or kind in row.device.reads]
    if len(able) == 1:
        return able[0]
    source = SOURCES.get(str(data.get("source")))
    if source is not None and source.kind in able:
        return source.kind
    return max(able, key=lambda kind: sum(key in INPUTS[kind].from_files.model_fields for key in data))


def told(value: object) -> object:
    """A recipe's plain value with the kind of its data beside them."""
    if not isinstance(value, Mapping):
        return value
    recipe = cast("Mapping[str, Any]", value)
    data = recipe.get("data")
    if not isinstance(data, Mapping) or isinstance(data, Written):
        return recipe
    written = cast("Mapping[str, Any]", data)
    return {**recipe, "data": Written(written, kind_of(recipe.get("task"), written))}


def _tag(value: object) -> str | None:
    """Tells the data of a recipe apart: by kind, and by which of `source` and `files` is there."""
    if isinstance(value, Data):
        return value.tag
    spec = spec_of(value)
    return None if spec is None else spec.tag


def spec_of(value: object) -> type[Data] | None:
    """The class that reads a recipe's data; None with neither or both of `source` and `files`."""
    if not isinstance(value, Written):
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
        Union[  # noqa: UP007 - made of the table
            tuple(
                Annotated[spec, Tag(spec.tag)] for row in INPUTS.values() for spec in (row.from_source, row.from_files)
            )
        ],
        Discriminator(_tag),
    ]
