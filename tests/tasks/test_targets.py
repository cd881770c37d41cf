import numpy as np
import pytest

from zoo.core.errors import DataError
from zoo.data.records import NO_LABEL
from zoo.tasks.targets import targets

WHERE = "classes.labels"


def test_every_label_is_a_class_unless_the_recipe_chooses() -> None:
    classes = targets(None, ("down", "up"), WHERE)
    assert classes.names == ("down", "up")
    labels = np.asarray([1, 0, NO_LABEL])
    assert classes.has_class(labels).tolist() == [True, True, False]
    assert classes.classes(labels[:2]).tolist() == [1, 0]


def test_labels_that_are_not_chosen_have_no_class() -> None:
    classes = targets(("sitting", "lying"), ("lying", "walking", "sitting"), WHERE)
    labels = np.asarray([0, 1, 2, NO_LABEL])
    assert classes.has_class(labels).tolist() == [True, False, True, False]
    assert classes.classes(labels[[0, 2]]).tolist() == [1, 0], "in the order of the recipe"


def test_a_label_of_the_data_may_belong_to_several_classes() -> None:
    classes = targets(None, ("drama;comedy", "comedy", " war ; drama "), WHERE, several=True)
    assert classes.names == ("comedy", "drama", "war")
    assert classes.table.astype(int).tolist() == [[1, 1, 0], [1, 0, 0], [0, 1, 1]]


@pytest.mark.parametrize(
    ("chosen", "names", "message"),
    [
        (("upp", "down"), ("down", "up"), r"^classes\.labels: 'upp' is not a label of the data; did you mean 'up'\?$"),
        (
            ("zzzz", "up"),
            ("down", "up"),
            r"^classes\.labels: 'zzzz' is not a label of the data; its labels are down, up\.$",
        ),
        (
            None,
            ("up",),
            r"^data\.label: expected at least 2 different labels, got only 'up'\. Add inputs with other lab",
        ),
        (None, (), r"^data\.label: expected at least 2 different labels, got none\."),
    ],
)
def test_unknown_and_too_few_classes_are_refused(
    chosen: tuple[str, ...] | None, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        targets(chosen, names, WHERE)
