"""The recipes in bundles of formats 1 and 2 can still be read."""

from pathlib import Path

import pytest

from zoo.core.manifest import RECIPE_KEY
from zoo.edge.bundle import read_bundle
from zoo.recipe import Recipe

FIXTURES = Path(__file__).parents[1] / "fixtures" / "format2"
NAMES = ["bed-exit", "bed-exit-rfid", "next-word", "sentiment"]


@pytest.mark.parametrize("name", NAMES)
def test_the_recipe_of_an_older_bundle_can_be_read(name: str) -> None:
    text = read_bundle(FIXTURES / name).header.metadata[RECIPE_KEY]
    assert Recipe.from_yaml(text, name).name == name
