"""The page about messages quotes them as the source has them."""

import ast
import difflib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/messages.md").read_text("utf-8")
MESSAGES = [
    line for block in re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
#: A part that is composed of two texts of the source has so many characters of each.
SHORTEST = 10
#: Stands in a text of the source where a value is filled in.
HOLE = "\0"


def texts(file: Path) -> Iterator[str]:
    """The texts of a module, values that are filled in as holes."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else HOLE for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@cache
def source() -> str:
    """All texts of the package, one a line."""
    files = sorted((ROOT / "zoo").rglob("*.py"))
    assert len(files) > 100
    return "\n".join(dict.fromkeys(text.replace("\n", " ") for file in files for text in texts(file)))


def stands_in_source(part: str) -> bool:
    """Whether the package has a text with this part, or two texts that make it."""
    known = source()
    cuts = range(SHORTEST, len(part) - SHORTEST + 1)
    return part in known or any(part[:cut] in known and part[cut:] in known for cut in cuts)


def test_the_page_quotes_messages() -> None:
    assert len(MESSAGES) > 50
    assert all(len(max(message.split("…"), key=len)) > 8 for message in MESSAGES)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_quoted_message_stands_in_the_source(message: str) -> None:
    # Marks beside what varies may belong to the text around it.
    missing = [part for part in message.split("…") if not stands_in_source(part.strip(" :.,"))]
    assert missing == [], f"nearest in the source: {nearest(message) if missing else ''}"


def nearest(message: str) -> list[str]:
    """The texts of the source that are most like a message."""
    candidates = [text for text in source().splitlines() if 20 < len(text) < 400]
    return difflib.get_close_matches(message.replace("…", HOLE), candidates, n=2, cutoff=0.2)
