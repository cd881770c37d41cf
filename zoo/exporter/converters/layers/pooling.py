"""Pooling over windows, in any number of dimensions."""

from collections.abc import Sequence

from zoo.exporter.converters.layers.windows import channels_back, channels_first, padding_attributes, steps_of
from zoo.exporter.graph import Graph, Value


def pool(
    graph: Graph, op: str, x: Value, *, sizes: Sequence[int], strides: Sequence[int], padding: str, data_format: str
) -> Value:
    """Writes one MaxPool or AveragePool node: (batch, *steps, features) to (batch, *fewer, features).

    An average excludes padding, as in Keras.

    Args:
        graph: the graph to write to.
        op: MaxPool or AveragePool.
        x: the input; `data_format` gives the position of its channels.
        sizes: steps in a window, one for each dimension.
        strides: steps between windows, one for each dimension.
        padding: valid or same.
        data_format: channels_last or channels_first.
    """
    rank = len(sizes)
    y = graph.add(
        op,
        channels_first(graph, x, rank, data_format),
        kernel_shape=list(sizes),
        strides=list(strides),
        **padding_attributes(padding, sizes, strides, [1] * rank, steps_of(x, rank, data_format)),
    )
    return channels_back(graph, y, rank, data_format)
