"""The table of layers: what writes each as ONNX.

A converter is called as its layer is: with the graph, the layer and the call's own arguments, tensors given as
`Value`s. It returns what the layer returns. A new layer is one function and one row here. A layer without a row is
taken apart into the layers and operations that it calls.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers as kl

from zoo.exporter.converters.layers import (
    activations,
    attention,
    convolution,
    heads,
    merging,
    normalisation,
    steps,
    wrappers,
)
from zoo.exporter.converters.operations import elementwise, products, shapes
from zoo.exporter.converters.recurrent.layers import bidirectional, is_native, recurrent

Converter = Callable[..., Any]

#: Layer class -> what writes it.
CONVERTERS: dict[type[keras.Layer], Converter] = {
    kl.Activation: steps.activation,
    kl.Add: merging.add,
    kl.AdditiveAttention: attention.attention,
    kl.Attention: attention.attention,
    kl.Average: merging.average,
    kl.BatchNormalization: normalisation.batch_normalization,
    kl.Bidirectional: bidirectional,
    kl.Conv1D: convolution.convolution,
    kl.Conv1DTranspose: convolution.transposed,
    kl.Conv2D: convolution.convolution,
    kl.Conv2DTranspose: convolution.transposed,
    kl.Conv3D: convolution.convolution,
    kl.Conv3DTranspose: convolution.transposed,
    kl.Dense: steps.dense,
    kl.DepthwiseConv1D: convolution.depthwise,
    kl.DepthwiseConv2D: convolution.depthwise,
    kl.Embedding: steps.embedding,
    kl.GRU: recurrent,
    kl.GroupQueryAttention: heads.group_query_attention,
    kl.LSTM: recurrent,
    kl.Maximum: merging.extreme,
    kl.Minimum: merging.extreme,
    kl.MultiHeadAttention: heads.multi_head_attention,
    kl.Multiply: merging.multiply,
    kl.Normalization: normalisation.normalization,
    kl.RNN: recurrent,
    kl.ReLU: activations.relu,
    kl.Rescaling: normalisation.rescaling,
    kl.ReversibleEmbedding: steps.reversible_embedding,
    kl.SeparableConv1D: convolution.separable,
    kl.SeparableConv2D: convolution.separable,
    kl.SimpleRNN: recurrent,
    kl.Softmax: steps.softmax,
    kl.Subtract: merging.subtract,
    kl.TimeDistributed: wrappers.time_distributed,
}

#: Operations of `keras.ops`, by the name of their class (Keras does not export the classes themselves).
OPERATIONS: dict[str, Converter] = {
    **elementwise.OPERATIONS,
    **shapes.OPERATIONS,
    **products.OPERATIONS,
    "ReLU": activations.relu,
}


def converter(operation: keras.Operation) -> Converter | None:
    """What writes an operation; None if it has no row.

    A subclass goes by the row of its parent unless it has a `call` of its own, which may compute something else.
    """
    if not isinstance(operation, keras.Layer):
        return OPERATIONS.get(type(operation).__name__)
    if isinstance(operation, kl.RNN | kl.Bidirectional) and not is_native(operation):
        return None
    for base in type(operation).__mro__:
        if base in CONVERTERS:
            return CONVERTERS[base] if type(operation).call is base.call else None
    return None
