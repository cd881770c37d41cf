import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import DataError
from zoo.data.records import About, TextSet
from zoo.data.splitting import guard
from zoo.inputs.text.splitting import split_texts
from zoo.schema.data import Split

ABOUT = About("made-up", "made up", "", "", "0" * 64, "")


def texts(rows: list[str], groups: list[str] | None = None, sides: list[str] | None = None) -> TextSet:
    return TextSet("made-up", rows, None, (), groups, sides, None, ABOUT)


@given(rows=st.lists(st.text(max_size=6), min_size=60, max_size=120), seed=st.integers(0, 20))
def test_equal_texts_share_a_split(rows: list[str], seed: int) -> None:
    rows = rows + [f"text {number}" for number in range(200)]
    parts = split_texts(texts(rows), Split(by="given", seed=seed))
    guard({side: part.texts for side, part in parts.items()}, "text")
    assert sorted(text for part in parts.values() for text in part.texts) == sorted(rows)


def test_texts_of_one_group_share_a_split() -> None:
    groups = [f"author {number % 40}" for number in range(400)]
    parts = split_texts(texts([f"text {n}" for n in range(400)], groups), Split(by="subject"))
    guard({side: part.groups or [] for side, part in parts.items()}, "group")
    assert all(len(part) for part in parts.values())
    assert sum(map(len, parts.values())) == 400


def test_without_groups_each_distinct_text_is_a_subject() -> None:
    rows = [f"text {number % 50}" for number in range(200)]
    parts = split_texts(texts(rows), Split(by="subject"))
    guard({side: part.texts for side, part in parts.items()}, "text")
    assert all(len(part) for part in parts.values())


def test_by_given_follows_the_split_of_the_data() -> None:
    parts = split_texts(texts(list("abc"), sides=["test", "train", "validation"]), Split(by="given"))
    assert {side: part.texts for side, part in parts.items()} == {"train": ["b"], "validation": ["c"], "test": ["a"]}


def test_a_text_that_the_data_put_into_two_splits_is_refused() -> None:
    rows = ["good film", "bad film", "good film"]
    with pytest.raises(DataError, match=r"text 'good film' is in both train and test: results would leak"):
        split_texts(texts(rows, sides=["train", "validation", "test"]), Split(by="given"))
