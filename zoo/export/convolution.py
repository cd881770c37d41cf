"""Layers that slide over time: Conv1D and pooling. ONNX wants the channels before time, Keras has them last."""

from typing import Any

import keras
import numpy as np
from keras import layers as kl

from zoo.errors import ExportError
from zoo.export.activations import activate
from zoo.export.graph import Graph, Value
from zoo.export.layers import array

CHANNELS_FIRST = CHANNELS_LAST = (0, 2, 1)


def conv1d(graph: Graph, layer: kl.Conv1D, x: Value) -> Value:
    """Writes one Conv node: (batch, time, features) to (batch, steps, filters).

    Raises:
        ExportError: the layer has the channels first.
    """
    _check_layout(layer)
    (size,), (stride,), (dilation,) = layer.kernel_size, layer.strides, layer.dilation_rate
    kernel = graph.constant(array(layer.kernel).transpose(2, 1, 0), "kernel")  # (filters, features / groups, size)
    bias = graph.constant(array(layer.bias), "bias") if layer.use_bias else None
    y = graph.add(
        "Conv",
        graph.transpose(x, CHANNELS_FIRST),
        kernel,
        *([] if bias is None else [bias]),
        kernel_shape=[size],
        strides=[stride],
        dilations=[dilation],
        group=layer.groups,
        **_padding(layer.padding, reach=dilation * (size - 1), stride=stride),
    )
    return activate(graph, layer, graph.transpose(y, CHANNELS_LAST))


def pooling1d(graph: Graph, layer: kl.MaxPooling1D | kl.AveragePooling1D, x: Value) -> Value:
    """Writes one MaxPool or AveragePool node: (batch, time, features) to (batch, steps, features).

    An average counts only the steps that exist, as in Keras.
    """
    _check_layout(layer)
    (size,), (stride,) = layer.pool_size, layer.strides
    op = "MaxPool" if isinstance(layer, kl.MaxPooling1D) else "AveragePool"
    padding = _padding(layer.padding, reach=size - 1, stride=stride)
    y = graph.add(op, graph.transpose(x, CHANNELS_FIRST), kernel_shape=[size], strides=[stride], **padding)
    return graph.transpose(y, CHANNELS_LAST)


def global_max_pooling1d(graph: Graph, layer: kl.GlobalMaxPooling1D, x: Value) -> Value:
    """Largest value over time, masked steps included as in Keras: (batch, time, features) to (batch, features)."""
    _check_layout(layer)
    return graph.reduce("ReduceMax", x, [1], keepdims=layer.keepdims)


def global_average_pooling1d(
    graph: Graph, layer: kl.GlobalAveragePooling1D, x: Value, mask: Value | None = None
) -> Value:
    """Mean over time, of the valid steps only if there is a mask: (batch, time, features) to (batch, features).

    The mask, (batch, time) bool, may have any pattern. A row without a valid step gives NaN, as in Keras.
    """
    _check_layout(layer)
    if mask is None:
        return graph.reduce("ReduceMean", x, [1], keepdims=layer.keepdims)
    valid = graph.add("Unsqueeze", mask, np.array([2]))
    total = graph.reduce(
        "ReduceSum", graph.add("Where", valid, x, np.array(0, np.float32)), [1], keepdims=layer.keepdims
    )
    count = graph.reduce("ReduceSum", graph.cast(valid, "float32"), [1], keepdims=layer.keepdims)
    return graph.add("Div", total, count)


def _padding(padding: str, *, reach: int, stride: int) -> dict[str, Any]:
    """Padding attributes, in steps before and after.

    Args:
        padding: Keras's word for it.
        reach: how many steps a window stretches beyond its first one.
        stride: steps between windows.
    """
    match padding:
        case "valid":
            return {}
        case "causal":
            return {"pads": [reach, 0]}
        case "same" if stride == 1:
            return {"pads": [reach // 2, reach - reach // 2]}
    return {"auto_pad": "SAME_UPPER"}  # how much depends on the length, which only the runtime knows


def _check_layout(layer: keras.Layer) -> None:
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise ExportError(
            f"layer '{layer.name}' ({type(layer).__name__}): data_format: expected channels_last, "
            f"got {layer.data_format}. Use (batch, time, features)."
        )
