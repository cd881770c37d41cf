"""Small recipes to load and change, and the messages about those that are refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from zoo.recipe import InvalidRecipe, Recipe

EVENTS = """\
name: fall
task: event-detection
summary: Detects a fall.
data:
  source: hapt
  sample_rate_hz: 25
  window_s: 30
model:
  cell: gru
  layers:
    - normalization
    - conv1d: {filters: 8, kernel_size: 3}
    - recurrent: {units: 16, return_sequences: true}
events: {labels: [fall], target: "<= 1 false alarm per 8 h"}
export: {streaming: true}
"""

SENTIMENT = """\
name: mood
task: sentiment
summary: Good or bad.
data:
  source: reviews
  tokens: {kind: subword, vocabulary: 8000}
  max_tokens: 100
model:
  cell: lstm
  layers:
    - embedding: {units: 8}
    - bidirectional: {units: 16}
    - dropout: {rate: 0.3}
"""

RECIPES = {
    "events": EVENTS,
    "sentiment": SENTIMENT,
    # The same tasks with the user's own files.
    "events-csv": EVENTS.replace(
        "  source: hapt\n", "  files: night.csv\n  columns: [acc_x, acc_y]\n  time: t\n  label: activity\n"
    ),
    "sentiment-csv": SENTIMENT.replace("  source: reviews\n", "  files: mails.csv\n  text: body\n  label: mood\n"),
}

Load = Callable[..., Recipe]
Refuse = Callable[..., tuple[str, ...]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads one of RECIPES, or a text, as recipe.yaml in the working directory, after replacements `(old, new)`."""
    monkeypatch.chdir(tmp_path)

    def load_text(recipe: str, *edits: tuple[str, str], overrides: tuple[str, ...] = ()) -> Recipe:
        text = RECIPES.get(recipe, recipe)
        for old, new in edits:
            assert text.count(old) == 1, f"expected {old!r} once in the recipe, got {text.count(old)} times"
            text = text.replace(old, new)
        (tmp_path / "recipe.yaml").write_text(text, encoding="utf-8")
        return Recipe.load("recipe.yaml", overrides)

    return load_text


@pytest.fixture
def refuse(load: Load) -> Refuse:
    """Returns the problems of a recipe that must not load; takes the arguments of `load`."""

    def load_text(recipe: str, *edits: tuple[str, str], overrides: tuple[str, ...] = ()) -> tuple[str, ...]:
        with pytest.raises(InvalidRecipe) as caught:
            load(recipe, *edits, overrides=overrides)
        assert str(caught.value) == "\n".join(caught.value.problems)
        return caught.value.problems

    return load_text
