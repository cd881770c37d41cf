"""The model in the form in which it is trained, and its loss: on fast layers, and adapted by its task."""

import keras

from zoo.fast import fast
from zoo.recipe import Recipe


def trainee(model: keras.Model, recipe: Recipe) -> tuple[keras.Model, keras.losses.Loss]:
    """The model to call `fit` on, and its loss.

    It starts with the weights of `model`, in the same order, but does not necessarily share them: after training, call
    `model.set_weights(trained.get_weights())`. The loss is the weighted mean, so padding does not affect it.
    """
    return recipe.task_row.trainee(fast(model) if recipe.training.kernels == "auto" else model)
