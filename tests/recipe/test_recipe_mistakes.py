"""Recipes that must not load: mistakes/<kind>/<name>.yaml, each with its complete message in <name>.txt.

To add a mistake, add both files. Without the second, the test fails and shows the text to write there: the output of
`zoo check` for the recipe in a file named recipe.yaml.
"""

from pathlib import Path

import pytest

MISTAKES = Path(__file__).parent / "mistakes"
RECIPES = sorted(MISTAKES.glob("*/*.yaml"))


def test_every_mistake_has_a_recipe_and_a_message():
    assert RECIPES
    assert {path for path in MISTAKES.rglob("*") if path.is_file()} == {
        path.with_suffix(suffix) for path in RECIPES for suffix in (".yaml", ".txt")
    }


@pytest.mark.parametrize("recipe", RECIPES, ids=[path.relative_to(MISTAKES).as_posix() for path in RECIPES])
def test_a_mistake_is_refused_with_its_message(refuse, recipe):
    message = recipe.with_suffix(".txt")
    expected = message.read_text(encoding="utf-8") if message.exists() else "a file\n"
    actual = "\n".join(refuse(recipe.read_text(encoding="utf-8"))) + "\n"
    if actual != expected:
        remedy = "If the new text is right, write it into the file."
        pytest.fail(f"{message}: expected\n\n{expected}\ngot\n\n{actual}\n{remedy}", pytrace=False)
