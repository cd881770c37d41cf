"""Reads the valid parts of a recipe when other parts are invalid."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from zoo.recipe.kinds import DataWithKind, spec_of, with_kind
from zoo.schema.data import FromFiles, FromSource
from zoo.schema.draft import Draft
from zoo.schema.layers import LayerSpec
from zoo.schema.training import Training
from zoo.schema.vocabulary import recipe_path
from zoo.tasks import TASKS, named

T = TypeVar("T")
_LAYER: TypeAdapter[LayerSpec] = TypeAdapter(LayerSpec)
_TRAINING = TypeAdapter(Training)


def draft_of_values(values: Mapping[str, Any]) -> Draft:
    """The draft of a recipe's values as they were written."""
    recipe = cast("Mapping[str, Any]", with_kind(values))
    model = _mapping(recipe.get("model"))
    layers, data, name = model.get("layers"), recipe.get("data"), recipe.get("task")
    task = TASKS.get(named(name)) if isinstance(name, str) else None
    section = None if task is None else task.section
    return Draft(
        task=None if task is None else task.name,
        kind=data.kind if isinstance(data, DataWithKind) else None,
        data=_read_data(data),
        layers=tuple(_read(_LAYER, layer) for layer in cast("list[Any]", layers)) if isinstance(layers, list) else (),
        tie_embeddings=model.get("tie_embeddings") is True,
        training=_read(_TRAINING, recipe.get("training", {})),
        section=None if section is None else _read(TypeAdapter(section.spec), recipe.get(section.key)),
        sections=frozenset(key for key in section_keys() if recipe.get(key) is not None),
        streaming=_mapping(recipe.get("export")).get("streaming") is True,
    )


def section_keys() -> list[str]:
    """The keys of all sections that belong to a task."""
    return [task.section.key for task in TASKS.values() if task.section is not None]


def _read_data(value: object) -> FromSource | FromFiles | None:
    """The data, with None for required keys that are missing or invalid."""
    spec = spec_of(value)
    if spec is None or not isinstance(value, DataWithKind):
        return None
    fields = {name: _read_field(field, value[name]) for name, field in spec.model_fields.items() if name in value}
    absent = {name: None for name, field in spec.model_fields.items() if name not in value and field.is_required()}
    return cast("FromSource | FromFiles", spec.model_construct(**fields, **absent))


def _read_field(field: FieldInfo, value: object) -> Any:
    """One setting, as `_read` reads it; if that fails, its default, or None for a required one."""
    kind: Any = field.annotation
    if field.metadata:
        kind = Annotated[(kind, *field.metadata)]  # pyright: ignore
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    parsed = _read(adapter, value)
    return field.get_default(call_default_factory=True) if parsed is None and not field.is_required() else parsed


def _read(adapter: TypeAdapter[T], value: Any) -> T | None:
    """Reads a part; if it is invalid, reads it without its invalid keys; None if that fails too."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        reduced = value
        for details in error.errors(include_url=False, include_context=False, include_input=False):
            reduced = _without(reduced, recipe_path(details["loc"]))
    try:
        return adapter.validate_python(reduced)
    except ValidationError:
        return None


def _without(value: object, path: tuple[str | int, ...]) -> object:
    """A copy of `value` without the entry at `path`; within a list, without the list."""
    if not path or not isinstance(value, Mapping):
        return value
    items = cast("Mapping[Any, Any]", value)
    leaf = len(path) == 1 or not isinstance(items.get(path[0]), Mapping)
    remaining = {key: item for key, item in items.items() if key != path[0]}
    return remaining if leaf else remaining | {path[0]: _without(items[path[0]], path[1:])}


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
