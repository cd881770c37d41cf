"""Converts plain JSON values to frozen dataclasses by their annotations: only the declared fields are read."""

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

    A key that is not a field is ignored: a newer writer may add keys, as long as an older reader does not
    misread the others. Unions of dataclasses are distinguished by their `kind` field.

    Args:
        kind: a dataclass whose fields are str, int, float, bool, None, Literal, tuple, dict, dataclasses or unions.
            `int | float` keeps a whole number an int; `float` alone converts it.
        value: what `json.loads` returned.
        where: the path to the value, for messages.

    Raises:
        BundleError: a field is missing or has a value of another type, or the dataclass itself refuses a value.
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
    except InputError as error:  # its message begins with the field's name
        raise BundleError(f"{where}.{error}") from None


def _read(hint: Any, value: object, where: str) -> Any:
    """The value converted to the type of the annotation `hint`."""
    if hint is Any:
        return value
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _read(_member(get_args(hint), value, where), value, where)
    if origin is Literal:
        if value not in get_args(hint):
            raise _mismatch(where, " or ".join(repr(word) for word in get_args(hint)), value)
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise _mismatch(where, "a list", value)
        items = cast("list[object]", value)
        return tuple(_read(get_args(hint)[0], item, f"{where}[{index}]") for index, item in enumerate(items))
    if origin is dict:
        inner = get_args(hint)[1]
        return {key: _read(inner, item, f"{where}.{key}") for key, item in _mapping(value, where).items()}
    if dataclasses.is_dataclass(hint):
        return from_plain(cast("type[Any]", hint), value, where)
    return _scalar(hint, value, where)


def _member(members: tuple[Any, ...], value: object, where: str) -> Any:
    """The member of a union that the value belongs to."""
    if value is None and type(None) in members:
        return type(None)
    non_null = [member for member in members if member is not type(None)]
    if len(non_null) == 1:
        return non_null[0]
    if set(non_null) <= _WORDS.keys():
        # A value of none of these types is checked against the last one, for its message.
        return type(value) if type(value) in non_null else non_null[-1]
    kind = _mapping(value, where).get("kind")
    kinds = {get_args(get_type_hints(member)["kind"])[0]: member for member in non_null}
    if not isinstance(kind, str) or kind not in kinds:
        raise _mismatch(f"{where}.kind", " or ".join(map(repr, kinds)), kind)
    return kinds[kind]


def _scalar(hint: Any, value: object, where: str) -> Any:
    # JSON may write 25.0 as 25, and in Python True is an int.
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint or (isinstance(value, float) and not math.isfinite(value)):
        raise _mismatch(where, _WORDS[hint], value)
    return value


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _mismatch(where, "an object", value)
    return cast("dict[str, object]", value)


def _mismatch(where: str, expected: str, value: object) -> BundleError:
    got = repr(value)
    return BundleError(f"{where}: expected {expected}, got {got if len(got) <= 60 else got[:57] + '...'}.")


def finite(value: object) -> object:
    """The same lists and objects with None in place of every number that JSON cannot express."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in cast("Sequence[object]", value)]
    return None if isinstance(value, float) and not math.isfinite(value) else value
