"""What may be written where: the keys, choices and descriptions at each place of a recipe, read off its classes."""

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from zoo.schema.data import Data
from zoo.schema.problems import MISSING, Path, listed
from zoo.schema.spec import Keyed, Spec


def is_tag(step: str | int) -> bool:
    """Whether pydantic put this step into a place to say which member of a union it read. No user has written it."""
    return isinstance(step, str) and step.startswith("<") and step.endswith(">")


def written(place: Sequence[str | int]) -> Path:
    """The part of pydantic's place that stands in the recipe."""
    return tuple(step for step in place if not is_tag(step))


def spec_at(root: type[Spec], place: Sequence[str | int]) -> type[Spec] | None:
    """The class whose keys may stand at `place`, or None if no mapping of fixed keys stands there."""
    found = [kind for kind in _kinds_at(root, place) if isinstance(kind, type) and issubclass(kind, Spec)]
    return found[0] if len(found) == 1 else None


def choices_at(root: type[Spec], place: Sequence[str | int]) -> list[str]:
    """The words that may stand at `place`, then the kinds that may stand there with settings, such as `plateau`."""
    kinds = _kinds_at(root, place)
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    words += [kind.key for kind in kinds if isinstance(kind, type) and issubclass(kind, Keyed)]
    return list(dict.fromkeys(words))  # sources and the user's own files know the same splits


def missing(spec: type[Spec], key: str) -> str:
    """Says that a key is missing, which values it takes, and what it means: the first sentence of its description."""
    choices = choices_at(spec, (key,))
    one_of = f" ({listed(choices)})" if choices else ""
    words = " ".join((spec.model_fields[key].description or f"{key}.").split()).split(". ")[0].rstrip(".") + "."
    return f"{MISSING}{one_of}: {words[0].lower()}{words[1:]}"


def siblings_of(root: type[Spec], place: Sequence[str | int], key: str) -> list[type[Spec]]:
    """The other members of the union at `place` that would know `key`."""
    if not place or not is_tag(place[-1]):
        return []
    others = [kind for kind in _kinds_at(root, place[:-1]) if isinstance(kind, type) and issubclass(kind, Spec)]
    own = spec_at(root, place)
    return [kind for kind in others if kind is not own and key in kind.model_fields]


def home_of(root: type[Spec], key: str) -> str | None:
    """The one section of the recipe that `key` belongs to, if it was written in the wrong place."""
    homes = [
        section
        for section, field in root.model_fields.items()
        for kind in members(field.annotation)
        if isinstance(kind, type) and issubclass(kind, Spec) and key in kind.model_fields
    ]
    return homes[0] if len(set(homes)) == 1 else None


def _kinds_at(root: type[Spec], place: Sequence[str | int]) -> list[Any]:
    kinds: list[Any] = [root]
    for step in place:
        kinds = [below for kind in kinds for below in _below(kind, step)]
    return kinds


def _below(kind: Any, step: str | int) -> Iterator[Any]:
    """The kinds of value that `step` leads to from a value of one kind."""
    if isinstance(kind, type) and issubclass(kind, Spec):
        if step in kind.model_fields:
            yield from members(kind.model_fields[step].annotation)
        elif step in _names(kind):
            yield kind
    elif get_origin(kind) is tuple and isinstance(step, int):
        yield from members(get_args(kind)[0])
    elif get_origin(kind) is dict:
        yield from [kind] if is_tag(step) else members(get_args(kind)[1])


def _names(kind: type[Spec]) -> set[str]:
    """What a member of a union goes by: its own key, or a tag."""
    own = {kind.key} if issubclass(kind, Keyed) else set[str]()
    return own | {"<settings>"} | ({kind.tag} if issubclass(kind, Data) else set[str]())


def members(annotation: Any) -> Iterator[Any]:
    """The kinds of value that an annotation allows, without Annotated, Optional and Union around them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from members(get_args(annotation)[0])
    elif origin is Union or origin is types.UnionType:
        for member in get_args(annotation):
            yield from members(member)
    elif annotation is not type(None):
        yield annotation
