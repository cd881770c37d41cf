"""Attention with several heads: MultiHeadAttention and GroupQueryAttention."""

import dataclasses
import math
from typing import Any

import keras
import numpy as np
from keras import layers as kl

from zoo.core.errors import ExportError
from zoo.exporter.converters.layers.activations import array, scalar
from zoo.exporter.converters.layers.attention import both, causal, near, unsqueezed
from zoo.exporter.converters.layers.steps import masked_softmax
from zoo.exporter.converters.operations.einsum import contracted
from zoo.exporter.graph import Array, Graph, Value


def multi_head_attention(
    graph: Graph,
    layer: kl.MultiHeadAttention,
    query: Value,
    value: Value,
    key: Value | None = None,
    query_mask: Value | None = None,
    value_mask: Value | None = None,
    key_mask: Value | None = None,
    attention_mask: Value | None = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
) -> Value | tuple[Value, Value]:
    """Attention with several heads, https://arxiv.org/abs/1706.03762.

    Args:
        graph: the graph to write to.
        layer: the layer with the projections.
        query: (batch, queries, features).
        value: (batch, steps, features).
        key: (batch, steps, features). Default: the value.
        query_mask: ignored, as in Keras, which reads the mask that the query carries.
        value_mask: (batch, steps) bool.
        key_mask: (batch, steps) bool.
        attention_mask: (batch, queries, steps), True for steps that a query may attend to.
        return_attention_scores: whether to return the weights as well.
        use_causal_mask: whether a query attends to no step after its own.

    Returns:
        (batch, queries, features); with the weights, (batch, heads, queries, steps).

    Raises:
        ExportError: the weights of attention over several axes are requested.
    """
    visible = _visible(graph, layer, query, value, [query.mask, value_mask, key_mask], attention_mask, use_causal_mask)
    key = value if key is None else key
    if query.rank > 3 and return_attention_scores:
        raise ExportError(
            f"layer '{layer.name}' (MultiHeadAttention): expected (batch, steps, features) when it returns the "
            f"weights, got {query.rank} axes, for which Keras declares a wrong shape. Return the output only."
        )
    if query.rank > 3:
        return _over_several_axes(graph, layer, query, value, key, visible)
    return _heads(graph, layer, query, value, key, visible, return_attention_scores)


def group_query_attention(
    graph: Graph,
    layer: kl.GroupQueryAttention,
    query: Value,
    value: Value,
    key: Value | None = None,
    query_mask: Value | None = None,
    value_mask: Value | None = None,
    key_mask: Value | None = None,
    attention_mask: Value | None = None,
    return_attention_scores: bool = False,
    use_causal_mask: bool = False,
) -> Value | tuple[Value, Value]:
    """As `multi_head_attention`, with fewer heads of keys and values than of queries, https://arxiv.org/abs/2305.13245.

    The query's mask is `query_mask`.
    """
    visible = _visible(graph, layer, query, value, [query_mask, value_mask, key_mask], attention_mask, use_causal_mask)
    return _heads(graph, layer, query, value, value if key is None else key, visible, return_attention_scores)


def _heads(
    graph: Graph, layer: Any, query: Value, value: Value, key: Value, visible: Value | None, return_scores: bool
) -> Value | tuple[Value, Value]:
    """Projects to heads, attends in each head, and joins the heads."""
    weights = _weights(layer)
    heads, size = weights["query/kernel"].shape[1:]
    q, k, v = (
        graph.transpose(_projection(graph, weights, name, x), (0, 2, 1, 3))  # (batch, heads, steps, size)
        for name, x in (("query", query), ("key", key), ("value", value))
    )
    if (repeats := heads // weights["key/kernel"].shape[1]) > 1:
        shared = np.repeat(np.arange(heads // repeats), repeats)
        k, v = (graph.add("Gather", x, shared, axis=1) for x in (k, v))
    scores = graph.add("MatMul", q, graph.transpose(k, (0, 1, 3, 2)))
    scores = graph.add("Mul", scores, scalar(1 / np.sqrt(size)))
    visible = None if visible is None else _expanded(graph, visible, 4, 1)
    scores = _weighed(graph, layer, scores, visible, return_scores)
    y = graph.transpose(graph.add("MatMul", scores, v), (0, 2, 1, 3))
    y = _joined(graph, weights, query, y)
    return (y, scores) if return_scores else y


def _over_several_axes(
    graph: Graph,
    layer: kl.MultiHeadAttention,
    query: Value,
    value: Value,
    key: Value,
    visible: Value | None,
) -> Value:
    """Attention along `layer.attention_axes` of inputs with more axes than (batch, steps, features)."""
    weights = _weights(layer)
    q, k, v = (_projection(graph, weights, name, x) for name, x in (("query", query), ("key", key), ("value", value)))
    rank, axes = query.rank + 1, list(layer.attention_axes or ())
    queries = [chr(ord("a") + axis) for axis in range(rank)]
    steps = [letter.upper() if axis in axes else letter for axis, letter in enumerate(queries)]
    shared = [queries[axis] for axis in range(rank - 1) if axis not in axes]
    pairs = "".join(shared + [queries[axis] for axis in axes] + [steps[axis] for axis in axes])
    q = dataclasses.replace(q, name=graph.add("Mul", q, scalar(1 / np.sqrt(layer.key_dim))).name)
    products = contracted(graph, f"{''.join(steps)},{''.join(queries)}->{pairs}", [k, q])
    visible = None if visible is None else _expanded(graph, visible, len(pairs), len(axes))
    scores = masked_softmax(graph, products, visible, range(len(pairs) - len(axes), len(pairs)))
    scores = Value(scores.name, (None,) * len(pairs), "float32")
    y = contracted(graph, f"{pairs},{''.join(steps)}->{''.join(queries)}", [scores, v])
    return _joined(graph, weights, query, y)


def _weighed(graph: Graph, layer: Any, scores: Value, visible: Value | None, return_scores: bool) -> Value:
    """Softmax of the scores of the steps that a query may attend to.

    Keras has two rules for a query without visible steps: all steps get equal weight, unless the weights are returned
    or the layer has dropout; then every step gets weight 0.
    """
    if layer.dropout > 0 or return_scores:
        return masked_softmax(graph, scores, visible, [3])
    if visible is not None:
        scores = graph.add("Where", visible, scores, scalar(-0.7 * np.finfo(np.float32).max))
    return graph.add("Softmax", scores, axis=-1)


def _joined(graph: Graph, weights: dict[str, Array], query: Value, y: Value) -> Value:
    """Applies the gate, if there is one, and projects the heads, (..., heads, size), to the output."""
    if "gate/kernel" in weights:
        y = graph.add("Mul", y, graph.add("Sigmoid", _projection(graph, weights, "gate", query)))
    joined = Value(y.name, (None,) * (query.rank + 1), "float32")
    return _projection(graph, weights, "attention_output", joined, bound=2)


def _projection(graph: Graph, weights: dict[str, Array], name: str, x: Value, bound: int = 1) -> Value:
    """x·kernel + bias over the last `bound` axes: (..., features) to (..., heads, size), or back."""
    kernel, bias = weights[f"{name}/kernel"], weights.get(f"{name}/bias")
    summed, projected = kernel.shape[:bound], kernel.shape[bound:]
    free = [0] * (x.rank - bound)  # 0: size unchanged
    if bound > 1:
        x = graph.add("Reshape", x, np.array([*free, math.prod(summed)]))
    y = graph.add("MatMul", x, graph.constant(kernel.reshape(math.prod(summed), -1), f"{name}/kernel"))
    y = y if bias is None else graph.add("Add", y, graph.constant(bias.reshape(-1), f"{name}/bias"))
    y = y if len(projected) == 1 else graph.add("Reshape", y, np.array([*free, *projected]))
    return Value(y.name, (None,) * (len(free) + len(projected)), "float32")


def _weights(layer: keras.Layer) -> dict[str, Array]:
    """The layer's weights by the end of their paths: `query/kernel`, `attention_output/bias`.

    Raises:
        ExportError: the layer has low-rank weights that are not merged yet.
    """
    weights = {"/".join(weight.path.split("/")[-2:]): array(weight) for weight in layer.weights}
    if unmerged := [path for path in weights if "lora" in path]:
        raise ExportError(
            f"layer '{layer.name}' ({type(layer).__name__}): expected merged weights, got {unmerged[0]}. "
            "Save the model and load it again to merge them."
        )
    return weights


def _visible(
    graph: Graph,
    layer: Any,
    query: Value,
    value: Value,
    masks: list[Value | None],
    attention_mask: Value | None,
    use_causal_mask: bool,
) -> Value | None:
    """Bool mask of the steps that each query may attend to, broadcasting to (batch, queries, steps); None for all."""
    query_mask, *step_masks = masks
    visible = None if query_mask is None else unsqueezed(graph, graph.cast(query_mask, "bool"), 2)
    for mask in step_masks:
        visible = visible if mask is None else both(graph, visible, unsqueezed(graph, graph.cast(mask, "bool"), 1))
    if use_causal_mask:
        visible = both(graph, visible, causal(graph, query, value))
    if window := layer.get_config().get("sliding_window"):
        visible = both(graph, visible, near(graph, query, value, window))
    if attention_mask is None:
        return visible
    return both(graph, visible, graph.cast(attention_mask, "bool"))


def _expanded(graph: Graph, visible: Value, rank: int, axes: int) -> Value:
    """The mask with new axes between the batch and the attention's own axes, of which there are twice `axes`."""
    first = visible.rank - 2 * axes
    return unsqueezed(graph, visible, *range(first, first + rank - visible.rank)) if visible.rank < rank else visible
