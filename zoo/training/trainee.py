"""The model as it is trained, and its loss: on fast layers, and as its task wants it."""

import keras

from zoo.fast import fast
from zoo.recipe import Recipe


def trainee(model: keras.Model, recipe: Recipe) -> tuple[keras.Model, keras.losses.Loss]:
    """The model to call `fit` on, and its loss.

    It begins with the weights of `model`, in the same order, and may or may not share them: after training,
    `model.set_weights(trained.get_weights())`. The loss is the mean over what has weight: padding neither adds to it
    nor thins it out.
    """
    return recipe.does.trainee(fast(model) if recipe.training.kernels == "auto" else model)
