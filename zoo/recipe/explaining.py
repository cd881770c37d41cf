"""A resolved recipe with the meaning of each key beside it, as YAML that reads back to the same recipe."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from zoo.recipe.keys import meanings
from zoo.recipe.recipe import Recipe
from zoo.recipe.syntax import write_inline

#: The comments begin in this column or, if all keys are shorter, further to the left.
COLUMN = 46
#: A comment has at least this many columns, however narrow the terminal.
NARROWEST = 30
INDENT = "  "


def explained(recipe: Recipe, width: int) -> str:
    """The recipe with every default written out and a comment on each key, the first time that the key occurs.

    Args:
        recipe: any.
        width: columns of a line.
    """
    rows = list(_mapping(recipe.model_dump(mode="json"), "", ""))
    column = min(COLUMN, max(len(text) for text, _ in rows) + len(INDENT))
    seen: set[str] = set()
    lines: list[str] = []
    for text, path in rows:
        meaning = "" if path in seen else meanings().get(path, "")
        seen.add(path)
        lines += _commented(text, meaning, column, width)
    return "\n".join(lines)


def _commented(text: str, meaning: str, column: int, width: int) -> list[str]:
    """A line of YAML with a comment beside it, or below it where the line is long."""
    if not meaning:
        return [text]
    comment = [f"# {line}" for line in textwrap.wrap(meaning, max(NARROWEST, width - column - 2))]
    if len(text) >= column - 1:
        return [text, *(" " * column + line for line in comment)]
    first, *rest = comment
    return [text.ljust(column) + first, *(" " * column + line for line in rest)]


def _mapping(values: Mapping[str, Any], path: str, indent: str) -> Iterator[tuple[str, str]]:
    """Lines of YAML, each with the path of its key; "" where a line has none."""
    for name, value in values.items():
        below = f"{path}.{name}".strip(".")
        if isinstance(value, Mapping) and value and any(key.startswith(f"{below}.") for key in meanings()):
            yield f"{indent}{name}:", below
            yield from _mapping(cast("Mapping[str, Any]", value), below, indent + INDENT)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{indent}{name}:", below
            yield from _list(cast("list[Mapping[str, Any]]", value), below, indent + INDENT)
        else:
            yield f"{indent}{name}: {write_inline(value)}", below


def _list(entries: Sequence[Mapping[str, Any]], path: str, indent: str) -> Iterator[tuple[str, str]]:
    for entry in entries:
        lines = list(_mapping(entry, path, indent + INDENT))
        first, below = lines[0]
        yield f"{indent}- {first.strip()}", below
        yield from lines[1:]
