"""`zoo show`."""

import shutil
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json, Overrides, RecipeArgument, overrides


def show(
    recipe: RecipeArgument,
    settings: Overrides = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print the meaning of each key beside it.")] = False,
    as_json: Json = False,
) -> None:
    """Show a recipe with all defaults filled in, and the layers, shapes and parameters of its model."""
    from zoo.cli import views
    from zoo.preparing import outline
    from zoo.recipe import Recipe

    resolved = Recipe.load(recipe, overrides(settings))
    if explain:
        from zoo.cli import views_keys

        console.show(views_keys.explained_recipe(resolved, shutil.get_terminal_size((120, 24)).columns))
        return
    console.load_tensorflow()
    from zoo.build import build, describe

    summary = describe(build(outline(resolved)), resolved.training.kernels)
    if as_json:
        console.record(views.model_record(resolved, summary))
    else:
        console.show(views.recipe_text(resolved), views.layers(summary))
