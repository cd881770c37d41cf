"""Layers that merge tensors element by element; some use the masks of their inputs."""

from functools import reduce

import numpy as np
from keras import layers as kl

from zoo.exporter.converters.layers.activations import scalar
from zoo.exporter.graph import Graph, Value


def add(graph: Graph, layer: kl.Add | kl.Average, inputs: list[Value]) -> Value:
    """The sum of all."""
    return reduce(lambda left, right: graph.add("Add", left, right), _alike(graph, inputs))


def average(graph: Graph, layer: kl.Average, inputs: list[Value]) -> Value:
    """The mean of all, masked or not."""
    return graph.add("Div", add(graph, layer, inputs), scalar(len(inputs)))


def subtract(graph: Graph, layer: kl.Subtract, inputs: list[Value]) -> Value:
    """The first minus the second."""
    return graph.add("Sub", *_alike(graph, inputs))


def multiply(graph: Graph, layer: kl.Multiply, inputs: list[Value]) -> Value:
    """The product of all. A masked step counts as 1, or gives 0 if all inputs mask it."""
    inputs = _alike(graph, inputs)
    masks = [_over_features(graph, x) for x in inputs]
    product: Value | None = None
    for x, mask in zip(inputs, masks, strict=True):
        x = x if mask is None else graph.add("Where", mask, x, scalar(1.0))
        product = x if product is None else graph.add("Mul", product, x)
    assert product is not None
    valid = [mask for mask in masks if mask is not None]
    if len(valid) < len(inputs):
        return product
    anywhere = valid[0]
    for mask in valid[1:]:
        anywhere = graph.add("Or", anywhere, mask)
    return graph.add("Where", anywhere, product, scalar(0.0))


def extreme(graph: Graph, layer: kl.Maximum | kl.Minimum, inputs: list[Value]) -> Value:
    """The largest or smallest of all. A masked element is replaced by the inputs before it, or by the next one."""
    op = "Max" if isinstance(layer, kl.Maximum) else "Min"
    inputs = _alike(graph, inputs)
    result, valid = inputs[0], _over_features(graph, inputs[0])
    for x in inputs[1:]:
        mask = _over_features(graph, x)
        candidate = x if mask is None else graph.add("Where", mask, x, result)
        result = result if valid is None else graph.add("Where", valid, result, candidate)
        valid = None if mask is None or valid is None else graph.add("Or", valid, mask)
        result = graph.add(op, result, candidate)
    return result


def _alike(graph: Graph, inputs: list[Value]) -> list[Value]:
    """The inputs expanded to the largest rank; new axes follow the batch, and such inputs lose their mask."""
    rank = max(x.rank for x in inputs)
    return [x if x.rank == rank else graph.add("Unsqueeze", x, np.arange(1, 1 + rank - x.rank)) for x in inputs]


def _over_features(graph: Graph, x: Value) -> Value | None:
    """The mask that x carries, (batch, time), as (batch, time, 1)."""
    return None if x.mask is None else graph.add("Unsqueeze", x.mask, np.array([x.mask.rank]))
