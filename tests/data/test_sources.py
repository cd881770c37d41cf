"""What a recipe may select from the registered data sets."""

import pytest

from zoo.core.errors import DataError
from zoo.data import load_source


@pytest.mark.parametrize(
    ("source", "parts", "message"),
    [
        ("hap", None, r"data\.source: unknown data set 'hap'\. Did you mean 'hapt'\?"),
        ("reviews", ("imbd",), r"data\.parts: unknown part 'imbd' of 'reviews'\. Did you mean 'imdb'\?"),
        ("hapt", ("imdb",), r"data\.parts: 'hapt' has no parts, got 'imdb'\. Leave 'parts' out\."),
    ],
)
def test_unknown_data_sets_and_parts_are_refused(source, parts, message):
    with pytest.raises(DataError, match=message):
        load_source(source, parts)
