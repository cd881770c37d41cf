"""Changes to a recipe that are typed on the command line: `--set training.epochs=3`."""

import re
from collections.abc import Sequence

from zoo.recipe.document import Document, Value, read_value
from zoo.recipe.syntax import Unreadable
from zoo.schema.problems import Path, Problem, dotted

_KEY = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*")
_STEP = re.compile(r"[\w-]+")


def override(document: Document, overrides: Sequence[str]) -> list[Problem]:
    """Writes each override into the document, so that it is checked like the rest.

    Args:
        document: changed in place; remembers which of its values came from an override.
        overrides: `KEY=VALUE` each; the value is read as YAML, list items are counted from 0.

    Returns:
        What is wrong with the overrides themselves.
    """
    problems: list[Problem] = []
    for text in overrides:
        key, equals, written = text.partition("=")
        key = key.strip()
        if not equals or not _KEY.fullmatch(key):
            document.given[(text,)] = text
            problems.append(Problem((text,), "expected KEY=VALUE, such as training.epochs=3."))
            continue
        path = _located(document.value, key)
        document.given.pop(path, None)
        document.given[path] = key
        try:
            value, found = read_value(written)
        except Unreadable as error:
            problems.append(Problem(path, error.text.replace(" of line 1", "")))
            continue
        problems += [Problem(path + problem.path, problem.text) for problem in found]
        if refusal := _put(document.value, path, value):
            problems.append(Problem(path, refusal))
        else:
            _forget(document, path)
    return problems


def _located(value: Value, key: str) -> Path:
    """The path that a typed key stands for: a number counts items in a list, and is a name anywhere else."""
    path: Path = ()
    for step in _STEP.findall(key):
        if isinstance(value, list) and step.isdecimal():
            index = int(step)
            value = value[index] if index < len(value) else None
            path = (*path, index)
        else:
            value = value.get(step) if isinstance(value, dict) else None
            path = (*path, step)
    return path


def _put(here: Value, path: Path, value: Value, above: Path = ()) -> str | None:
    """Puts `value` at `path` below `here`, making the mappings on the way; returns why not, if it cannot."""
    step, rest = path[0], path[1:]
    if isinstance(here, dict) and isinstance(step, str):
        below = here[step] = _opened(here.get(step), rest[0]) if rest else value
    elif isinstance(here, list) and isinstance(step, int) and step < len(here):
        below = here[step] = _opened(here[step], rest[0]) if rest else value
    elif isinstance(here, list):
        return f"{dotted(above)} is a list: expected a number from 0 to {len(here) - 1}, got {step}."
    else:
        return f"{dotted(above)} is {here!r}: it has no keys."
    return _put(below, rest, value, (*above, step)) if rest else None


def _opened(value: Value, step: str | int) -> Value:
    """What to go on into: a mapping where there is nothing yet, or where a bare name such as `plateau` stands."""
    return {} if value is None or value == step else value


def _forget(document: Document, path: Path) -> None:
    """Drops the lines of what was there before: it is not in the file any more."""
    for old in [old for old in document.lines if old[: len(path)] == path]:
        del document.lines[old]
