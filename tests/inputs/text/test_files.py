"""The user's own tables of texts: what is read from them, and the errors of wrong ones."""

from pathlib import Path

import pytest

from zoo.core.errors import DataError
from zoo.core.progress import SILENT
from zoo.data.records import TextSet
from zoo.inputs.text.files import read
from zoo.inputs.text.specs import TextFiles

FILMS = 'words,mood,film,side\n"Good, ""very"" good\n(twice)",up,a,train\nBad,down,b,validation\nFine,up,c,test\n'


def texts(tmp_path: Path, rows: str, **changes: object) -> TextSet:
    """The texts from one file with these lines."""
    (tmp_path / "texts.csv").write_text(rows, encoding="utf-8")
    fields = {"files": str(tmp_path / "texts.csv"), "text": "words", "label": "mood"} | changes
    tokens = {"tokens": {"kind": "word", "vocabulary": 100}, "max_tokens": 20}
    return read(TextFiles.model_validate(tokens | fields), SILENT)


def test_texts_are_read_with_their_labels(tmp_path):
    data = texts(tmp_path, "\ufeff" + FILMS)
    assert data.texts == ['Good, "very" good\n(twice)', "Bad", "Fine"]
    assert data.label_names == ("down", "up")
    assert data.labels is not None
    assert data.labels.tolist() == [1, 0, 1]
    assert (data.groups, data.splits, data.parts, data.name) == (None, None, None, "texts")


def test_texts_are_read_with_groups_and_splits(tmp_path):
    data = texts(tmp_path, FILMS, group="film", split_column="side")
    assert data.groups == ["a", "b", "c"]
    assert data.splits == ["train", "validation", "test"]


def test_texts_may_have_no_labels(tmp_path):
    data = texts(tmp_path, FILMS, label=None)
    assert (data.labels, data.label_names) == (None, ())


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        (FILMS, {"text": "word"}, r"texts\.csv: no column 'word'; did you mean 'words'\?"),
        (FILMS, {"label": "food"}, r"no column 'food'; did you mean 'mood'\?"),
        ("words,mood\nx,up\n ,down\n", {}, r"texts\.csv:3: column 'words': expected a value, got an empty cell"),
        ("words,mood\nx,up\ny,\n", {}, r"texts\.csv:3: column 'mood': expected a value, got an empty cell"),
        (FILMS, {"split_column": "film"}, r"column 'film': expected one of train, validation, test, got 'a'"),
        ("", {}, "got an empty file"),
    ],
)
def test_wrong_texts_are_refused(tmp_path, rows, changes, message):
    with pytest.raises(DataError, match=message):
        texts(tmp_path, rows, **changes)
