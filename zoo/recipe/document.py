"""A recipe's text as plain values, with the line of each value."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import TypeAlias, cast

import yaml

from zoo.recipe.syntax import PREFIX, Unreadable, compose
from zoo.schema.problems import InvalidRecipe, Path, Problem

#: A value in a recipe's text.
Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"

#: A recipe is a page of text; a longer file was passed by mistake.
MAX_BYTES = 1_000_000


@dataclass
class Document:
    """A recipe's values and the place where each was written.

    Attributes:
        name: the file, as shown in errors.
        value: the top-level mapping.
        lines: path -> line of its key (or of the list item), counted from 1.
        overridden: path -> the override that set it, as typed.
        problems: those found while reading, such as duplicate keys.
    """

    name: str
    value: dict[str, Value]
    lines: dict[Path, int]
    overridden: dict[Path, str] = field(default_factory=dict[Path, str])
    problems: list[Problem] = field(default_factory=list[Problem])

    def origin(self, path: Path) -> Path:
        """The nearest written path: `path`, a parent of it, or an override below that parent; () if there is none."""
        for length in range(len(path), 0, -1):
            parent = path[:length]
            if parent in self.lines or parent in self.overridden:
                return parent
            if below := next((override for override in self.overridden if override[:length] == parent), None):
                return below
        return ()

    def render(self, problems: list[Problem]) -> list[str]:
        """One line per problem, in the order of the file; problems of overrides last."""
        return [self._render(problem) for problem in sorted(problems, key=self._order)]

    def _order(self, problem: Problem) -> tuple[int, int]:
        origin = self.origin(problem.path)
        if problem.line is None and origin in self.overridden:
            return 1, list(self.overridden).index(origin)
        return 0, problem.line or self.lines[origin]

    def _render(self, problem: Problem) -> str:
        origin = self.origin(problem.path)
        if problem.line is not None or origin not in self.overridden:
            return f"{self.name}:{problem.line or self.lines[origin]}: {problem}"
        if origin == problem.path:
            return f"--set {self.overridden[origin]}: {problem.text}"
        return f"--set {self.overridden[origin]}: {problem}"


def display_name(file: File) -> str:
    """The file's path for messages: relative to the working directory if it is below it, absolute otherwise."""
    absolute = file.absolute()
    return str(absolute.relative_to(File.cwd())) if absolute.is_relative_to(File.cwd()) else str(absolute)


def read_file(file: File) -> Document:
    """Reads a recipe file.

    Raises:
        InvalidRecipe: the file cannot be read, or is not a YAML mapping.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InvalidRecipe([f"{display_name(file)}: expected a recipe of at most 1 MB. Is this the right file?"])
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidRecipe([f"{display_name(file)}:{line}: expected UTF-8 text. Save the file as UTF-8."]) from None
    except IsADirectoryError:
        raise InvalidRecipe([f"{display_name(file)}: expected a recipe file, got a folder."]) from None
    except OSError as error:
        raise InvalidRecipe([f"{display_name(file)}: cannot be read: {error.strerror}."]) from None
    return read_text(text, display_name(file))


def read_text(text: str, name: str) -> Document:
    """Reads a recipe's text; errors name the file `name`.

    Raises:
        InvalidRecipe: the text is not a YAML mapping.
    """
    try:
        node = compose(text)
    except Unreadable as error:
        raise InvalidRecipe([f"{name}:{error.line or 1}: {error.text}"]) from None
    if not isinstance(node, yaml.MappingNode):
        form = "an empty file" if node is None else _form(node)
        raise InvalidRecipe([f"{name}:1: expected keys such as 'name: my-recipe', got {form}."])
    document = Document(name, {}, {})
    document.value = cast("dict[str, Value]", _value(node, (), document))
    return document


def read_value(text: str) -> tuple[Value, list[Problem]]:
    """Reads one value, as typed after `--set KEY=`, and the problems in it.

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
    """The entries of a mapping. Keys are names as written, even `0`, `true` and `off`."""
    for key, item in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            document.problems.append(Problem(path, f"expected a name before the ':', got {_form(key)}."))
            continue
        place = (*path, key.value)
        if place in document.lines:
            first = document.lines[place]
            document.problems.append(Problem(place, f"duplicate key, first set in line {first}. Remove one.", line))
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
            return _whole_number(text)
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        case _:
            return text


def _form(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "a mapping" if isinstance(node, yaml.MappingNode) else "text"


def _whole_number(text: str) -> int | float:
    """The number; infinity, which no key accepts, for more than 400 digits."""
    if len(text) > 400:
        return float("inf")
    return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))
