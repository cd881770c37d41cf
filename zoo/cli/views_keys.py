"""The keys of recipes, for a person to read."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zoo.cli.tabular import new_table
from zoo.recipe import Recipe
from zoo.recipe.explaining import explained
from zoo.recipe.keys import Key, Section, forms_in_words


def key_view(entry: Section | Key) -> RenderableType:
    """What a key or a section means, and what may stand there."""
    if isinstance(entry, Key):
        facts = "\n".join(f"{name}: {value}" for name, value in _facts(entry))
        return Group(Text(entry.path, style="bold"), Padding(Text(f"{entry.meaning}\n{facts}"), (0, 0, 0, 2)))
    table = new_table("key", "values", "default", "meaning")
    for key in entry.keys:
        table.add_row(key.name, key.values, "required" if key.required else key.default or "-", key.summary)
    return Group(Text(entry.path or "recipe", style="bold"), Padding(Text(entry.meaning), (0, 0, 1, 2)), table)


def _facts(key: Key) -> Iterator[tuple[str, str]]:
    yield "Values", f"{key.values}, in {key.unit}" if key.unit else key.values
    if key.required:
        yield "Default", "none; the key is required"
    elif key.default is not None:
        yield "Default", key.default
    if forms := forms_in_words(key):
        yield "Only for", forms
    if key.example is not None:
        yield "Example", key.example


def explained_recipe(recipe: Recipe, width: int) -> RenderableType:
    """The resolved recipe with the meaning of each key beside it."""
    from rich.syntax import Syntax

    return Syntax(explained(recipe, width), "yaml", background_color="default")
