import numpy as np
import pytest

from zoo.core.errors import DataError
from zoo.data.records import NO_LABEL
from zoo.tasks.targets import targets

WHERE = "classes.labels"


def test_without_a_choice_every_label_is_a_class() -> None:
    told = targets(None, ("down", "up"), WHERE)
    assert told.names == ("down", "up")
    labels = np.asarray([1, 0, NO_LABEL])
    assert told.has_class(labels).tolist() == [True, True, False]
    assert told.classes(labels[:2]).tolist() == [1, 0]


def test_other_labels_than_the_chosen_ones_have_no_class() -> None:
    told = targets(("sitting", "lying"), ("lying", "walking", "sitting"), WHERE)
    labels = np.asarray([0, 1, 2, NO_LABEL])
    assert told.has_class(labels).tolist() == [True, False, True, False]
    assert told.classes(labels[[0, 2]]).tolist() == [1, 0], "in the order of the recipe"


def test_a_label_of_the_data_may_stand_for_several_classes() -> None:
    told = targets(None, ("drama;comedy", "comedy", " war ; drama "), WHERE, several=True)
    assert told.names == ("comedy", "drama", "war")
    assert told.table.astype(int).tolist() == [[1, 1, 0], [1, 0, 0], [0, 1, 1]]


@pytest.mark.parametrize(
    ("wanted", "names", "message"),
    [
        (("upp", "down"), ("down", "up"), r"^classes\.labels: 'upp' is not a label of the data; did you mean 'up'\?$"),
        (("zzzz", "up"), ("down", "up"), r"^classes\.labels: 'zzzz' is not a label of the data; it has down, up\.$"),
        (None, ("up",), r"^data\.label: expected at least 2 different labels, got only 'up'\. Add inputs of others\.$"),
        (None, (), r"^data\.label: expected at least 2 different labels, got none\."),
    ],
)
def test_classes_that_the_data_do_not_have(
    wanted: tuple[str, ...] | None, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        targets(wanted, names, WHERE)
