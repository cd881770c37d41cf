"""Convolutions in any number of dimensions. ONNX has the channels before the steps, Keras has them last."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import layers as kl

from zoo.exporter.converters.layers.activations import activate, array
from zoo.exporter.converters.layers.context import with_context
from zoo.exporter.converters.layers.windows import channels_back, channels_first, padding_attributes, steps_of
from zoo.exporter.graph import Array, Graph, Value

#: A kernel: the weights themselves, or a value that the graph computes.
Kernel = Array | Value


def conv(
    graph: Graph,
    x: Value,
    kernel: Kernel,
    bias: Array | None = None,
    *,
    strides: Sequence[int],
    padding: str,
    dilations: Sequence[int],
    groups: int = 1,
    data_format: str,
) -> Value:
    """Writes one Conv node: (batch, *steps, features) to (batch, *steps, filters).

    Args:
        graph: the graph to write to.
        x: the input; `data_format` gives the position of its channels.
        kernel: (*sizes, features / groups, filters).
        bias: (filters,).
        strides: steps between windows, one for each dimension.
        padding: valid, same or causal.
        dilations: steps between the taps of a window, one for each dimension.
        groups: number of groups into which the channels are split.
        data_format: channels_last or channels_first.

    Raises:
        ExportError: padding is 'same' with strides or dilations and a free size that ONNX cannot express.
    """
    rank = len(strides)
    sizes = _shape(kernel)[:-2]
    taps = _transposed(graph, kernel, (rank + 1, rank, *range(rank)))
    return _sliding(graph, x, taps, bias, groups, sizes, strides, padding, dilations, data_format)


def depthwise_conv(
    graph: Graph,
    x: Value,
    kernel: Kernel,
    bias: Array | None = None,
    *,
    strides: Sequence[int],
    padding: str,
    dilations: Sequence[int],
    data_format: str,
) -> Value:
    """Convolves every channel separately: (batch, *steps, features) to (batch, *steps, features * multiplier).

    As `conv`, but with a kernel of (*sizes, features, multiplier).
    """
    rank = len(strides)
    *sizes, features, multiplier = _shape(kernel)
    taps = _transposed(graph, kernel, (rank, rank + 1, *range(rank)))
    flat = (features * multiplier, 1, *sizes)
    taps = graph.add("Reshape", taps, np.array(flat, np.int64)) if isinstance(taps, Value) else taps.reshape(flat)
    return _sliding(graph, x, taps, bias, features, sizes, strides, padding, dilations, data_format)


def conv_transpose(
    graph: Graph,
    x: Value,
    kernel: Kernel,
    bias: Array | None = None,
    *,
    strides: Sequence[int],
    padding: str,
    output_padding: Sequence[int] | None,
    dilations: Sequence[int],
    data_format: str,
) -> Value:
    """Writes one ConvTranspose node: (batch, *steps, features) to (batch, *longer, filters).

    As `conv`, but with a kernel of (*sizes, filters, features).
    """
    rank = len(strides)
    sizes = _shape(kernel)[:-2]
    before, after, more = [], [], []
    for axis, (size, stride, dilation) in enumerate(zip(sizes, strides, dilations, strict=True)):
        reach = dilation * (size - 1) + 1
        extra = None if output_padding is None else output_padding[axis]
        # The length that the last step adds; every earlier step adds its stride.
        if padding == "valid":
            last = max(reach, stride) if extra is None else reach + extra
        else:
            last = stride if extra is None else reach % 2 + extra
        surplus = max(reach - last, 0)
        before.append(surplus // 2)
        after.append(surplus - surplus // 2)
        more.append(max(last - reach, 0))
    y = graph.add(
        "ConvTranspose",
        channels_first(graph, x, rank, data_format),
        *_operands(graph, _transposed(graph, kernel, (rank + 1, rank, *range(rank))), bias),
        kernel_shape=sizes,
        strides=list(strides),
        dilations=list(dilations),
        pads=[*before, *after],
        output_padding=more,
    )
    return channels_back(graph, y, rank, data_format)


def convolution(graph: Graph, layer: kl.Conv1D | kl.Conv2D | kl.Conv3D, x: Value) -> Value:
    """Conv1D, Conv2D and Conv3D: one Conv node, then the activation."""
    longer, padding = with_context(graph, layer, x)
    window = {**_window(layer), "padding": padding}
    y = conv(graph, longer, array(layer.kernel), _bias(layer), groups=layer.groups, **window)
    return activate(graph, layer, y, layer.compute_output_shape(x.shape))


def depthwise(graph: Graph, layer: kl.DepthwiseConv1D | kl.DepthwiseConv2D, x: Value) -> Value:
    """DepthwiseConv1D and DepthwiseConv2D: one Conv node with a group for each channel, then the activation."""
    y = depthwise_conv(graph, x, array(layer.kernel), _bias(layer), **_window(layer))
    return activate(graph, layer, y, layer.compute_output_shape(x.shape))


def separable(graph: Graph, layer: kl.SeparableConv1D | kl.SeparableConv2D, x: Value) -> Value:
    """SeparableConv1D and SeparableConv2D: a depthwise and a pointwise convolution, then the activation."""
    ones = [1] * layer.rank
    y = depthwise_conv(graph, x, array(layer.depthwise_kernel), **_window(layer))
    y = conv(
        graph,
        y,
        array(layer.pointwise_kernel),
        _bias(layer),
        strides=ones,
        padding="valid",
        dilations=ones,
        data_format=layer.data_format,
    )
    return activate(graph, layer, y, layer.compute_output_shape(x.shape))


def transposed(graph: Graph, layer: kl.Conv1DTranspose | kl.Conv2DTranspose | kl.Conv3DTranspose, x: Value) -> Value:
    """Conv1DTranspose, Conv2DTranspose and Conv3DTranspose: one ConvTranspose node, then the activation."""
    more = layer.output_padding
    more = [more] * layer.rank if isinstance(more, int) else more
    y = conv_transpose(graph, x, array(layer.kernel), _bias(layer), output_padding=more, **_window(layer))
    return activate(graph, layer, y, layer.compute_output_shape(x.shape))


def _window(layer: Any) -> dict[str, Any]:
    """The options that every convolution layer has."""
    return {
        "strides": layer.strides,
        "padding": layer.padding,
        "dilations": layer.dilation_rate,
        "data_format": layer.data_format,
    }


def _bias(layer: Any) -> Array | None:
    return array(layer.bias) if layer.use_bias else None


def _sliding(
    graph: Graph,
    x: Value,
    taps: Kernel,
    bias: Array | None,
    groups: int,
    sizes: Sequence[int],
    strides: Sequence[int],
    padding: str,
    dilations: Sequence[int],
    data_format: str,
) -> Value:
    """The Conv node, with `taps` of (filters, features / groups, *sizes)."""
    rank = len(sizes)
    y = graph.add(
        "Conv",
        channels_first(graph, x, rank, data_format),
        *_operands(graph, taps, bias),
        kernel_shape=list(sizes),
        strides=list(strides),
        dilations=list(dilations),
        group=groups,
        **padding_attributes(padding, sizes, strides, dilations, steps_of(x, rank, data_format)),
    )
    return channels_back(graph, y, rank, data_format)


def _shape(kernel: Kernel) -> list[int]:
    assert kernel.shape is not None
    return [int(size or 0) for size in kernel.shape]


def _transposed(graph: Graph, kernel: Kernel, axes: tuple[int, ...]) -> Kernel:
    return graph.transpose(kernel, axes) if isinstance(kernel, Value) else kernel.transpose(axes)


def _operands(graph: Graph, taps: Kernel, bias: Array | None) -> list[Value]:
    kernel = taps if isinstance(taps, Value) else graph.constant(taps, "kernel")
    return [kernel] if bias is None else [kernel, graph.constant(bias, "bias")]
