"""What an exported model says of input that nobody trained on, beside the truth."""

from zoo.core.progress import SILENT, Progress
from zoo.edge import Runner
from zoo.preparing import load, outlined, split
from zoo.recipe import Recipe
from zoo.tasks.task import Example


def held_out_example(recipe: Recipe, runner: Runner, progress: Progress = SILENT) -> Example:
    """Lets the exported model predict for some input of the recipe's test split.

    Raises:
        DataError: the test split holds nothing to show.
    """
    data = load(recipe, progress)
    return recipe.does.show(outlined(recipe, data), runner, split(recipe, data)["test"])
