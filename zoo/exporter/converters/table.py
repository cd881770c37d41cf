"""The table of layers and their converters to ONNX.

A converter is called with the graph, the layer and the arguments of the layer's call, with `Value`s for tensors. It
returns what the layer returns. A new layer is one function and one row here. A layer without a row, or whose row has no
converter, is taken apart into the layers and operations that it calls.
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
    """The exporter's entry for a layer.

    Attributes:
        write: the converter; None: the layer is taken apart.
        streams: why it cannot run in pieces, if it cannot.
    """

    write: Converter | None
    streams: streams.Streams


#: Layer class -> its row.
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
    kl.Conv1DTranspose: Row(convolution.transposed, streams.unclear),
    kl.Conv2D: Row(convolution.convolution, streams.unclear),
    kl.Conv2DTranspose: Row(convolution.transposed, streams.unclear),
    kl.Conv3D: Row(convolution.convolution, streams.unclear),
    kl.Conv3DTranspose: Row(convolution.transposed, streams.unclear),
    kl.Dense: Row(steps.dense, streams.step_by_step),
    kl.DepthwiseConv1D: Row(convolution.depthwise, streams.window),
    kl.DepthwiseConv2D: Row(convolution.depthwise, streams.unclear),
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
    kl.SeparableConv2D: Row(convolution.separable, streams.unclear),
    kl.Softmax: Row(steps.softmax, streams.unclear),
    kl.Subtract: Row(merging.subtract, streams.step_by_step),
    kl.TimeDistributed: Row(wrappers.time_distributed, streams.unclear),
}

#: Operations of `keras.ops`, by the name of their class (Keras does not export the classes themselves). None is refused
#: for streams by name: its axes decide whether it reaches over time, and verification in pieces tests that.
OPERATIONS: dict[str, Converter] = {
    **elementwise.OPERATIONS,
    **shapes.OPERATIONS,
    **products.OPERATIONS,
    "ReLU": activations.relu,
}


def converter(operation: keras.Operation) -> Converter | None:
    """The converter of an operation; None if it has none.

    A subclass uses the row of its parent unless it has its own `call`, which may compute something else.
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
    """Why an operation cannot run in pieces, and how to fix that; None if no reason is known.

    A subclass uses the row of its parent, even with its own `call`.
    """
    rows = (CONVERTERS[base] for base in type(operation).__mro__ if base in CONVERTERS)
    return next((row.streams(operation) for row in rows), None)
