"""YAML text to nodes by the core schema of YAML 1.2; what cannot be read is told in plain words.

By that schema (https://yaml.org/spec/1.2.2/#103-core-schema) `1e-3` is a number, and only `true` and `false` are truth
values, so that `off`, `no` and `on` stay the words that they are.
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import yaml

#: How deep lists and mappings may lie in each other; the deepest recipe needs 6.
MAX_DEPTH = 20

PREFIX = "tag:yaml.org,2002:"
_CORE_SCHEMA = [
    (PREFIX + "null", re.compile(r"(?:~|null|Null|NULL|)\Z")),
    (PREFIX + "bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")),
    (PREFIX + "int", re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")),
    (PREFIX + "float", re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")),
    (PREFIX + "float", re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")),
]

#: Part of PyYAML's message -> what the user should look for. {opened} is the line in which the part began.
_PLAIN = (
    (
        "mapping values are not allowed",
        "a ':' is not expected here. Check the indentation; put text with ': ' in quotes.",
    ),
    ("could not find expected ':'", "expected 'key: value'; the ':' is missing, or a space after it."),
    ("'\\t' that cannot start", "a tab is used for indentation. Use spaces."),
    ("expected ',' or '}'", "the '{{' of line {opened} is not closed, or a ',' is missing."),
    ("expected ',' or ']'", "the '[' of line {opened} is not closed, or a ',' is missing."),
    ("found unexpected end of stream", "the quote that begins here is not closed."),
    ("expected <block end>", "the indentation does not fit the lines above."),
    ("expected a single document", "expected one recipe in a file. Remove the '---' between them."),
    ("special characters are not allowed", "a control character stands here. Remove it."),
    ("cannot start any token", "this character cannot begin a value. Put the value in quotes."),
)


# PyYAML has no types of its own.
_parse = cast("Callable[..., Iterator[yaml.Event]]", yaml.parse)  # pyright: ignore[reportUnknownMemberType]
_compose = cast("Callable[..., yaml.Node | None]", yaml.compose)  # pyright: ignore[reportUnknownMemberType]


_NOTICED_LATE = ("could not find expected ':'", "found unexpected end of stream")


class Unreadable(Exception):
    """The text is not YAML, or not the part of YAML that recipes use.

    Attributes:
        line: where, counted from 1; None if that is not known.
        text: why, and what to do.
    """

    def __init__(self, line: int | None, text: str) -> None:
        """Keeps the place apart from the text: only the caller knows the file."""
        super().__init__(text)
        self.line = line
        self.text = text


class _Reader(yaml.SafeLoader):
    """Finds the kind of each plain scalar by the core schema. Nothing is ever constructed from a tag."""

    yaml_implicit_resolvers = {None: _CORE_SCHEMA}  # noqa: RUF012 - named and formed as PyYAML looks for it


class _Writer(yaml.SafeDumper):
    """Quotes every text that PyYAML's own schema or the core schema would read as something else."""

    yaml_implicit_resolvers = {**yaml.SafeDumper.yaml_implicit_resolvers, None: _CORE_SCHEMA}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:
        """Writes equal values out each time: a recipe has no aliases."""
        return True


def compose(text: str) -> yaml.Node | None:
    """The nodes of one YAML document, or None if the text is empty.

    Raises:
        Unreadable: it is not YAML, is nested too deeply, or has anchors, aliases or tags.
    """
    try:
        _check_events(text)
        return _compose(text, Loader=_Reader)
    except yaml.YAMLError as error:
        raise _explained(error, text) from None


def write(value: Any) -> str:
    """Writes plain values as YAML that reads back to the same values."""
    return yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def write_inline(value: Any) -> str:
    """Writes a plain value on one line, as it may stand behind a key."""
    written = yaml.dump([value], Dumper=_Writer, allow_unicode=True, width=math.inf, default_flow_style=True)
    return written.strip()[1:-1]


def _check_events(text: str) -> None:
    """Refuses, before anything is built, what recipes have no use for: aliases, tags and deep nesting."""
    depth = 0
    for event in _parse(text, Loader=_Reader):
        line: int = event.start_mark.line + 1
        if getattr(event, "anchor", None):
            raise Unreadable(line, "anchors and aliases (& and *) are not read. Write the value out.")
        if tag := getattr(event, "tag", None):
            raise Unreadable(line, f"tags such as {tag.replace(PREFIX, '!!')} are not read. Write the value alone.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise Unreadable(line, f"expected at most {MAX_DEPTH} lists and mappings in each other.")


def _explained(error: yaml.YAMLError, text: str) -> Unreadable:
    raw = str(error)
    words = next((words for part, words in _PLAIN if part in raw), None)
    if isinstance(error, yaml.reader.ReaderError):
        return Unreadable(text.count("\n", 0, error.position) + 1, words or error.reason)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Unreadable(None, words or f"not readable as YAML: {raw}.")
    line = error.problem_mark.line + 1
    opened = error.context_mark.line + 1 if error.context_mark else line
    # PyYAML notices an unfinished key or quote only where the next one begins, or at the end.
    where = opened if any(part in raw for part in _NOTICED_LATE) else line
    return Unreadable(where, words.format(opened=opened) if words else f"not readable as YAML: {error.problem}.")
