"""`zoo list`."""

from zoo.cli import console
from zoo.cli.options import Json


def list_recipes(as_json: Json = False) -> None:
    """List the recipes with task, data, cell, size, score on held-out data, and whether they are exported."""
    from zoo.cli import exported, views
    from zoo.recipe import Recipe, catalogue

    rows = [(Recipe.load(name), exported.manifest(name)) for name in sorted(catalogue())]
    if as_json:
        for recipe, manifest in rows:
            console.record(views.recipe_record(recipe, manifest))
    else:
        console.show(views.recipes(rows))
