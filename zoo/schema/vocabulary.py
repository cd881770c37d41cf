"""The keys, choices and descriptions that are possible at each place of a recipe, derived from its classes."""

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from zoo.schema.data import Data
from zoo.schema.problems import MISSING, Path, listed
from zoo.schema.spec import Keyed, Spec


def is_tag(step: str | int) -> bool:
    """Whether a step of a place is a tag that pydantic adds to name the member of a union: it is not in the recipe."""
    return isinstance(step, str) and step.startswith("<") and step.endswith(">")


def recipe_path(place: Sequence[str | int]) -> Path:
    """The path in the recipe of pydantic's place: the place without tags."""
    return tuple(step for step in place if not is_tag(step))


def spec_at(root: type[Spec], place: Sequence[str | int]) -> type[Spec] | None:
    """The class whose keys are possible at `place`; None if it is not a mapping with fixed keys."""
    specs = [kind for kind in _kinds_at(root, place) if isinstance(kind, type) and issubclass(kind, Spec)]
    return specs[0] if len(specs) == 1 else None


def choices_at(root: type[Spec], place: Sequence[str | int]) -> list[str]:
    """The words that are possible at `place`, then the kinds with settings, such as `plateau`."""
    kinds = _kinds_at(root, place)
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    words += [kind.key for kind in kinds if isinstance(kind, type) and issubclass(kind, Keyed)]
    return list(dict.fromkeys(words))  # data sets and the user's own files have the same splits


def missing(spec: type[Spec], key: str) -> str:
    """The message about a missing key: the values that it takes, and the first sentence of its description."""
    choices = choices_at(spec, (key,))
    one_of = f" ({listed(choices)})" if choices else ""
    meaning = first_sentence(spec.model_fields[key].description or key)
    return f"{MISSING}{one_of}: {meaning[0].lower()}{meaning[1:]}"


def first_sentence(text: str) -> str:
    """The first sentence of a description, on one line."""
    return " ".join(text.split()).split(". ")[0].rstrip(".") + "."


def siblings_of(root: type[Spec], place: Sequence[str | int], key: str) -> list[type[Spec]]:
    """The other members of the union at `place` that have `key`."""
    if not place or not is_tag(place[-1]):
        return []
    specs = [kind for kind in _kinds_at(root, place[:-1]) if isinstance(kind, type) and issubclass(kind, Spec)]
    current = spec_at(root, place)
    return [spec for spec in specs if spec is not current and key in spec.model_fields]


def section_with_key(root: type[Spec], key: str) -> str | None:
    """The only section of the recipe that has `key`; None if no section or several have it."""
    sections = [
        section
        for section, field in root.model_fields.items()
        for kind in members(field.annotation)
        if isinstance(kind, type) and issubclass(kind, Spec) and key in kind.model_fields
    ]
    return sections[0] if len(set(sections)) == 1 else None


def _kinds_at(root: type[Spec], place: Sequence[str | int]) -> list[Any]:
    kinds: list[Any] = [root]
    for step in place:
        kinds = [below for kind in kinds for below in _below(kind, step)]
    return kinds


def _below(kind: Any, step: str | int) -> Iterator[Any]:
    """The kinds of value that `step` leads to from a value of the given kind."""
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
    """The names of a member of a union: its key, if it has one, and its tags."""
    keys = {kind.key} if issubclass(kind, Keyed) else set[str]()
    return keys | {"<settings>"} | ({kind.tag} if issubclass(kind, Data) else set[str]())


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
