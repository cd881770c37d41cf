"""The shelf and the recipes must not drift apart: a changed recipe needs a new bundle."""

from pathlib import Path

import pytest

from zoo.core.manifest import RECIPE_KEY
from zoo.edge.bundle import read_bundle
from zoo.recipe import Recipe, catalogue

SHELF = Path(__file__).parents[2] / "exported"


def test_every_shipped_recipe_is_on_the_shelf() -> None:
    assert catalogue()
    assert set(catalogue()) == {path.parent.name for path in SHELF.glob("*/model.onnx")}


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_the_bundle_was_made_by_the_recipe_as_it_is_now(name: str) -> None:
    contents = read_bundle(SHELF / name)
    assert contents.manifest.recipe_sha256 == Recipe.load(name).digest
    assert Recipe.from_yaml(contents.header.metadata[RECIPE_KEY]) == Recipe.load(name)
