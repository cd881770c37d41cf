"""Losses that need fewer passes over memory than Keras's own."""

from typing import cast

import keras
import tensorflow as tf


class NextTokenCrossentropy(keras.losses.Loss):
    """Cross-entropy of the next token from logits, in nats, compiled.

    With a vocabulary of thousands, the softmax is most of the work of a training step. Here it takes three passes over
    the logits, forward and backward, instead of a dozen.
    """

    def __init__(self) -> None:
        super().__init__(name="loss", reduction="mean_with_sample_weight")

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """(batch, time) ids and (batch, time, vocabulary) logits to (batch, time) losses."""
        shape = tf.shape(y_true)
        target = tf.reshape(tf.cast(y_true, tf.int32), [-1])
        losses = cast("tf.Tensor", _crossentropy(target, tf.reshape(y_pred, [-1, y_pred.shape[-1]])))
        return tf.reshape(losses, shape)


@tf.custom_gradient
def _crossentropy(target: tf.Tensor, logits: tf.Tensor):
    """(rows,) ids and (rows, vocabulary) logits to (rows,) losses: log(sum(exp(logits))) - logits[target]."""
    loss, normalizer = _losses(target, logits)
    return loss, lambda weight: (None, _gradient(target, logits, normalizer, weight))


@tf.function(jit_compile=True, autograph=False)
def _losses(target: tf.Tensor, logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    largest = tf.reduce_max(logits, 1)
    normalizer = largest + tf.math.log(tf.reduce_sum(tf.exp(logits - largest[:, None]), 1))
    return normalizer - tf.gather(logits, target, batch_dims=1), normalizer


@tf.function(jit_compile=True, autograph=False)
def _gradient(target: tf.Tensor, logits: tf.Tensor, normalizer: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """The gradient with respect to the logits: weight (softmax(logits) - onehot(target))."""
    gradient = tf.exp(logits - normalizer[:, None]) * weight[:, None]
    # Changes one number per row; a comparison with the target would take as long as everything else.
    return tf.tensor_scatter_nd_sub(gradient, tf.stack([tf.range(tf.shape(target)[0]), target], 1), weight)
