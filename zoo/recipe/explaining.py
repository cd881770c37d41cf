"""Writes a resolved recipe with the meaning of each key in comments: YAML that reads back to the same recipe."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from zoo.recipe.keys import meanings
from zoo.recipe.recipe import Recipe
from zoo.recipe.syntax import write_inline

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
    rows = list(_mapping(recipe.model_dump(mode="json"), "", ""))
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


def _mapping(values: Mapping[str, Any], path: str, indent: str) -> Iterator[tuple[str, str]]:
    """Lines of YAML, each with the path of its key."""
    for name, value in values.items():
        inner = f"{path}.{name}".strip(".")
        if isinstance(value, Mapping) and value and any(key.startswith(f"{inner}.") for key in meanings()):
            yield f"{indent}{name}:", inner
            yield from _mapping(cast("Mapping[str, Any]", value), inner, indent + INDENT)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{indent}{name}:", inner
            yield from _list(cast("list[Mapping[str, Any]]", value), inner, indent + INDENT)
        else:
            yield f"{indent}{name}: {write_inline(value)}", inner


def _list(entries: Sequence[Mapping[str, Any]], path: str, indent: str) -> Iterator[tuple[str, str]]:
    for entry in entries:
        lines = list(_mapping(entry, path, indent + INDENT))
        first, inner = lines[0]
        yield f"{indent}- {first.strip()}", inner
        yield from lines[1:]
