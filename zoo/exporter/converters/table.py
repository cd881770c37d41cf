"""The table of layers: what writes each as ONNX.

A converter is called as its layer is: with the graph, the layer and the call's own arguments, tensors given as
`Value`s. It returns what the layer returns. A new layer is one function and one row here. A layer without a row, or
whose row has no converter, is taken apart into the layers and operations that it calls.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers as kl

from zoo.exporter.converters import streams
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
from zoo.fast.cells import CELLS

Converter = Callable[..., Any]


@dataclass(frozen=True)
class Row:
    """What is known of a layer.

    Attributes:
        write: the converter; None: the layer is taken apart.
        streams: whether it runs piece by piece.
    """

    write: Converter | None
    streams: streams.Streams


#: Layer class -> what is known of it.
CONVERTERS: dict[type[keras.Layer], Row] = {
    **{cell.layer: Row(recurrent, streams.one_way) for cell in CELLS.values()},
    kl.Activation: Row(steps.activation, streams.step_by_step),
    kl.Add: Row(merging.add, streams.step_by_step),
    kl.AdditiveAttention: Row(attention.attention, streams.whole),
    kl.Attention: Row(attention.attention, streams.whole),
    kl.Average: Row(merging.average, streams.step_by_step),
    kl.AveragePooling1D: Row(None, streams.whole),
    kl.BatchNormalization: Row(normalisation.batch_normalization, streams.step_by_step),
    kl.Bidirectional: Row(bidirectional, streams.both_ways),
    kl.Conv1D: Row(convolution.convolution, streams.window),
    kl.Conv1DTranspose: Row(convolution.transposed, streams.tried),
    kl.Conv2D: Row(convolution.convolution, streams.tried),
    kl.Conv2DTranspose: Row(convolution.transposed, streams.tried),
    kl.Conv3D: Row(convolution.convolution, streams.tried),
    kl.Conv3DTranspose: Row(convolution.transposed, streams.tried),
    kl.Dense: Row(steps.dense, streams.step_by_step),
    kl.DepthwiseConv1D: Row(convolution.depthwise, streams.window),
    kl.DepthwiseConv2D: Row(convolution.depthwise, streams.tried),
    kl.Embedding: Row(steps.embedding, streams.step_by_step),
    kl.Flatten: Row(None, streams.whole),
    kl.GlobalAveragePooling1D: Row(None, streams.whole),
    kl.GlobalMaxPooling1D: Row(None, streams.whole),
    kl.GroupQueryAttention: Row(heads.group_query_attention, streams.whole),
    kl.MaxPooling1D: Row(None, streams.whole),
    kl.Maximum: Row(merging.extreme, streams.step_by_step),
    kl.Minimum: Row(merging.extreme, streams.step_by_step),
    kl.MultiHeadAttention: Row(heads.multi_head_attention, streams.whole),
    kl.Multiply: Row(merging.multiply, streams.step_by_step),
    kl.Normalization: Row(normalisation.normalization, streams.step_by_step),
    kl.RNN: Row(recurrent, streams.one_way),
    kl.ReLU: Row(activations.relu, streams.step_by_step),
    kl.Rescaling: Row(normalisation.rescaling, streams.step_by_step),
    kl.ReversibleEmbedding: Row(steps.reversible_embedding, streams.step_by_step),
    kl.SeparableConv1D: Row(convolution.separable, streams.window),
    kl.SeparableConv2D: Row(convolution.separable, streams.tried),
    kl.Softmax: Row(steps.softmax, streams.tried),
    kl.Subtract: Row(merging.subtract, streams.step_by_step),
    kl.TimeDistributed: Row(wrappers.time_distributed, streams.tried),
}

#: Operations of `keras.ops`, by the name of their class (Keras does not export the classes themselves). None is refused
#: for streams by its name: whether it goes over time is up to its axes, and running in pieces shows it.
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
            return CONVERTERS[base].write if type(operation).call is base.call else None
    return None


def why_not_in_pieces(operation: keras.Operation) -> str | None:
    """Why an operation cannot run piece by piece, and what to do; None if nothing is known against it.

    A subclass goes by the row of its parent, with a `call` of its own too.
    """
    rows = (CONVERTERS[base] for base in type(operation).__mro__ if base in CONVERTERS)
    return next((row.streams(operation) for row in rows), None)
