"""The parts of a recipe that can be read, even where other parts cannot: what the cross checks look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from zoo.recipe.data import CsvData, DataSpec, SourceData, Task
from zoo.recipe.events import Events
from zoo.recipe.layers import LayerSpec
from zoo.recipe.training import Training
from zoo.recipe.vocabulary import written

T = TypeVar("T")
_TASK: TypeAdapter[Task] = TypeAdapter(Task)
_DATA: TypeAdapter[SourceData | CsvData] = TypeAdapter(DataSpec)
_LAYER: TypeAdapter[LayerSpec] = TypeAdapter(LayerSpec)
_TRAINING = TypeAdapter(Training)
_EVENTS = TypeAdapter(Events)
_STAND_INS = {"source": "any", "csv": ["any"]}


@dataclass(frozen=True)
class Draft:
    """What could be read of a recipe. None stands for what could not, and is not checked any further.

    Attributes:
        has_events: whether there is an `events` section, readable or not.
    """

    task: Task | None
    data: SourceData | CsvData | None
    layers: tuple[LayerSpec | None, ...]
    tie_embeddings: bool
    training: Training | None
    events: Events | None
    has_events: bool
    streaming: bool

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "Draft":
        """The draft of a recipe as it was written."""
        model = _mapping(value.get("model"))
        layers = model.get("layers")
        return cls(
            task=_attempt(_TASK, value.get("task")),
            data=_attempt(_DATA, value.get("data"), _STAND_INS),
            layers=tuple(_attempt(_LAYER, layer) for layer in cast("list[Any]", layers))
            if isinstance(layers, list)
            else (),
            tie_embeddings=model.get("tie_embeddings") is True,
            training=_attempt(_TRAINING, value.get("training", {})),
            events=_attempt(_EVENTS, value.get("events")),
            has_events=value.get("events") is not None,
            streaming=_mapping(value.get("export")).get("streaming") is True,
        )


def _attempt(adapter: TypeAdapter[T], value: Any, stand_ins: Mapping[str, Any] | None = None) -> T | None:
    """Reads a part; without the keys that are wrong in it, if that helps; or not at all.

    Args:
        adapter: reads it.
        value: the part as it was written.
        stand_ins: values for keys that may not be left out and that no check looks at.
    """
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        rest = value
        for details in error.errors(include_url=False, include_context=False, include_input=False):
            rest = _without(rest, written(details["loc"]))
    if stand_ins and isinstance(rest, dict):
        rest = {key: stand_in for key, stand_in in stand_ins.items() if key in value} | cast("dict[str, Any]", rest)
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
