"""A recipe's text as plain values, together with the line of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import TypeAlias, cast

import yaml

from zoo.recipe.syntax import PREFIX, Unreadable, compose
from zoo.schema.problems import InvalidRecipe, Path, Problem

#: What a recipe's text can hold.
Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"

#: A recipe is a page of text: anything longer was given by mistake.
MAX_BYTES = 1_000_000


@dataclass
class Document:
    """A recipe's values and where each was written.

    Attributes:
        name: the file as shown in errors.
        value: the top-level mapping.
        lines: path -> line of its key (or of the list item), counted from 1.
        given: path -> the override that set it, as typed.
        problems: what was found while reading: keys given twice.
    """

    name: str
    value: dict[str, Value]
    lines: dict[Path, int]
    given: dict[Path, str] = field(default_factory=dict[Path, str])
    problems: list[Problem] = field(default_factory=list[Problem])

    def origin(self, path: Path) -> Path:
        """The place of the nearest thing around `path` that was written, in the file or by an override below it."""
        for length in range(len(path), 0, -1):
            around = path[:length]
            if around in self.lines or around in self.given:
                return around
            if below := next((given for given in self.given if given[:length] == around), None):
                return below
        return ()

    def render(self, problems: list[Problem]) -> list[str]:
        """One line a problem, in the order of the file, those of overrides last."""
        return [self._render(problem) for problem in sorted(problems, key=self._order)]

    def _order(self, problem: Problem) -> tuple[int, int]:
        origin = self.origin(problem.path)
        if problem.line is None and origin in self.given:
            return 1, list(self.given).index(origin)
        return 0, problem.line or self.lines[origin]

    def _render(self, problem: Problem) -> str:
        origin = self.origin(problem.path)
        if problem.line is not None or origin not in self.given:
            return f"{self.name}:{problem.line or self.lines[origin]}: {problem}"
        if origin == problem.path:
            return f"--set {self.given[origin]}: {problem.text}"
        return f"--set {self.given[origin]}: {problem}"


def shown(file: File) -> str:
    """The file's path as a user reads it: relative to the working directory if it lies below it."""
    absolute = file.absolute()
    return str(absolute.relative_to(File.cwd())) if absolute.is_relative_to(File.cwd()) else str(absolute)


def read_file(file: File) -> Document:
    """Reads a recipe file.

    Raises:
        InvalidRecipe: the file cannot be read, or is not a YAML mapping.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InvalidRecipe([f"{shown(file)}: expected a recipe of at most 1 MB. Is this the right file?"])
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidRecipe([f"{shown(file)}:{line}: expected UTF-8 text. Save the file as UTF-8."]) from None
    except IsADirectoryError:
        raise InvalidRecipe([f"{shown(file)}: expected a recipe file, got a folder."]) from None
    except OSError as error:
        raise InvalidRecipe([f"{shown(file)}: cannot be read: {error.strerror}."]) from None
    return read_text(text, shown(file))


def read_text(text: str, name: str) -> Document:
    """Reads a recipe's text; `name` stands for the file in errors.

    Raises:
        InvalidRecipe: the text is not a YAML mapping.
    """
    try:
        node = compose(text)
    except Unreadable as error:
        raise InvalidRecipe([f"{name}:{error.line or 1}: {error.text}"]) from None
    if not isinstance(node, yaml.MappingNode):
        got = "an empty file" if node is None else f"a {_form(node)}"
        raise InvalidRecipe([f"{name}:1: expected keys such as 'name: my-recipe', got {got}."])
    document = Document(name, {}, {})
    document.value = cast("dict[str, Value]", _value(node, (), document))
    return document


def read_value(text: str) -> tuple[Value, list[Problem]]:
    """Reads one value, as it stands after `--set KEY=`, with what was found wrong in it.

    Raises:
        Unreadable: the text is not YAML.
    """
    node = compose(text)
    scratch = Document("", {}, {})
    return (None if node is None else _value(node, (), scratch)), scratch.problems


def _value(node: yaml.Node, path: Path, document: Document) -> Value:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        items = cast("list[yaml.Node]", node.value)
        return [_value(item, (*path, index), document) for index, item in enumerate(items)]
    if isinstance(node, yaml.MappingNode):
        return {key: _value(item, (*path, key), document) for key, item in _entries(node, path, document)}
    return _scalar(node.tag.removeprefix(PREFIX), cast("yaml.ScalarNode", node).value)


def _entries(node: yaml.MappingNode, path: Path, document: Document) -> Iterator[tuple[str, yaml.Node]]:
    """The entries of a mapping, each key as it is written (`0`, `true` and `off` too are names there)."""
    for key, item in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            document.problems.append(Problem(path, f"expected a name before the ':', got a {_form(key)}."))
            continue
        place = (*path, key.value)
        if place in document.lines:
            first = document.lines[place]
            document.problems.append(Problem(place, f"given twice, first in line {first}. Remove one.", line))
            continue
        document.lines[place] = line
        yield key.value, item


def _scalar(kind: str, text: str) -> Value:
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return _whole(text)
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        case _:
            return text


def _form(node: yaml.Node) -> str:
    return (
        "list" if isinstance(node, yaml.SequenceNode) else "mapping" if isinstance(node, yaml.MappingNode) else "text"
    )


def _whole(text: str) -> int | float:
    """A whole number; one of thousands of digits becomes infinity, which no key takes."""
    if len(text) > 400:
        return float("inf")
    return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))
