"""Attention and AdditiveAttention, and the steps that a query may attend to."""

from collections.abc import Sequence

import numpy as np
from keras import layers as kl

from zoo.exporter.converters.layers.activations import array, scalar
from zoo.exporter.graph import Graph, Value


def attention(
    graph: Graph,
    layer: kl.Attention,
    inputs: list[Value],
    mask: list[Value | None] | None = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
) -> Value | tuple[Value, Value]:
    """Attention and AdditiveAttention: values weighted by the scores of their keys for each query.

    Args:
        graph: the graph to write to.
        layer: defines how a key is scored for a query.
        inputs: query (batch, queries, features), value (batch, steps, features) and, if it is not the value, key.
        mask: masks of query and value, (batch, queries) and (batch, steps) bool.
        return_attention_scores: whether to return the weights as well.
        use_causal_mask: whether a query attends to no step after its own.

    Returns:
        (batch, queries, features); with the weights, (batch, queries, steps).
    """
    query, value = inputs[:2]
    key = inputs[2] if len(inputs) > 2 else value
    query_mask, value_mask = (mask or [None, None])[:2]
    visible = None if value_mask is None else unsqueezed(graph, graph.cast(value_mask, "bool"), 1)
    if use_causal_mask:
        visible = both(graph, visible, causal(graph, query, key))
    scores = _scores(graph, layer, query, key)
    if visible is not None:
        # Subtracts instead of replacing: a query without visible steps then weights them as if all were visible.
        scores = graph.add("Where", visible, scores, graph.add("Sub", scores, scalar(1e9)))
    weights = graph.add("Softmax", scores, axis=-1)
    y = graph.add("MatMul", weights, value)
    if query_mask is not None:
        y = graph.add("Where", unsqueezed(graph, graph.cast(query_mask, "bool"), 2), y, scalar(0.0))
    return (y, weights) if return_attention_scores else y


def _scores(graph: Graph, layer: kl.Attention, query: Value, key: Value) -> Value:
    """Scores of every key for every query: (batch, queries, steps)."""
    additive = isinstance(layer, kl.AdditiveAttention)
    scale = array(layer.scale) if layer.use_scale else None
    if not additive and layer.score_mode == "dot":
        product = graph.add("MatMul", query, graph.transpose(key, (0, 2, 1)))
        return product if scale is None else graph.add("Mul", product, scale)
    pairs = graph.add("Add", unsqueezed(graph, query, 2), unsqueezed(graph, key, 1))
    if additive:
        pairs = graph.add("Tanh", pairs)
        pairs = pairs if scale is None else graph.add("Mul", pairs, graph.constant(scale, "scale"))
        return graph.reduce("ReduceSum", pairs, [3])
    pairs = pairs if scale is None else graph.add("Mul", pairs, scale)
    return graph.add("Mul", graph.reduce("ReduceSum", graph.add("Tanh", pairs), [3]), array(layer.concat_score_weight))


def causal(graph: Graph, query: Value, steps: Value) -> Value:
    """True up to the query's own step: (1, queries, steps) bool."""
    later = graph.add("Less", *_step_numbers(graph, query, steps))
    return Value(graph.add("Not", later).name, (1, None, None), "bool")


def near(graph: Graph, query: Value, steps: Value, window: int) -> Value:
    """True at fewer than `window` steps from the query's own: (1, queries, steps) bool."""
    distance = graph.add("Abs", graph.add("Sub", *_step_numbers(graph, query, steps)))
    return Value(graph.add("Less", distance, np.array(window)).name, (1, None, None), "bool")


def both(graph: Graph, left: Value | None, right: Value) -> Value:
    """Logical and of two bool masks, with broadcasting; None lets everything through."""
    if left is None:
        return right
    return Value(graph.add("And", left, right).name, (None,) * max(left.rank, right.rank), "bool")


def unsqueezed(graph: Graph, x: Value, *axes: int) -> Value:
    """X with axes of size 1 at the positions `axes` of the result."""
    shape: list[int | None] = list(x.shape or ())
    for axis in axes:
        shape.insert(axis, 1)
    return Value(graph.add("Unsqueeze", x, np.array(axes, np.int64)).name, tuple(shape), x.dtype)


def _step_numbers(graph: Graph, query: Value, steps: Value) -> tuple[Value, Value]:
    """0, 1, 2 ... along the queries, (1, queries, 1), and along the steps, (1, 1, steps)."""
    return _numbered(graph, query, (0, 2)), _numbered(graph, steps, (0, 1))


def _numbered(graph: Graph, x: Value, axes: Sequence[int]) -> Value:
    assert x.shape is not None
    if x.shape[1] is not None:
        return graph.constant(np.expand_dims(np.arange(x.shape[1]), tuple(axes)), "steps")
    length = graph.add("Gather", graph.add("Shape", x), np.array(1), axis=0)
    steps = graph.add("Range", np.array(0), length, np.array(1))
    return graph.add("Unsqueeze", steps, np.array(axes))
