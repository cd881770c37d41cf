"""A Keras model as a predictor."""

from typing import TYPE_CHECKING

from zoo.core.predictor import Predictor

if TYPE_CHECKING:
    import keras


def keras_predictor(model: "keras.Model") -> Predictor:
    """A Keras model with one input as a predictor, compiled once for all batch sizes."""
    import tensorflow as tf

    source = model.inputs[0]
    signature = [tf.TensorSpec(source.shape, source.dtype)]
    compiled = tf.function(lambda batch: model(batch, training=False), input_signature=signature)
    return lambda batch: compiled(tf.constant(batch, source.dtype)).numpy()
