"""Reads YAML text by the core schema of YAML 1.2, and explains syntax errors in plain words.

In that schema (https://yaml.org/spec/1.2.2/#103-core-schema) `1e-3` is a number, and only `true` and `false` are
booleans: `off`, `no` and `on` are text.
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import yaml

#: Largest depth of nested lists and mappings; the deepest recipe needs 6.
MAX_DEPTH = 20

PREFIX = "tag:yaml.org,2002:"
_CORE_SCHEMA = [
    (PREFIX + "null", re.compile(r"(?:~|null|Null|NULL|)\Z")),
    (PREFIX + "bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")),
    (PREFIX + "int", re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")),
    (PREFIX + "float", re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")),
    (PREFIX + "float", re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")),
]

#: Part of PyYAML's message -> our message. {opened} is the line in which the construct begins.
_MESSAGES = (
    (
        "mapping values are not allowed",
        "unexpected ':'. Check the indentation; put text with ': ' in quotes.",
    ),
    ("could not find expected ':'", "expected 'key: value'; the ':' is missing, or the space after it."),
    ("'\\t' that cannot start", "expected spaces for indentation, got a tab. Use spaces."),
    ("expected ',' or '}'", "the '{{' in line {opened} is not closed, or a ',' is missing."),
    ("expected ',' or ']'", "the '[' in line {opened} is not closed, or a ',' is missing."),
    ("found unexpected end of stream", "the quote that begins here is not closed."),
    ("expected <block end>", "the indentation does not match the lines above."),
    ("expected a single document", "expected one recipe per file, got several. Split the file at '---'."),
    ("special characters are not allowed", "unexpected control character. Remove it."),
    ("cannot start any token", "a value cannot begin with this character. Put the value in quotes."),
)


# PyYAML has no type hints.
_parse = cast("Callable[..., Iterator[yaml.Event]]", yaml.parse)  # pyright: ignore[reportUnknownMemberType]
_compose = cast("Callable[..., yaml.Node | None]", yaml.compose)  # pyright: ignore[reportUnknownMemberType]


#: PyYAML notices an unfinished key or quote only where the next one begins, or at the end.
_NOTICED_LATE = ("could not find expected ':'", "found unexpected end of stream")


class Unreadable(Exception):
    """The text is not YAML, or uses a part of YAML that recipes do not support.

    Attributes:
        line: line of the error, counted from 1; None if unknown.
        text: what is wrong, and what to do.
    """

    def __init__(self, line: int | None, text: str) -> None:
        """Keeps the line separate from the text, because only the caller knows the file."""
        super().__init__(text)
        self.line = line
        self.text = text


class _Reader(yaml.SafeLoader):
    """Resolves plain scalars by the core schema. No object is ever constructed from a tag."""

    yaml_implicit_resolvers = {None: _CORE_SCHEMA}  # noqa: RUF012 - PyYAML requires this name and form


class _Writer(yaml.SafeDumper):
    """Quotes all text that PyYAML's schema or the core schema would read as another type."""

    yaml_implicit_resolvers = {**yaml.SafeDumper.yaml_implicit_resolvers, None: _CORE_SCHEMA}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:
        """Writes equal values in full each time, because recipes have no aliases."""
        return True


def compose(text: str) -> yaml.Node | None:
    """The nodes of one YAML document, or None if the text is empty.

    Raises:
        Unreadable: the text is not YAML, is nested too deeply, or has anchors, aliases or tags.
    """
    try:
        _check_events(text)
        return _compose(text, Loader=_Reader)
    except yaml.YAMLError as error:
        raise _explain(error, text) from None


def write(value: Any) -> str:
    """Writes plain values as YAML that reads back to equal values."""
    return yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def write_inline(value: Any) -> str:
    """Writes a plain value on one line, as it may follow a key."""
    written = yaml.dump([value], Dumper=_Writer, allow_unicode=True, width=math.inf, default_flow_style=True)
    return written.strip()[1:-1]


def _check_events(text: str) -> None:
    """Refuses aliases, tags and deep nesting, before any node is built."""
    depth = 0
    for event in _parse(text, Loader=_Reader):
        line: int = event.start_mark.line + 1
        if getattr(event, "anchor", None):
            raise Unreadable(line, "anchors and aliases (& and *) are not supported. Write the value out.")
        if tag := getattr(event, "tag", None):
            name = tag.replace(PREFIX, "!!")
            raise Unreadable(line, f"tags such as {name} are not supported. Write the value without a tag.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise Unreadable(line, f"expected at most {MAX_DEPTH} levels of nested lists and mappings.")


def _explain(error: yaml.YAMLError, text: str) -> Unreadable:
    raw = str(error)
    message = next((message for part, message in _MESSAGES if part in raw), None)
    if isinstance(error, yaml.reader.ReaderError):
        return Unreadable(text.count("\n", 0, error.position) + 1, message or error.reason)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Unreadable(None, message or f"not valid YAML: {raw}.")
    line = error.problem_mark.line + 1
    opened = error.context_mark.line + 1 if error.context_mark else line
    where = opened if any(part in raw for part in _NOTICED_LATE) else line
    return Unreadable(where, message.format(opened=opened) if message else f"not valid YAML: {error.problem}.")
