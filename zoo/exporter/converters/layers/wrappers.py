"""Layers that wrap another layer."""

import inspect

import numpy as np
from keras import layers as kl

from zoo.exporter.graph import Graph, Value


def time_distributed(graph: Graph, layer: kl.TimeDistributed, x: Value, mask: Value | None = None) -> Value:
    """Applies the inner layer to every step separately, with all steps as one batch.

    Args:
        graph: the graph to write to.
        layer: the wrapper with its inner layer.
        x: (batch, time, ...).
        mask: (batch, time, ...) bool, passed step by step to an inner layer that takes a mask.

    Returns:
        (batch, time, ...).
    """
    inner = layer.layer
    if type(inner) is kl.Dense:
        return graph.write(inner, x)
    assert x.shape is not None
    options = {}
    if mask is not None and "mask" in inspect.signature(inner.call).parameters:
        options["mask"] = _merged(graph, mask)
    y = graph.write(inner, _merged(graph, x), **options)
    inner_shape = inner.compute_output_shape((None, *x.shape[2:]))[1:]
    return _parted(graph, y, x, inner_shape)


def _merged(graph: Graph, x: Value) -> Value:
    """(batch, time, ...) to (batch * time, ...)."""
    assert x.shape is not None
    inner_shape = x.shape[2:]
    result = graph.add("Reshape", x, _concatenated(graph, np.array([-1]), _sizes(graph, x, 2, inner_shape)))
    return Value(result.name, (None, *inner_shape), x.dtype)


def _parted(graph: Graph, y: Value, x: Value, inner_shape: tuple[int | None, ...]) -> Value:
    """(batch * time, *inner_shape) back to x's (batch, time, *inner_shape)."""
    assert x.shape is not None
    if x.shape[1] is not None:
        first = np.array([-1, x.shape[1]])
    else:
        first = graph.add("Slice", graph.add("Shape", x), np.array([0]), np.array([2]))
    return graph.add("Reshape", y, _concatenated(graph, first, _sizes(graph, y, 1, inner_shape)))


def _sizes(graph: Graph, x: Value, first: int, sizes: tuple[int | None, ...]) -> Value | np.ndarray:
    """The sizes of x's axes from `first` on: (axes,) int64, a constant if all of them are known."""
    if None in sizes:
        return graph.add("Slice", graph.add("Shape", x), np.array([first]), np.array([first + len(sizes)]))
    return np.array(sizes, np.int64)


def _concatenated(graph: Graph, first: Value | np.ndarray, second: Value | np.ndarray) -> Value | np.ndarray:
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        return np.concatenate([first, second])
    return graph.add("Concat", first, second, axis=0)
