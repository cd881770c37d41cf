"""Film reviews: the 25,000 of the IMDB train set and 8,530 one-line snippets of Rotten Tomatoes, in one CSV file."""

import csv
import hashlib
import re
from pathlib import Path

import numpy as np

from zoo.core.errors import FetchError
from zoo.core.progress import Progress
from zoo.data.records import About, TextSet

LABELS = ("negative", "positive")

#: Name of each part in the file -> its name in recipes.
PARTS = {"imdb": "imdb", "rotten_tomatoes": "rotten-tomatoes"}

WORD = re.compile(r"\w+")

HEADER = ["text", "label", "source"]


def load(path: Path, about: About, progress: Progress) -> TextSet:
    """Reads the CSV file (columns text, label 0 or 1, source).

    Raises:
        FetchError: the file has other columns, labels or parts.
    """
    texts: list[str] = []
    labels: list[int] = []
    parts: list[str] = []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        if next(rows, None) != HEADER:
            raise FetchError(f"{path}: expected the columns {', '.join(HEADER)}, got others. Fetch it again.")
        for row in rows:
            if len(row) != 3 or row[1] not in ("0", "1") or row[2] not in PARTS:
                raise FetchError(f"{path}:{rows.line_num}: expected a text, 0 or 1, and a part's name. Fetch it again.")
            texts.append(clean(row[0]))
            labels.append(int(row[1]))
            parts.append(PARTS[row[2]])
    splits = [split_of(text) for text in texts]
    return TextSet(about.name, texts, np.array(labels, np.int16), LABELS, None, splits, parts, about)


def clean(text: str) -> str:
    """The text without HTML line breaks, the only markup in these reviews."""
    return text.replace("<br />", " ")


def split_of(text: str) -> str:
    """The split of a text: 90 % train, 5 % validation, 5 % test.

    A hash of the text's words decides, so a text stays in its split whatever else is in the data, and texts that
    differ only in case, punctuation, spacing or line breaks share a split.
    """
    words = " ".join(WORD.findall(clean(text).lower()))
    bucket = int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") % 100
    return "validation" if bucket < 5 else "test" if bucket < 10 else "train"
