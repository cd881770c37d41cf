"""Reads as much of a recipe as can be read, where other parts cannot."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from zoo.recipe.kinds import Written, spec_of, told
from zoo.schema.data import FromFiles, FromSource
from zoo.schema.draft import Draft
from zoo.schema.layers import LayerSpec
from zoo.schema.training import Training
from zoo.schema.vocabulary import written
from zoo.tasks import TASKS, named

T = TypeVar("T")
_LAYER: TypeAdapter[LayerSpec] = TypeAdapter(LayerSpec)
_TRAINING = TypeAdapter(Training)


def drafted(value: Mapping[str, Any]) -> Draft:
    """The draft of a recipe as it was written."""
    recipe = cast("Mapping[str, Any]", told(value))
    model = _mapping(recipe.get("model"))
    layers, data, word = model.get("layers"), recipe.get("data"), recipe.get("task")
    task = TASKS.get(named(word)) if isinstance(word, str) else None
    own = None if task is None else task.section
    return Draft(
        task=None if task is None else task.name,
        kind=data.kind if isinstance(data, Written) else None,
        data=_data(data),
        layers=tuple(_attempt(_LAYER, layer) for layer in cast("list[Any]", layers))
        if isinstance(layers, list)
        else (),
        tie_embeddings=model.get("tie_embeddings") is True,
        training=_attempt(_TRAINING, recipe.get("training", {})),
        section=None if own is None else _attempt(TypeAdapter(own.spec), recipe.get(own.key)),
        sections=frozenset(key for key in section_keys() if recipe.get(key) is not None),
        streaming=_mapping(recipe.get("export")).get("streaming") is True,
    )


def section_keys() -> list[str]:
    """The keys of all tasks' own parts."""
    return [task.section.key for task in TASKS.values() if task.section is not None]


def _data(value: object) -> FromSource | FromFiles | None:
    """The data, with None for what must be there and cannot be read."""
    spec = spec_of(value)
    if spec is None or not isinstance(value, Written):
        return None
    fields = {name: _field(field, value[name]) for name, field in spec.model_fields.items() if name in value}
    absent = {name: None for name, field in spec.model_fields.items() if name not in value and field.is_required()}
    return cast("FromSource | FromFiles", spec.model_construct(**fields, **absent))


def _field(field: FieldInfo, value: object) -> Any:
    """One setting: without the keys that are wrong in it, if that helps; or as if it were not there."""
    kind: Any = field.annotation
    if field.metadata:
        kind = Annotated[(kind, *field.metadata)]  # pyright: ignore
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    found = _attempt(adapter, value)
    return field.get_default(call_default_factory=True) if found is None and not field.is_required() else found


def _attempt(adapter: TypeAdapter[T], value: Any) -> T | None:
    """Reads a part; without the keys that are wrong in it, if that helps; or not at all."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        rest = value
        for details in error.errors(include_url=False, include_context=False, include_input=False):
            rest = _without(rest, written(details["loc"]))
    try:
        return adapter.validate_python(rest)
    except ValidationError:
        return None


def _without(value: object, path: tuple[str | int, ...]) -> object:
    """A copy of `value` without what stands at `path`, if that leads through mappings only."""
    if not path or not isinstance(value, Mapping):
        return value
    items = cast("Mapping[Any, Any]", value)
    leaf = len(path) == 1 or not isinstance(items.get(path[0]), Mapping)
    rest = {key: item for key, item in items.items() if key != path[0]}
    return rest if leaf else rest | {path[0]: _without(items[path[0]], path[1:])}


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
