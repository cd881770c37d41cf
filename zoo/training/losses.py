"""Loss of each task, on the model as it is trained: a large softmax is trained on its logits."""

import keras
import tensorflow as tf

from zoo.recipe import Recipe


class NextTokenCrossentropy(keras.losses.Loss):
    """Cross-entropy of the next token from logits, in nats, compiled as one kernel.

    With a vocabulary of thousands the softmax is most of a step's work; compiled, its many passes over memory
    become few. The compiled gradient is that of the plain operation, to rounding.
    """

    def __init__(self) -> None:
        super().__init__(name="loss", reduction="mean_with_sample_weight")

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """(batch, time) ids and (batch, time, vocabulary) logits to (batch, time) losses."""
        shape = tf.shape(y_true)
        target = tf.reshape(tf.cast(y_true, tf.int32), [-1])
        return tf.reshape(_crossentropy(target, tf.reshape(y_pred, [-1, y_pred.shape[-1]])), shape)


@tf.function(jit_compile=True)
def _crossentropy(target: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)


def trainee(model: keras.Model, recipe: Recipe) -> tuple[keras.Model, keras.losses.Loss]:
    """The model to call `fit` on, and its loss. It shares all weights with `model`.

    The loss is the mean over what has weight: padding neither adds to it nor thins it out.
    """
    mean = "mean_with_sample_weight"
    match recipe.task:
        case "next-word":
            return keras.Model(model.input, model.get_layer("output").input), NextTokenCrossentropy()
        case "sentiment":
            return model, keras.losses.SparseCategoricalCrossentropy(reduction=mean)
        case "event-detection":
            return model, keras.losses.BinaryCrossentropy(reduction=mean)
