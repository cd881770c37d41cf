"""Operations of `keras.ops` for neural networks without sliding windows: softmax, normalisations."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.exporter.converters.operations.operands import along, axes_of, number, operand, positions, shape_of, size
from zoo.exporter.converters.operations.reductions import mean_and_variance, vector_norm
from zoo.exporter.graph import Graph, Value

Converter = Callable[..., Any]


def softmax(graph: Graph, op: Any, x: Value) -> Value:
    """exp(x) / Σ exp(x) along `op.axis`, which may be several axes, or all for None."""
    return _along_axes(graph, "Softmax", op.axis, x)


def log_softmax(graph: Graph, op: Any, x: Value) -> Value:
    """Logarithm of the softmax."""
    return _along_axes(graph, "LogSoftmax", op.axis, x)


def _along_axes(graph: Graph, node: str, axis: Any, x: Value) -> Value:
    axes = axes_of(axis, x.rank)
    if len(axes) == 1:
        return graph.add(node, x, axis=axes[0])
    last = [other for other in range(x.rank) if other not in axes] + axes
    moved = graph.transpose(x, tuple(last))
    row = graph.add("Reshape", moved, np.array([0] * (x.rank - len(axes)) + [-1], np.int64))
    y = graph.add("Reshape", graph.add(node, row, axis=-1), graph.add("Shape", moved))
    return graph.transpose(y, tuple(int(other) for other in np.argsort(last)))


def sparsemax(graph: Graph, op: Any, x: Value) -> Value:
    """Sparse softmax along `op.axis` (https://arxiv.org/abs/1602.02068), with the threshold of Keras.

    Keras derives it from the sum of the running sums over the support, not from the last running sum.
    """
    axis = op.axis % x.rank
    one = number(graph, 1.0, "float32")
    ordered, _ = graph.add_multiple("TopK", x, size(graph, x, axis), outputs=2, axis=axis)
    running = graph.add("CumSum", ordered, np.array(axis))
    counted = graph.cast(graph.add("Add", positions(graph, size(graph, x, axis)), np.array(1)), "float32")
    limit = graph.add("Div", graph.add("Sub", running, one), along(graph, counted, axis, x.rank))
    inside = graph.cast(graph.add("Greater", ordered, limit), "float32")
    count = graph.reduce("ReduceSum", inside, [axis], keepdims=True)
    total = graph.reduce("ReduceSum", graph.add("Mul", running, inside), [axis], keepdims=True)
    threshold = graph.add("Div", graph.add("Sub", total, one), count)
    return graph.add("Relu", graph.add("Sub", x, threshold))


def batch_norm(
    graph: Graph, op: Any, x: Value, mean: Value, variance: Value, offset: Any = None, scale: Any = None
) -> Value:
    """(x - mean) / √(variance + ε)·scale + offset, where all but x are vectors along `op.axis`."""
    factor = _reciprocal_root(graph, variance, op.epsilon)
    if scale is not None:
        factor = graph.add("Mul", factor, scale)
    shift = graph.add("Neg", graph.add("Mul", mean, factor))
    if offset is not None:
        shift = graph.add("Add", shift, offset)
    factor, shift = (along(graph, vector, op.axis, x.rank) for vector in (factor, shift))
    return graph.add("Add", graph.add("Mul", x, factor), shift)


def layer_norm(graph: Graph, op: Any, x: Value, gamma: Any = None, beta: Any = None) -> Value:
    """(x - mean) / √(variance + ε)·gamma + beta over `op.axis` (https://arxiv.org/abs/1607.06450).

    With `op.rms_scaling`, x / √(variance + ε)·gamma, as in old models.
    """
    axes, epsilon = axes_of(op.axis, x.rank), _epsilon(op)
    lengths = [length for axis in axes if (length := shape_of(x)[axis]) is not None]
    plain = axes == list(range(axes[0], x.rank)) and len(lengths) == len(axes)
    if plain and graph.opset >= 17 and not op.rms_scaling:
        scale = np.ones(lengths, np.float32) if gamma is None else gamma
        # Always with an offset, because onnxruntime 1.32 crashes on an empty name for it.
        offset = np.zeros(lengths, np.float32) if beta is None else beta
        return graph.add("LayerNormalization", x, scale, offset, axis=axes[0], epsilon=epsilon)
    mean, variance = mean_and_variance(graph, x, axes, keepdims=True)
    centred = x if op.rms_scaling else graph.add("Sub", x, mean)
    y = graph.add("Mul", centred, _reciprocal_root(graph, variance, epsilon))
    if gamma is not None:
        y = graph.add("Mul", y, _over_axes(graph, gamma, axes, x.rank))
    if beta is not None and not op.rms_scaling:
        y = graph.add("Add", y, _over_axes(graph, beta, axes, x.rank))
    return y


def rms_norm(graph: Graph, op: Any, x: Value, scale: Any = None) -> Value:
    """X / √(mean of x² + ε)·scale over `op.axis` (https://arxiv.org/abs/1910.07467)."""
    axes = axes_of(op.axis, x.rank)
    squares = graph.reduce("ReduceMean", graph.add("Mul", x, x), axes, keepdims=True)
    y = graph.add("Mul", x, _reciprocal_root(graph, squares, _epsilon(op)))
    return y if scale is None else graph.add("Mul", y, operand(graph, scale, "float32"))


def normalize(graph: Graph, op: Any, x: Value) -> Value:
    """X divided by its norm along `op.axis`, or by ε if that is larger."""
    x, axes = operand(graph, x, "float32"), axes_of(op.axis, x.rank)
    length = vector_norm(graph, x, op.order, axes, keepdims=True)
    return graph.add("Div", x, graph.add("Max", length, number(graph, _epsilon(op), "float32")))


def _reciprocal_root(graph: Graph, x: Value, epsilon: float) -> Value:
    """1 / √(x + ε)."""
    return graph.add("Reciprocal", graph.add("Sqrt", graph.add("Add", x, number(graph, epsilon, "float32"))))


def _over_axes(graph: Graph, weight: Value, axes: list[int], rank: int) -> Value:
    """A weight over some axes as a tensor of `rank` axes."""
    if len(shape_of(weight)) == rank:
        return weight
    return graph.add("Unsqueeze", weight, np.array([axis for axis in range(rank) if axis not in axes], np.int64))


def _epsilon(op: Any) -> float:
    return keras.config.epsilon() if op.epsilon is None else op.epsilon


#: Class of the operation in `keras.ops` -> its converter.
OPERATIONS: dict[str, Converter] = {
    "BatchNorm": batch_norm,
    "LayerNorm": layer_norm,
    "LogSoftmax": log_softmax,
    "Normalize": normalize,
    "RMSNorm": rms_norm,
    "Softmax": softmax,
    "Sparsemax": sparsemax,
}
