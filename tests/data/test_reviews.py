"""The two data sets of film reviews, read from small files in their layouts."""

import csv
import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import FetchError
from zoo.core.progress import SILENT
from zoo.data import imdb, reviews
from zoo.data.records import About
from zoo.data.reviews import split_of

ABOUT = About("films", "", "", "", "", "")

ROWS = [["Bad.<br /><br />Very bad", "0", "imdb"], ["good , they said", "1", "rotten_tomatoes"]]


def table(path: Path, rows: list[list[str]], header: list[str] = reviews.HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def test_reviews_are_read_with_labels_parts_and_splits(tmp_path):
    data = reviews.load(table(tmp_path / "r.csv", ROWS), ABOUT, SILENT)
    assert data.texts == ["Bad.  Very bad", "good , they said"]
    assert data.labels is not None
    assert [data.label_names[label] for label in data.labels] == ["negative", "positive"]
    assert data.parts == ["imdb", "rotten-tomatoes"]
    assert data.splits == [split_of(text) for text, _, _ in ROWS]


@pytest.mark.parametrize("row", [["text", "2", "imdb"], ["text", "1", "elsewhere"], ["text", "1"]])
def test_a_malformed_review_is_refused(tmp_path, row):
    with pytest.raises(FetchError, match=r"r\.csv:4: expected a text, 0 or 1, and a part's name\."):
        reviews.load(table(tmp_path / "r.csv", [*ROWS, row]), ABOUT, SILENT)


def test_a_table_with_other_columns_is_refused(tmp_path):
    with pytest.raises(FetchError, match="expected the columns text, label, source, got others"):
        reviews.load(table(tmp_path / "r.csv", ROWS, ["review", "label", "source"]), ABOUT, SILENT)


def test_the_split_never_changes():
    splits = [split_of(f"review {number}") for number in range(2000)]
    assert [splits.count(split) for split in ("train", "validation", "test")] == [1811, 90, 99]


@given(st.text(st.characters(max_codepoint=127)))
def test_case_spacing_and_punctuation_do_not_change_a_reviews_split(text):
    assert split_of(f"  {text.upper()} <br /><br />") == split_of(text)
    assert split_of(text.replace(" ", "  ") + "!") == split_of(text)


def test_imdb_is_read_from_json_lines(tmp_path):
    path = tmp_path / "test.jsonl.gz"
    lines = [{"text": "Bad.<br />Very", "label": 0, "id": "neg/0_1"}, {"text": "Good", "label": 1}]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    data = imdb.load(path, ABOUT, SILENT)
    assert data.texts == ["Bad. Very", "Good"]
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1]
    assert data.splits == ["test", "test"]


def test_imdb_is_read_from_the_publishers_archive(tmp_path):
    path = tmp_path / "aclImdb_v1.tar.gz"
    files = {
        "aclImdb/README": "of the set",
        "aclImdb/train/pos/0_9.txt": "never read",
        "aclImdb/test/neg/0_2.txt": "Bad",
        "aclImdb/test/urls_pos.txt": "http",
        "aclImdb/test/pos/1_10.txt": "Très bon",
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    data = imdb.load(path, ABOUT, SILENT)
    assert data.texts == ["Bad", "Très bon"]
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no gzip", "expected the IMDB test set, got: Not a gzipped file"),
        (gzip.compress(b'{"text": "x"'), "expected the IMDB test set, got: Expecting"),
        (gzip.compress(b'{"text": "x"}'), "expected the IMDB test set, got: 'label'"),
        (gzip.compress(b'{"text": "x", "label": 3}'), "expected reviews labelled 0 or 1, got 1 reviews"),
        (gzip.compress(b""), "expected reviews labelled 0 or 1, got 0 reviews"),
        (gzip.compress(b'{"text": "x", "label": 1}\n' * 99)[:40], "Compressed file ended"),
    ],
)
def test_a_file_that_is_not_imdb_is_refused(tmp_path, content, message):
    path = tmp_path / "test.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(FetchError, match=message):
        imdb.load(path, ABOUT, SILENT)


def test_a_truncated_archive_is_refused(tmp_path):
    path = tmp_path / "aclImdb_v1.tar.gz"
    path.write_bytes(gzip.compress(bytes(4096))[:20])
    with pytest.raises(FetchError, match="expected the IMDB test set"):
        imdb.load(path, ABOUT, SILENT)
