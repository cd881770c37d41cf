"""Translates pydantic's errors into messages about a recipe: what was expected, what was found, what to do."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from zoo.core.names import nearest
from zoo.recipe.names import unknown_data, unknown_key, unknown_kind
from zoo.schema.problems import MISSING, Problem, listed, value_text
from zoo.schema.spec import Spec
from zoo.schema.vocabulary import choices_at, missing, recipe_path, spec_at

_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d*)?([eE][-+]?\d+)?\s*")


def problems_of(error: ValidationError, root: type[Spec]) -> list[Problem]:
    """One problem for each error that pydantic found in a recipe.

    Args:
        error: raised by `root.model_validate`.
        root: class of the entire recipe.
    """
    return [_problem(details, root) for details in error.errors(include_url=False)]


def _problem(details: ErrorDetails, root: type[Spec]) -> Problem:
    place, value = details["loc"], details["input"]
    match details["type"]:
        case "extra_forbidden":
            return unknown_key(root, place)
        case "union_tag_invalid" | "union_tag_not_found":
            return unknown_data(value) if place == ("data",) else unknown_kind(root, place, value)
        case "missing":
            spec = spec_at(root, place[:-1])
            text = missing(spec, str(place[-1])) if spec else f"{MISSING}."
        case "model_type" | "model_attributes_type" | "dict_type":
            text = _not_a_mapping(value, spec_at(root, place))
        case "literal_error":
            text = _not_a_choice(value, choices_at(root, recipe_path(place)))
        case "string_pattern_mismatch" if place[-1] == "source":
            text = _not_a_source(str(value))
        case kind:
            text = _MESSAGES[kind](details) if kind in _MESSAGES else f"{details['msg']}."
    return Problem(recipe_path(place), text)


def _not_a_mapping(value: Any, spec: type[Spec] | None) -> str:
    if spec is None:
        return f"expected a mapping such as {{name: value}}, got {value_text(value)}."
    if not spec.model_fields:
        return f"expected no settings, got {value_text(value)}. Remove them."
    required = [key for key, field in spec.model_fields.items() if field.is_required()]
    keys = required or list(spec.model_fields)[:1]
    return f"expected settings, such as {{{', '.join(f'{key}: …' for key in keys)}}}, got {value_text(value)}."


def _not_a_choice(value: Any, choices: list[str]) -> str:
    near = nearest(value, choices) if isinstance(value, str) else None
    return f"expected {listed(choices)}, got {value_text(value)}" + (f"; did you mean '{near}'?" if near else ".")


def _not_a_source(text: str) -> str:
    if any(sign in text for sign in "/\\."):
        return f"expected the name of a data set, got {value_text(text)}. For your own files, write 'files:'."
    return _not_a_slug(text)


def _not_a_slug(text: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    advice = f" Write '{slug}'." if slug[:1].isalpha() else ""
    return f"expected lower-case letters and digits, joined by single hyphens, got {value_text(text)}.{advice}"


def _not_a_whole_number(details: ErrorDetails) -> str:
    value = details["input"]
    if isinstance(value, float) and value.is_integer():
        return f"expected a whole number, got {value}. Write {int(value)}."
    return f"expected a whole number, got {value_text(value)}.{_unquote(value)}"


def _not_text(details: ErrorDetails) -> str:
    value = details["input"]
    quote = " Put it in quotes." if isinstance(value, int | float) else ""
    return f"expected text, got {value_text(value)}.{quote}"


def _not_a_list(details: ErrorDetails) -> str:
    value = details["input"]
    brackets = f" Write [{value}]." if isinstance(value, str) else ""
    return f"expected a list, got {value_text(value)}.{brackets}"


def _too_few(least: int, value: Any) -> str:
    return f"expected at least {least} {'entry' if least == 1 else 'entries'}, got {value_text(value)}."


def _unquote(value: Any) -> str:
    return " Remove the quotes." if isinstance(value, str) and _NUMBER.fullmatch(value) else ""


def _limit(sign: str, key: str) -> Callable[[ErrorDetails], str]:
    def text(details: ErrorDetails) -> str:
        bound = details.get("ctx", {})[key]
        limit = str(bound) if isinstance(bound, int) else format(bound, "g")
        return f"expected {sign} {limit}, got {value_text(details['input'])}."

    return text


#: pydantic's error type (https://docs.pydantic.dev/latest/errors/validation_errors/) -> our message.
_MESSAGES: dict[str, Callable[[ErrorDetails], str]] = {
    "int_type": _not_a_whole_number,
    "float_type": lambda details: f"expected a number, got {value_text(details['input'])}.{_unquote(details['input'])}",
    "finite_number": lambda details: f"expected a finite number, got {value_text(details['input'])}.",
    "bool_type": lambda details: f"expected true or false, got {value_text(details['input'])}.",
    "string_type": _not_text,
    "string_unicode": lambda details: "expected text that UTF-8 can encode.",
    "string_too_short": lambda details: "expected text, got an empty string.",
    "string_too_long": lambda details: (
        f"expected at most {details.get('ctx', {})['max_length']} characters, got {len(details['input'])}."
    ),
    "string_pattern_mismatch": lambda details: _not_a_slug(str(details["input"])),
    "tuple_type": _not_a_list,
    "too_short": lambda details: _too_few(details.get("ctx", {})["min_length"], details["input"]),
    "greater_than": _limit(">", "gt"),
    "greater_than_equal": _limit(">=", "ge"),
    "less_than": _limit("<", "lt"),
    "less_than_equal": _limit("<=", "le"),
    "target": lambda details: details["msg"],
    "duplicate": lambda details: details["msg"],
}
