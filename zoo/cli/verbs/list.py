"""`zoo list`."""

from zoo.cli import console
from zoo.cli.options import Json


def list_recipes(as_json: Json = False) -> None:
    """List the recipes: task, data, cell, size, result on held-out data, exported or not."""
    from zoo.cli import shelf, views
    from zoo.recipe import Recipe, catalogue

    rows = [(Recipe.load(name), shelf.manifest(name)) for name in sorted(catalogue())]
    if as_json:
        for recipe, manifest in rows:
            console.record(views.recipe_record(recipe, manifest))
    else:
        console.show(views.recipes(rows))
