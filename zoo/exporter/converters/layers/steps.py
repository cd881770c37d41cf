"""Layers that work on each time step separately: embeddings, products with a kernel, activations."""

from collections.abc import Sequence

import numpy as np
from keras import layers as kl

from zoo.exporter.converters.layers.activations import activate, array, scalar
from zoo.exporter.graph import Graph, Value


def embedding(graph: Graph, layer: kl.Embedding, ids: Value) -> Value:
    """Looks rows up: (batch, time) ids to (batch, time, units)."""
    # Keras casts ids of other types to int32 as well.
    ids = ids if ids.dtype in ("int32", "int64") else graph.cast(ids, "int32")
    return graph.add("Gather", _matrix(graph, layer), ids, axis=0)


def reversible_embedding(graph: Graph, layer: kl.ReversibleEmbedding, x: Value, reverse: bool = False) -> Value:
    """Looks rows up: (batch, time) ids to (batch, time, units).

    With `reverse`, scores all rows of the same matrix, which is stored once: (batch, time, units) to
    (batch, time, vocabulary) logits.
    """
    if not reverse:
        rows = embedding(graph, layer, x)
        # The layer's `call` attaches the mask itself; its `compute_mask` does not return it.
        valid = graph.add("Not", graph.add("Equal", x, np.array(0, x.dtype))) if layer.mask_zero else None
        return rows if valid is None else Value(rows.name, mask=Value(valid.name, x.shape, "bool"))
    if layer.tie_weights:
        kernel = graph.transpose(_matrix(graph, layer), (1, 0))
    else:
        kernel = graph.constant(array(layer.reverse_embeddings), "reverse_embeddings")
    logits = graph.add("MatMul", x, kernel)
    if layer.logit_soft_cap is None:
        return logits
    cap = scalar(layer.logit_soft_cap)
    return graph.add("Mul", graph.add("Tanh", graph.add("Div", logits, cap)), cap)


def dense(graph: Graph, layer: kl.Dense, x: Value) -> Value:
    """x·kernel + bias along the last axis, then the activation: (..., features) to (..., units)."""
    y = graph.add("MatMul", x, graph.constant(array(layer.kernel), "kernel"))
    if layer.use_bias:
        y = graph.add("Add", y, graph.constant(array(layer.bias), "bias"))
    return activate(graph, layer, y, (*(x.shape or ())[:-1], layer.units))


def activation(graph: Graph, layer: kl.Activation, x: Value) -> Value:
    """The layer's function on every element; softmax along the last axis."""
    return activate(graph, layer, x)


def softmax(graph: Graph, layer: kl.Softmax, x: Value, mask: Value | None = None) -> Value:
    """Softmax along `layer.axis`, or over several axes together.

    Elements masked by `mask`, which broadcasts to x's shape, are 0: a row without valid elements is 0 throughout.
    """
    axes = [layer.axis] if isinstance(layer.axis, int) else list(layer.axis)
    return masked_softmax(
        graph, x, None if mask is None else graph.cast(mask, "bool"), [axis % x.rank for axis in axes]
    )


def masked_softmax(graph: Graph, x: Value, mask: Value | None, axes: Sequence[int]) -> Value:
    """Softmax over `axes` of the elements where `mask`, bool, is True; 0 elsewhere."""
    if mask is not None:
        x = graph.add("Where", mask, x, scalar(-1e9))
    if len(axes) == 1:
        y = graph.add("Softmax", x, axis=axes[0])
    else:
        y = graph.add("Exp", graph.add("Sub", x, graph.reduce("ReduceMax", x, axes, keepdims=True)))
        y = graph.add("Div", y, graph.reduce("ReduceSum", y, axes, keepdims=True))
    return y if mask is None else graph.add("Where", mask, y, scalar(0.0))


def _matrix(graph: Graph, layer: kl.Embedding) -> Value:
    return graph.constant(array(layer.embeddings), "embeddings")
