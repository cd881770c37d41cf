"""The context that a causal window needs from before a piece of a stream, kept between runs as a state."""

import numpy as np
from keras import layers as kl

from zoo.exporter.graph import Graph, Value


def with_context(graph: Graph, layer: kl.Conv1D | kl.Conv2D | kl.Conv3D, x: Value) -> tuple[Value, str]:
    """Prepends the preceding steps to the input of a convolution, if the graph is for streams.

    Args:
        graph: the graph to write to.
        layer: the convolution; its input is extended only for causal padding.
        x: its input; `layer.data_format` gives the position of the channels.

    Returns:
        The input, extended by the steps that the window reaches back, and the padding that remains to be applied. In
        a graph that is not for streams, the unchanged input and the layer's own padding.
    """
    if not graph.streaming or layer.padding != "causal":  # causal padding exists in one dimension only
        return x, layer.padding
    reach = layer.dilation_rate[0] * (layer.kernel_size[0] - 1)
    if reach == 0:
        return x, "valid"
    last = layer.data_format == "channels_last"
    assert x.shape is not None
    features = x.shape[-1 if last else 1]
    assert features is not None
    axis, sizes = (1, ["batch", reach, features]) if last else (2, ["batch", features, reach])
    name = f"state.{graph.unused_title(layer.name)}.context"
    longer = graph.add("Concat", graph.state(name, sizes, x.dtype or "float32"), x, axis=axis)
    end = np.array([np.iinfo(np.int64).max])
    graph.keep(name, graph.add("Slice", longer, np.array([-reach]), end, np.array([axis])))
    return longer, "valid"
