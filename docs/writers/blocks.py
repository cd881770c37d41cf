"""The blocks of code on a page, and what stands before them that says how they are run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

_TITLE = re.compile(r'title="([^"]+)"')
_MARK = re.compile(r"<!--\s*(slow|output|not run)\b[^>]*-->\s*\Z")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        line: where it begins on its page, counted from 1.
        language: the first word behind the fence, such as "console".
        title: name of the file that the block is the text of; None if it is none.
        mark: "slow", "not run" or "output", by the comment before it; None without one.
        text: what it holds.
    """

    line: int
    language: str
    title: str | None
    mark: str | None
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    mark: str | None = None
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type == "html_block":
            match = _MARK.search(token.content)
            mark = match[1] if match else None
        elif token.type == "fence":
            language, title = token.info.split(" ")[0], _TITLE.search(token.info)
            line = (token.map or [0])[0] + 1
            yield Block(line, language, title[1] if title else None, mark, token.content)
            mark = None
        else:
            mark = None
