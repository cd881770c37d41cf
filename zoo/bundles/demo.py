"""The predictions of an exported model on held-out input, beside the truth."""

from zoo.core.progress import SILENT, Progress
from zoo.edge import Runner
from zoo.preparing import load_data, outlined, split
from zoo.recipe import Recipe
from zoo.tasks.task import Example


def held_out_example(recipe: Recipe, runner: Runner, progress: Progress = SILENT) -> Example:
    """Runs the exported model on some input of the recipe's test split.

    Raises:
        DataError: the test split has nothing to show.
    """
    data = load_data(recipe, progress)
    return recipe.task_row.show(outlined(recipe, data), runner, split(recipe, data)["test"])
