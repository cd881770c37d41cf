"""What pydantic finds wrong, said in the words of a recipe: what was expected, what was found, what to do."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from zoo.core.names import nearest
from zoo.recipe.names import unknown_data, unknown_key, unknown_kind
from zoo.schema.problems import MISSING, Problem, got, listed
from zoo.schema.spec import Spec
from zoo.schema.vocabulary import choices_at, missing, spec_at, written

_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d*)?([eE][-+]?\d+)?\s*")


def problems_of(error: ValidationError, root: type[Spec]) -> list[Problem]:
    """One problem for each thing that pydantic found in a recipe.

    Args:
        error: raised by `root.model_validate`.
        root: the class of the whole recipe.
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
            text = _not_a_choice(value, choices_at(root, written(place)))
        case "string_pattern_mismatch" if place[-1] == "source":
            text = _not_a_source(str(value))
        case kind:
            text = _WORDS[kind](details) if kind in _WORDS else f"{details['msg']}."
    return Problem(written(place), text)


def _not_a_mapping(value: Any, spec: type[Spec] | None) -> str:
    if spec is None:
        return f"expected a mapping such as {{name: value}}, got {got(value)}."
    if not spec.model_fields:
        return f"expected no settings, got {got(value)}. Remove them."
    required = [key for key, field in spec.model_fields.items() if field.is_required()]
    keys = required or list(spec.model_fields)[:1]
    return f"expected settings, such as {{{', '.join(f'{key}: …' for key in keys)}}}, got {got(value)}."


def _not_a_choice(value: Any, choices: list[str]) -> str:
    near = nearest(value, choices) if isinstance(value, str) else None
    return f"expected {listed(choices)}, got {got(value)}" + (f"; did you mean '{near}'?" if near else ".")


def _not_a_source(text: str) -> str:
    if any(sign in text for sign in "/\\."):
        return f"expected the name of a data set, got {got(text)}. For a file of your own write 'files:'."
    return _not_a_slug(text)


def _not_a_slug(text: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    advice = f" Write '{slug}'." if slug[:1].isalpha() else ""
    return f"expected small letters and digits, joined by single hyphens, got {got(text)}.{advice}"


def _not_whole(details: ErrorDetails) -> str:
    value = details["input"]
    if isinstance(value, float) and value.is_integer():
        return f"expected a whole number, got {value}. Write {int(value)}."
    return f"expected a whole number, got {got(value)}.{_unquote(value)}"


def _not_text(details: ErrorDetails) -> str:
    value = details["input"]
    quote = " Put it in quotes." if isinstance(value, int | float) else ""
    return f"expected text, got {got(value)}.{quote}"


def _not_a_list(details: ErrorDetails) -> str:
    value = details["input"]
    brackets = f" Write [{value}]." if isinstance(value, str) else ""
    return f"expected a list, got {got(value)}.{brackets}"


def _too_few(least: int, value: Any) -> str:
    return f"expected at least {least} {'entry' if least == 1 else 'entries'}, got {got(value)}."


def _unquote(value: Any) -> str:
    return " Remove the quotes." if isinstance(value, str) and _NUMBER.fullmatch(value) else ""


def _limit(sign: str, key: str) -> Callable[[ErrorDetails], str]:
    def text(details: ErrorDetails) -> str:
        bound = details.get("ctx", {})[key]
        return (
            f"expected {sign} {bound if isinstance(bound, int) else format(bound, 'g')}, got {got(details['input'])}."
        )

    return text


#: pydantic's name of a mistake (https://docs.pydantic.dev/latest/errors/validation_errors/) -> our words for it.
_WORDS: dict[str, Callable[[ErrorDetails], str]] = {
    "int_type": _not_whole,
    "float_type": lambda details: f"expected a number, got {got(details['input'])}.{_unquote(details['input'])}",
    "finite_number": lambda details: f"expected a finite number, got {got(details['input'])}.",
    "bool_type": lambda details: f"expected true or false, got {got(details['input'])}.",
    "string_type": _not_text,
    "string_unicode": lambda details: "expected text that can be written as UTF-8.",
    "string_too_short": lambda details: "expected some text, got an empty one.",
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
    "different": lambda details: details["msg"],
}
