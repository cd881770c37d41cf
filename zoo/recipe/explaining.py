"""Writes a resolved recipe with the meaning of each key in comments: YAML that reads back to the same recipe."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from zoo.recipe.keys import Key, meanings, sections
from zoo.recipe.recipe import Recipe
from zoo.recipe.syntax import write_inline
from zoo.schema.spec import Spec

#: Column in which comments begin; further to the left if all lines are shorter.
COLUMN = 46
#: Smallest width of a comment, however narrow the terminal.
MIN_COMMENT_WIDTH = 30
INDENT = "  "


def explained(recipe: Recipe, width: int) -> str:
    """The recipe with every default written out and a comment at the first occurrence of each key.

    Args:
        recipe: the recipe to explain.
        width: width of a line in columns.
    """
    forms = frozenset({type(recipe), type(recipe.data)})
    rows = list(_mapping(recipe.model_dump(mode="json"), "", "", forms))
    column = min(COLUMN, max(len(text) for text, _ in rows) + len(INDENT))
    seen: set[str] = set()
    lines: list[str] = []
    for text, path in rows:
        meaning = "" if path in seen else meanings().get(path, "")
        seen.add(path)
        lines += _with_comment(text, meaning, column, width)
    return "\n".join(lines)


def _with_comment(text: str, meaning: str, column: int, width: int) -> list[str]:
    """A line of YAML with a comment beside it, or below it if the line is long."""
    if not meaning:
        return [text]
    comment = [f"# {line}" for line in textwrap.wrap(meaning, max(MIN_COMMENT_WIDTH, width - column - 2))]
    if len(text) >= column - 1:
        return [text, *(" " * column + line for line in comment)]
    first, *more = comment
    return [text.ljust(column) + first, *(" " * column + line for line in more)]


def _mapping(
    values: Mapping[str, Any], path: str, indent: str, forms: frozenset[type[Spec]]
) -> Iterator[tuple[str, str]]:
    """Lines of YAML, each with the path of its key; `forms` are those of the recipe's sections that have several."""
    for name, value in values.items():
        below = f"{path}.{name}".strip(".")
        if isinstance(value, Mapping) and value and any(key.startswith(f"{below}.") for key in meanings()):
            yield f"{indent}{name}:", below
            yield from _mapping(cast("Mapping[str, Any]", value), below, indent + INDENT, forms)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{indent}{name}:", below
            yield from _list(cast("list[Mapping[str, Any]]", value), below, indent + INDENT, forms)
        else:
            yield f"{indent}{name}: {write_inline(value)}", below
    for section in sections():
        if section.path == path:
            yield from (
                (f"{indent}# {_unset(key)}", key.path) for key in section.keys if _may_be_set(key, values, forms)
            )


def _may_be_set(key: Key, values: Mapping[str, Any], forms: frozenset[type[Spec]]) -> bool:
    """Whether a key is not set and could be: it is no section of another task, and no key of another kind of data."""
    other_form = key.path.startswith("data.") and key.path.count(".") == 1 and not forms.intersection(key.forms)
    return key.name not in values and key.values != "section" and not other_form


def _unset(key: Key) -> str:
    return f"{key.name}: not set" + (f"; default: {key.default}" if key.default else "")


def _list(
    entries: Sequence[Mapping[str, Any]], path: str, indent: str, forms: frozenset[type[Spec]]
) -> Iterator[tuple[str, str]]:
    for entry in entries:
        lines = list(_mapping(entry, path, indent + INDENT, forms))
        first, below = lines[0]
        yield f"{indent}- {first.strip()}", below
        yield from lines[1:]
