import pytest

from zoo.core.errors import DataError
from zoo.data.splitting import check_sides, guard


def test_guard_accepts_disjoint_splits_and_names_what_leaks() -> None:
    guard({"train": ["x", "y", "x"], "test": ["z"]}, "text")
    with pytest.raises(DataError, match=r"text 'y' is in both train and test"):
        guard({"train": ["x", "y"], "test": ["y"]}, "text")


def test_an_empty_split_is_refused() -> None:
    check_sides("mine", {"train": 3, "validation": 1, "test": 1})
    message = r"^mine: expected data to validate and test on, got 5 train, 0 validation, 0 test\. Provide more data"
    with pytest.raises(DataError, match=message):
        check_sides("mine", {"train": 5, "validation": 0, "test": 0})
