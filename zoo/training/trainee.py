"""The model as it is trained, and its loss: on fast layers, and a large softmax on its logits."""

import keras

from zoo.fast import fast
from zoo.fast.losses import NextTokenCrossentropy
from zoo.recipe import Recipe


def trainee(model: keras.Model, recipe: Recipe) -> tuple[keras.Model, keras.losses.Loss]:
    """The model to call `fit` on, and its loss.

    It begins with the weights of `model`, in the same order, and may or may not share them: after training,
    `model.set_weights(trained.get_weights())`. The loss is the mean over what has weight: padding neither adds to it
    nor thins it out.
    """
    model = fast(model) if recipe.training.kernels == "auto" else model
    mean = "mean_with_sample_weight"
    match recipe.task:
        case "next-word":
            return keras.Model(model.input, model.get_layer("output").input), NextTokenCrossentropy()
        case "classification":
            return model, keras.losses.SparseCategoricalCrossentropy(reduction=mean)
        case "event-detection":
            return model, keras.losses.BinaryCrossentropy(reduction=mean)
