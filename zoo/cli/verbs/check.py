"""`zoo check`."""

from zoo.cli import console
from zoo.cli.options import Overrides, RecipeArgument, overrides


def check(recipe: RecipeArgument, settings: Overrides = None) -> None:
    """Check a recipe, then build, export and verify its model with random weights. Takes seconds."""
    from zoo.cli import views
    from zoo.recipe import Recipe

    resolved = Recipe.load(recipe, overrides(settings))
    console.load_tensorflow()
    from zoo import export

    console.show(views.checked(resolved.name, export.check(resolved, progress=console.progress())))
