"""Applies changes to a recipe from the command line: `--set training.epochs=3`."""

import re
from collections.abc import Sequence

from zoo.recipe.document import Document, Value, read_value
from zoo.recipe.syntax import Unreadable
from zoo.schema.problems import Path, Problem, dotted

_KEY = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*")
_STEP = re.compile(r"[\w-]+")


def override(document: Document, overrides: Sequence[str]) -> list[Problem]:
    """Writes each override into the document, so that it is checked like the file's own values.

    Args:
        document: changed in place; records which of its values come from an override.
        overrides: `KEY=VALUE` each; the value is read as YAML, list items are counted from 0.

    Returns:
        The problems of the overrides themselves.
    """
    problems: list[Problem] = []
    for text in overrides:
        key, equals, yaml_text = text.partition("=")
        key = key.strip()
        if not equals or not _KEY.fullmatch(key):
            document.overridden[(text,)] = text
            problems.append(Problem((text,), "expected KEY=VALUE, such as training.epochs=3."))
            continue
        path = _path_of(document.value, key)
        document.overridden.pop(path, None)
        document.overridden[path] = key
        try:
            value, value_problems = read_value(yaml_text)
        except Unreadable as error:
            problems.append(Problem(path, error.text.replace(" in line 1", "")))
            continue
        problems += [Problem(path + problem.path, problem.text) for problem in value_problems]
        if refusal := _set(document.value, path, value):
            problems.append(Problem(path, refusal))
        else:
            _forget_lines(document, path)
    return problems


def _path_of(value: Value, key: str) -> Path:
    """The path of a typed key: a number is an index within a list, and a name anywhere else."""
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


def _set(node: Value, path: Path, value: Value, parents: Path = ()) -> str | None:
    """Sets the value at `path` below `node`, creating mappings on the way; returns the reason if that is impossible."""
    step, remaining = path[0], path[1:]
    if isinstance(node, dict) and isinstance(step, str):
        child = node[step] = _opened(node.get(step), remaining[0]) if remaining else value
    elif isinstance(node, list) and isinstance(step, int) and step < len(node):
        child = node[step] = _opened(node[step], remaining[0]) if remaining else value
    elif isinstance(node, list):
        return f"{dotted(parents)} is a list: expected a number from 0 to {len(node) - 1}, got {step}."
    else:
        return f"{dotted(parents)} is {node!r}: it has no keys."
    return _set(child, remaining, value, (*parents, step)) if remaining else None


def _opened(value: Value, step: str | int) -> Value:
    """The value, or an empty mapping in place of nothing or of a bare name such as `plateau`."""
    return {} if value is None or value == step else value


def _forget_lines(document: Document, path: Path) -> None:
    """Removes the lines of the values that an override replaced."""
    for old in [old for old in document.lines if old[: len(path)] == path]:
        del document.lines[old]
