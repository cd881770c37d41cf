"""The official IMDB test set: 25,000 film reviews, used neither for training nor for tuning."""

import gzip
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from zoo.core.errors import FetchError
from zoo.core.progress import Progress
from zoo.data.records import About, TextSet
from zoo.data.reviews import LABELS, clean

MEMBER = re.compile(r"aclImdb/test/(neg|pos)/\d+_\d+\.txt")


def load(path: Path, about: About, progress: Progress) -> TextSet:
    """Reads JSON lines (`text`, `label` 0 or 1), or the publisher's archive of one file per review.

    Raises:
        FetchError: the file is damaged or has another layout.
    """
    texts: list[str] = []
    labels: list[int] = []
    try:
        with progress.bar("Reading reviews", None, "reviews") as advance:
            for text, label in _from_tar(path) if path.name.endswith(".tar.gz") else _from_lines(path):
                texts.append(clean(text))
                labels.append(label)
                advance(1)
    except (tarfile.TarError, zlib.error, EOFError, OSError, KeyError, ValueError) as error:
        raise FetchError(f"{path}: expected the IMDB test set, got: {error!s}. Fetch it again.") from error
    if not texts or not set(labels) <= {0, 1}:
        raise FetchError(f"{path}: expected reviews labelled 0 or 1, got {len(texts)} reviews. Fetch it again.")
    splits = ["test"] * len(texts)
    return TextSet(about.name, texts, np.array(labels, np.int16), LABELS, None, splits, None, about)


def _from_lines(path: Path) -> Iterator[tuple[str, int]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            review = json.loads(line)
            yield review["text"], review["label"]


def _from_tar(path: Path) -> Iterator[tuple[str, int]]:
    """Streams through the archive once; writes nothing to disk."""
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            match = MEMBER.fullmatch(member.name)
            stream = archive.extractfile(member) if match and member.isfile() else None
            if match and stream:
                yield stream.read().decode("utf-8"), LABELS.index("positive" if match[1] == "pos" else "negative")
