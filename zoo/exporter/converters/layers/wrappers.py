"""Layers around another layer."""

import inspect

import numpy as np
from keras import layers as kl

from zoo.exporter.graph import Graph, Value


def time_distributed(graph: Graph, layer: kl.TimeDistributed, x: Value, mask: Value | None = None) -> Value:
    """Applies the inner layer to every step by itself, all steps as one batch.

    Args:
        graph: what it is written to.
        layer: holds the inner layer.
        x: (batch, time, ...).
        mask: (batch, time, ...) bool, handed on to an inner layer that takes one, step by step.

    Returns:
        (batch, time, ...).
    """
    inner = layer.layer
    if type(inner) is kl.Dense:
        return graph.write(inner, x)
    assert x.shape is not None
    given = {}
    if mask is not None and "mask" in inspect.signature(inner.call).parameters:
        given["mask"] = _merged(graph, mask)
    y = graph.write(inner, _merged(graph, x), **given)
    rest = inner.compute_output_shape((None, *x.shape[2:]))[1:]
    return _parted(graph, y, x, rest)


def _merged(graph: Graph, x: Value) -> Value:
    """(batch, time, ...) to (batch * time, ...)."""
    assert x.shape is not None
    rest = x.shape[2:]
    result = graph.add("Reshape", x, _concatenated(graph, np.array([-1]), _sizes(graph, x, 2, rest)))
    return Value(result.name, (None, *rest), x.dtype)


def _parted(graph: Graph, y: Value, x: Value, rest: tuple[int | None, ...]) -> Value:
    """(batch * time, *rest) back to x's (batch, time, *rest)."""
    assert x.shape is not None
    if x.shape[1] is not None:
        first = np.array([-1, x.shape[1]])
    else:
        first = graph.add("Slice", graph.add("Shape", x), np.array([0]), np.array([2]))
    return graph.add("Reshape", y, _concatenated(graph, first, _sizes(graph, y, 1, rest)))


def _sizes(graph: Graph, x: Value, first: int, sizes: tuple[int | None, ...]) -> Value | np.ndarray:
    """The sizes of x's axes from `first` on: (axes,) int64, a constant if all of them are known."""
    if None in sizes:
        return graph.add("Slice", graph.add("Shape", x), np.array([first]), np.array([first + len(sizes)]))
    return np.array(sizes, np.int64)


def _concatenated(graph: Graph, one: Value | np.ndarray, other: Value | np.ndarray) -> Value | np.ndarray:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.concatenate([one, other])
    return graph.add("Concat", one, other, axis=0)
