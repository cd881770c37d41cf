"""Which layers the fast kernels cover, and why not the others."""

import keras
import tensorflow as tf
from keras import layers as kl


def why_stock(layer: kl.SimpleRNN | kl.LSTM | kl.GRU) -> str | None:
    """Why a layer runs as Keras runs it, in a few words; None: it runs on a fast kernel.

    What the layer computes is the same either way.
    """
    if tf.config.list_physical_devices("GPU"):
        return "a GPU runs it"
    if layer.compute_dtype != "float32":
        return layer.compute_dtype
    if layer.unroll:
        return "unroll"
    if layer.recurrent_dropout:
        return "recurrent_dropout"
    if not layer.use_bias:
        return "no bias"
    if layer.activation is not keras.activations.tanh:
        return "activation"
    if not isinstance(layer, kl.SimpleRNN) and layer.recurrent_activation is not keras.activations.sigmoid:
        return "recurrent_activation"
    if isinstance(layer, kl.GRU) and not layer.reset_after:
        return "reset_after"
    if layer.dropout == 1:
        return "dropout"  # of all inputs, or of none: Keras's cells differ
    if getattr(layer, "use_cudnn", "auto") is True:
        return "use_cudnn"
    if layer.dropout and getattr(layer.cell, "implementation", 2) == 1:
        return "implementation"  # a dropout mask for each gate
    return None
