"""The committed bundles must match the recipes: a changed recipe needs a new bundle."""

from pathlib import Path

import pytest

from zoo.core.manifest import RECIPE_KEY
from zoo.edge.bundle import read_bundle
from zoo.recipe import Recipe, catalogue

EXPORTED = Path(__file__).parents[2] / "exported"


def test_every_shipped_recipe_has_a_committed_bundle() -> None:
    assert catalogue()
    assert set(catalogue()) == {path.parent.name for path in EXPORTED.glob("*/model.onnx")}


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_the_committed_bundle_was_made_from_the_current_recipe(name: str) -> None:
    contents = read_bundle(EXPORTED / name)
    assert contents.manifest.recipe_sha256 == Recipe.load(name).digest
    assert Recipe.from_yaml(contents.header.metadata[RECIPE_KEY]) == Recipe.load(name)
