from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import DataError
from zoo.data.records import SPLITS, About, Recording, RecordingSet
from zoo.inputs.recording.splitting import split_recordings, starts
from zoo.schema.data import Split

ABOUT = About("made-up", "made up", "", "", "0" * 64, "")


def recording(name: str, subject: str, length: int = 20) -> Recording:
    time_s = np.arange(length) / 10
    return Recording(name, subject, time_s, np.zeros((length, 2), np.float32), np.zeros(length, np.int16))


def sensor(
    subjects: list[str], test: frozenset[str] | None = None, splits: dict[str, str] | None = None
) -> RecordingSet:
    rows = tuple(recording(f"{who}-{number}", who) for number, who in enumerate(subjects))
    return RecordingSet("made-up", (), ("a",), rows, test, splits, ABOUT)


def divided(data: RecordingSet, split: Split) -> dict[str, tuple[Recording, ...]]:
    """The recordings of each split."""
    return {side: part.recordings for side, part in split_recordings(data, split).items()}


@given(
    people=st.lists(st.sampled_from("abcdefghij"), min_size=8, max_size=30).filter(lambda p: len(set(p)) >= 4),
    seed=st.integers(0, 1000),
)
def test_no_subject_is_in_two_splits(people: list[str], seed: int) -> None:
    parts = divided(sensor(people), Split(by="subject", seed=seed))
    owners = [{r.subject for r in parts[side]} for side in SPLITS]
    assert sum(map(len, owners)) == len(set(people)) == len(set.union(*owners))
    assert sum(len(rows) for rows in parts.values()) == len(people)


def test_the_data_sets_own_test_subjects_are_tested_on() -> None:
    parts = divided(sensor(list("abcdefgh"), test=frozenset("bd")), Split(by="subject"))
    assert {r.subject for r in parts["test"]} == {"b", "d"}


def test_the_seed_of_a_split_changes_who_validates_but_not_who_is_tested() -> None:
    data = sensor(list("abcdefgh"), test=frozenset("bd"))
    parts = [divided(data, Split(by="subject", seed=seed)) for seed in range(6)]
    assert len({frozenset(r.subject for r in part["validation"]) for part in parts}) > 1
    assert {frozenset(r.subject for r in part["test"]) for part in parts} == {frozenset("bd")}


def test_by_time_trains_on_the_beginning_and_tests_on_the_end() -> None:
    parts = divided(sensor(["a", "b"]), Split(by="time", validation=0.25, test=0.25))
    for who in "ab":
        train, validation, test = (next(r for r in parts[side] if r.subject == who).time_s for side in SPLITS)
        assert (len(train), len(validation), len(test)) == (10, 5, 5)
        assert train[-1] < validation[0] <= validation[-1] < test[0]


def test_by_given_follows_the_split_of_the_data() -> None:
    sides = {"a-0": "train", "b-1": "test", "c-2": "validation"}
    parts = divided(sensor(["a", "b", "c"], splits=sides), Split(by="given"))
    assert {side: [r.name for r in rows] for side, rows in parts.items()} == {
        "train": ["a-0"],
        "validation": ["c-2"],
        "test": ["b-1"],
    }


def test_by_given_without_a_given_split_is_refused() -> None:
    with pytest.raises(DataError, match=r"made-up: expected data that define a split, got none\. Use 'by: subject'\."):
        divided(sensor(["a", "b", "c"]), Split(by="given"))


def test_a_single_subject_cannot_be_split_by_subject() -> None:
    with pytest.raises(DataError, match=r"expected data to train and validate on, got 0 train, 0 validation, 3"):
        divided(sensor(["a", "a", "a"]), Split(by="subject"))


def test_a_subject_in_two_splits_is_refused() -> None:
    sides = {"a-0": "train", "a-1": "test", "b-2": "validation"}
    with pytest.raises(DataError, match=r"subject 'a' is in both train and test: results would leak"):
        divided(sensor(["a", "a", "b"], splits=sides), Split(by="given"))


@given(length=st.integers(1, 300), window=st.integers(1, 80), stride=st.integers(1, 80))
def test_windows_lie_inside_the_recording_and_reach_its_end(length: int, window: int, stride: int) -> None:
    places = list(starts(length, window, stride))
    assert all(0 <= start <= length - window for start in places)
    assert len(set(places)) == len(places)
    assert bool(places) == (length >= window)
    if places:
        assert places[0] == 0
        assert places[-1] == length - window


@given(count=st.integers(5, 30), folds=st.integers(2, 5), seed=st.integers(0, 50))
def test_folds_have_equal_sizes_and_test_every_subject_once(count: int, folds: int, seed: int) -> None:
    data = sensor([f"p{number}" for number in range(count)], test=frozenset({"p0"}))
    splits = [Split(by="subject", folds=folds, fold=fold, seed=seed) for fold in range(1, folds + 1)]
    tested = [sorted(r.subject for r in divided(data, split)["test"]) for split in splits]
    assert sorted(who for part in tested for who in part) == sorted(r.subject for r in data.recordings)
    assert {len(part) for part in tested} <= {count // folds, count // folds + 1}


def test_more_folds_than_subjects_are_refused() -> None:
    with pytest.raises(DataError, match=r"^data\.split\.folds: expected at most 3 \(subjects\), got 4\.$"):
        divided(sensor(list("abc")), Split(by="subject", folds=4, fold=1))


def test_test_parts_are_tested_on_and_the_other_parts_trained_on() -> None:
    data = replace(
        sensor(list("abcdef")), parts={f"{who}-{n}": "far" if n > 3 else "near" for n, who in enumerate("abcdef")}
    )
    parts = divided(data, Split(by="subject", test_parts=("far",)))
    assert {r.subject for r in parts["test"]} == {"e", "f"}
    assert {r.subject for side in ("train", "validation") for r in parts[side]} == set("abcd")
    for data_set, known in ((data, "far, near"), (sensor(list("abc")), "none")):
        with pytest.raises(
            DataError, match=rf"^data\.split\.test_parts: unknown part 'room' of made-up\. Known parts: {known}\.$"
        ):
            divided(data_set, Split(by="subject", test_parts=("room",)))
