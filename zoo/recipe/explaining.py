"""Writes a resolved recipe with the meaning of each key in comments: YAML that reads back to the same recipe."""

import textwrap
from collections.abc import Iterator
from typing import cast

from zoo.recipe.keys import meanings, sections
from zoo.recipe.recipe import Recipe
from zoo.recipe.syntax import write_inline
from zoo.schema.spec import Keyed, Spec

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
    rows = list(_mapping(recipe, "", ""))
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


def _mapping(spec: Spec, path: str, indent: str) -> Iterator[tuple[str, str]]:
    """Lines of YAML, each with the path of its key: those that are set, then those that could be."""
    values = spec.model_dump(mode="json")
    if isinstance(spec, Keyed):
        values = values[spec.key]
    for name, value in values.items():
        below, part = f"{path}.{name}".strip("."), getattr(spec, name)
        if isinstance(part, Spec):
            yield f"{indent}{name}:", below
            yield from _part(part, below, indent + INDENT)
        elif isinstance(part, tuple) and part and isinstance(part[0], Spec):
            yield f"{indent}{name}:", below
            for item in cast("tuple[Spec, ...]", part):
                (first, place), *more = _part(item, below, indent + 2 * INDENT)
                yield from ((f"{indent}{INDENT}- {first.strip()}", place), *more)
        else:
            yield f"{indent}{name}: {write_inline(value)}", below
    keys = [key for section in sections() if section.path == path for key in section.keys]
    for key in keys:
        if key.name not in values and type(spec) in key.forms and key.values != "section":
            yield f"{indent}# {key.name}: not set" + (f"; default: {key.default}" if key.default else ""), key.path


def _part(spec: Spec, path: str, indent: str) -> Iterator[tuple[str, str]]:
    """Lines of a part of the recipe; of a keyed one, its kind first."""
    if not isinstance(spec, Keyed):
        yield from _mapping(spec, path, indent)
        return
    below = f"{path}.{spec.key}"
    settings = list(_mapping(spec, below, indent + INDENT))
    yield f"{indent}{spec.key}:" + ("" if settings else " {}"), below
    yield from settings
