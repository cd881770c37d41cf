"""Plain JSON values to frozen dataclasses, by their annotations: nothing but the declared fields can come out."""

import dataclasses
import math
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from zoo.core.errors import BundleError, InputError

T = TypeVar("T")

_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}


def from_plain(kind: type[T], value: object, where: str) -> T:
    """Builds a dataclass from a JSON object.

    A key that is not a field is passed over: a newer writer may say more, as long as an older reader does not
    misread the rest. Unions of dataclasses are told apart by their `kind` field.

    Args:
        kind: a dataclass whose fields are str, int, float, bool, None, Literal, tuple, dict, dataclasses or unions.
            `int | float` keeps a whole number whole; `float` alone makes one of it that is not.
        value: what `json.loads` gave.
        where: the path to the value, for messages.

    Raises:
        BundleError: a field is missing or has a value of another type, or the dataclass refuses its fields itself.
    """
    values = _mapping(value, where)
    hints = get_type_hints(kind)
    built: dict[str, Any] = {}
    for field in dataclasses.fields(cast(Any, kind)):
        if field.name in values:
            built[field.name] = _read(hints[field.name], values[field.name], f"{where}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise BundleError(f"{where}: expected the key '{field.name}', got none.")
    try:
        return kind(**built)
    except InputError as error:  # begins with the field's name
        raise BundleError(f"{where}.{error}") from None


def _read(hint: Any, value: object, where: str) -> Any:
    """The value as what the annotation `hint` asks for."""
    if hint is Any:
        return value
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _read(_member(get_args(hint), value, where), value, where)
    if origin is Literal:
        if value not in get_args(hint):
            raise _unlike(where, " or ".join(repr(word) for word in get_args(hint)), value)
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise _unlike(where, "a list", value)
        items = cast("list[object]", value)
        return tuple(_read(get_args(hint)[0], item, f"{where}[{index}]") for index, item in enumerate(items))
    if origin is dict:
        inner = get_args(hint)[1]
        return {key: _read(inner, item, f"{where}.{key}") for key, item in _mapping(value, where).items()}
    if dataclasses.is_dataclass(hint):
        return from_plain(cast("type[Any]", hint), value, where)
    return _scalar(hint, value, where)


def _member(members: tuple[Any, ...], value: object, where: str) -> Any:
    """The member of a union that the value is meant to be."""
    if value is None and type(None) in members:
        return type(None)
    others = [member for member in members if member is not type(None)]
    if len(others) == 1:
        return others[0]
    if set(others) <= _WORDS.keys():
        # What is none of them is held against the last one, which says what was expected.
        return type(value) if type(value) in others else others[-1]
    told = _mapping(value, where).get("kind")
    kinds = {get_args(get_type_hints(member)["kind"])[0]: member for member in others}
    if not isinstance(told, str) or told not in kinds:
        raise _unlike(f"{where}.kind", " or ".join(repr(kind) for kind in kinds), told)
    return kinds[told]


def _scalar(hint: Any, value: object, where: str) -> Any:
    # JSON writes 25.0 as 25 and Python counts True among the ints.
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint or (isinstance(value, float) and not math.isfinite(value)):
        raise _unlike(where, _WORDS[hint], value)
    return value


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _unlike(where, "an object", value)
    return cast("dict[str, object]", value)


def _unlike(where: str, expected: str, value: object) -> BundleError:
    got = repr(value)
    return BundleError(f"{where}: expected {expected}, got {got if len(got) <= 60 else got[:57] + '...'}.")


def finite(value: object) -> object:
    """The same lists and objects with None for every number that JSON cannot write."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in cast("Sequence[object]", value)]
    return None if isinstance(value, float) and not math.isfinite(value) else value
