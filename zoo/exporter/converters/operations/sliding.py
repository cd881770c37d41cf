"""Operations of `keras.ops` that slide windows over steps: convolutions and pooling."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from zoo.exporter.converters.layers import convolution, pooling
from zoo.exporter.converters.operations.operands import refused, shape_of
from zoo.exporter.graph import Graph, Value

Converter = Callable[..., Any]


def per_dimension(option: Any, rank: int) -> list[int]:
    """One number per dimension, for an option that may be a single number."""
    return [int(option)] * rank if isinstance(option, int) else [int(number) for number in option]


def data_format(op: Any) -> str:
    """The position of the channels: the operation's setting, or Keras's default."""
    return op.data_format or keras.config.image_data_format()


def window(op: Any, rank: int) -> dict[str, Any]:
    """The options that every convolution has."""
    return {
        "strides": per_dimension(op.strides, rank),
        "padding": op.padding,
        "dilations": per_dimension(op.dilation_rate, rank),
        "data_format": data_format(op),
    }


def conv(graph: Graph, op: Any, inputs: Value, kernel: Value) -> Value:
    """(batch, *steps, features) and (*sizes, features / groups, filters) to (batch, *fewer, filters)."""
    channels = shape_of(inputs)[-1 if data_format(op) == "channels_last" else 1]
    groups = (channels or 1) // (shape_of(kernel)[-2] or 1)
    return convolution.conv(graph, inputs, kernel, groups=max(groups, 1), **window(op, inputs.rank - 2))


def depthwise_conv(graph: Graph, op: Any, inputs: Value, kernel: Value) -> Value:
    """(batch, *steps, features) and (*sizes, features, multiplier) to (batch, *fewer, features * multiplier)."""
    return convolution.depthwise_conv(graph, inputs, kernel, **window(op, inputs.rank - 2))


def separable_conv(graph: Graph, op: Any, inputs: Value, depthwise_kernel: Value, pointwise_kernel: Value) -> Value:
    """A depthwise convolution, then a pointwise one."""
    rank = inputs.rank - 2
    y = convolution.depthwise_conv(graph, inputs, depthwise_kernel, **window(op, rank))
    once = {"strides": [1] * rank, "padding": "valid", "dilations": [1] * rank, "data_format": data_format(op)}
    return convolution.conv(graph, y, pointwise_kernel, **once)


def conv_transpose(graph: Graph, op: Any, inputs: Value, kernel: Value) -> Value:
    """(batch, *steps, features) and (*sizes, filters, features) to (batch, *longer, filters)."""
    rank = inputs.rank - 2
    more = None if op.output_padding is None else per_dimension(op.output_padding, rank)
    return convolution.conv_transpose(graph, inputs, kernel, output_padding=more, **window(op, rank))


def pool(node: str) -> Callable[..., Any]:
    """The largest or the mean element of each window."""

    def convert(graph: Graph, op: Any, inputs: Value) -> Value:
        sizes = per_dimension(op.pool_size, inputs.rank - 2)
        strides = sizes if op.strides is None else per_dimension(op.strides, inputs.rank - 2)
        return pooling.pool(
            graph, node, inputs, sizes=sizes, strides=strides, padding=op.padding, data_format=data_format(op)
        )

    return convert


def adaptive_pool(node: str) -> Callable[..., Any]:
    """A fixed number of windows that together cover all steps, over each dimension in turn.

    Raises:
        ExportError: the length of a dimension is not known.
    """

    def convert(graph: Graph, op: Any, inputs: Value) -> Value:
        first = 1 if data_format(op) == "channels_last" else 2
        y = inputs
        for axis, count in enumerate(per_dimension(op.output_size, inputs.rank - 2), start=first):
            length = shape_of(inputs)[axis]
            if length is None:
                raise refused(op, "inputs", "known lengths", shape_of(inputs), "Give the input a fixed shape.")
            y = _windows(graph, node, y, axis, length, count)
        return y

    return convert


def _windows(graph: Graph, node: str, x: Value, axis: int, length: int, count: int) -> Value:
    """One step for each of `count` windows: from ⌊i·length / count⌋ up to ⌈(i + 1)·length / count⌉."""
    parts: Sequence[Value] = [
        graph.reduce(
            node,
            graph.add(
                "Slice",
                x,
                np.array([index * length // count]),
                np.array([-(-(index + 1) * length // count)]),
                np.array([axis]),
            ),
            [axis],
            keepdims=True,
        )
        for index in range(count)
    ]
    return graph.add("Concat", *parts, axis=axis)


#: Class of the operation in `keras.ops` -> its converter.
OPERATIONS: dict[str, Converter] = {
    "AdaptiveAveragePool": adaptive_pool("ReduceMean"),
    "AdaptiveMaxPool": adaptive_pool("ReduceMax"),
    "AveragePool": pool("AveragePool"),
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "DepthwiseConv": depthwise_conv,
    "MaxPool": pool("MaxPool"),
    "SeparableConv": separable_conv,
}
