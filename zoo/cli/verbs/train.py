"""`zoo train`."""

from zoo.cli import console
from zoo.cli.options import Overrides, RecipeArgument, Resume, Seed, again, overrides


def train(recipe: RecipeArgument, settings: Overrides = None, seed: Seed = None, resume: Resume = False) -> None:
    """Train a recipe into runs/RECIPE/ and score it on the test split. A run stopped by Ctrl-C can be resumed."""
    from zoo.cli import views
    from zoo.recipe import Recipe

    resolved = Recipe.load(recipe, overrides(settings, seed))
    console.load_tensorflow()
    from zoo import training

    with console.resumable(again("train", recipe, settings, seed)):
        run = training.train(resolved, resume=resume, progress=console.progress())
    console.show(views.trained(run))
