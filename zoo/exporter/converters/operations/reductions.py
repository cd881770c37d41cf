"""Reductions of `keras.ops` (sums, means, extremes, norms), and operations that run along one axis."""

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.exporter.converters.operations.operands import (
    FAR,
    axes_of,
    declared,
    number,
    operand,
    positions,
    refused,
    shape_of,
    size,
)
from zoo.exporter.graph import Graph, Value

Converter = Callable[..., Any]


def reduction(node: str) -> Converter:
    """A reduction over `op.axis`, None for all axes, in the result type."""

    def convert(graph: Graph, op: Any, x: Value) -> Value:
        dtype = declared(op, x).dtype
        return reduced(graph, node, operand(graph, x, dtype), op.axis, x.rank, keepdims=op.keepdims)

    return convert


def reduced(graph: Graph, node: str, x: Value, axis: Any, rank: int, *, keepdims: bool = False) -> Value:
    """Reduces over `axis`, None for all axes; an empty list of axes leaves x unchanged."""
    axes = axes_of(axis, rank)
    return graph.reduce(node, x, axes, keepdims=keepdims) if axes else x


def truth(node: str) -> Converter:
    """A reduction of bool values, as 0 and 1."""

    def convert(graph: Graph, op: Any, x: Value) -> Value:
        flags = operand(graph, operand(graph, x, "bool"), "int32")
        y = reduced(graph, node, flags, op.axis, x.rank, keepdims=op.keepdims)
        return graph.cast(Value(y.name, dtype="int32"), "bool")

    return convert


def extreme(node: str, choice: str) -> Converter:
    """The largest or smallest element over `op.axis`, including `op.initial` if that is set."""

    def convert(graph: Graph, op: Any, x: Value) -> Value:
        inside = "int32" if x.dtype == "bool" else str(x.dtype)
        y = reduced(graph, node, operand(graph, x, inside), op.axis, x.rank, keepdims=op.keepdims)
        if getattr(op, "initial", None) is not None:
            y = graph.add(choice, y, operand(graph, op.initial, inside))
        return graph.cast(Value(y.name, dtype=inside), str(x.dtype))

    return convert


def moments(graph: Graph, op: Any, x: Value) -> tuple[Value, Value]:
    """Mean and variance over `op.axes`."""
    return mean_and_variance(graph, x, axes_of(op.axes, x.rank), keepdims=op.keepdims)


def mean_and_variance(graph: Graph, x: Value, axes: list[int], *, keepdims: bool) -> tuple[Value, Value]:
    """Mean of x, and mean of (x - mean)², over `axes`."""
    mean = graph.reduce("ReduceMean", x, axes, keepdims=True)
    centred = graph.add("Sub", x, mean)
    variance = graph.reduce("ReduceMean", graph.add("Mul", centred, centred), axes, keepdims=keepdims)
    return mean if keepdims else graph.reduce("ReduceMean", x, axes), variance


def variance(graph: Graph, op: Any, x: Value) -> Value:
    """Mean of (x - mean)² over `op.axis`."""
    x = operand(graph, x, declared(op, x).dtype)
    return mean_and_variance(graph, x, axes_of(op.axis, x.rank), keepdims=op.keepdims)[1]


def deviation(graph: Graph, op: Any, x: Value) -> Value:
    """Root of the variance."""
    return graph.add("Sqrt", variance(graph, op, x))


def logsumexp(graph: Graph, op: Any, x: Value) -> Value:
    """Largest + log(sum(exp(x - largest))) over `op.axis`.

    ONNX has a node for it, but OpenVINO reduces that over all axes.
    """
    x = operand(graph, x, declared(op, x).dtype)
    axes = axes_of(op.axis, x.rank)
    if not axes:
        return x
    largest = graph.reduce("ReduceMax", x, axes, keepdims=True)
    total = graph.reduce("ReduceSum", graph.add("Exp", graph.add("Sub", x, largest)), axes, keepdims=True)
    result = graph.add("Add", largest, graph.add("Log", total))
    return result if op.keepdims else graph.add("Squeeze", result, np.array(axes))


def average(graph: Graph, op: Any, x: Value, weights: Any = None) -> Value:
    """Mean over `op.axis`; with weights, in x's shape or along that axis, sum(x·weights) / sum(weights)."""
    dtype = declared(op, x, weights).dtype
    values, axes = operand(graph, x, dtype), axes_of(op.axis, x.rank)
    if weights is None:
        return graph.reduce("ReduceMean", values, axes)
    shares = operand(graph, weights, dtype)
    if len(shape_of(weights)) != x.rank:
        shares = graph.add(
            "Unsqueeze", shares, np.array([axis for axis in range(x.rank) if axis not in axes], np.int64)
        )
    total = graph.reduce("ReduceSum", graph.add("Mul", values, shares), axes)
    return graph.add("Div", total, graph.reduce("ReduceSum", shares, axes))


def count_nonzero(graph: Graph, op: Any, x: Value) -> Value:
    """The number of nonzero elements over `op.axis`."""
    flags = operand(graph, operand(graph, x, "bool"), declared(op, x).dtype)
    return reduced(graph, "ReduceSum", flags, op.axis, x.rank)


def peak_to_peak(graph: Graph, op: Any, x: Value) -> Value:
    """Largest minus smallest element."""
    largest, smallest = (
        reduced(graph, node, x, op.axis, x.rank, keepdims=op.keepdims) for node in ("ReduceMax", "ReduceMin")
    )
    return graph.add("Sub", largest, smallest)


def norm(graph: Graph, op: Any, x: Value) -> Value:
    """Norm `op.ord` of the vectors along `op.axis`; the Frobenius norm of matrices.

    Raises:
        ExportError: another norm of matrices is requested.
    """
    axes = axes_of(op.axis, x.rank)
    if len(axes) > 1 and op.ord not in (None, "fro"):
        raise refused(op, "ord", "None or 'fro' for matrices", op.ord, "Use one of them.")
    order = 2 if op.ord in (None, "fro") else op.ord
    return vector_norm(graph, operand(graph, x, declared(op, x).dtype), order, axes, keepdims=op.keepdims)


def vector_norm(graph: Graph, x: Value, order: float, axes: list[int], *, keepdims: bool) -> Value:
    """(Σ |x|^order)^(1 / order) over `axes`.

    For infinity the largest |x|, for -infinity the smallest, for 0 the number of nonzero elements.
    """
    absolute = graph.add("Abs", x)
    if abs(order) == float("inf"):
        return graph.reduce("ReduceMax" if order > 0 else "ReduceMin", absolute, axes, keepdims=keepdims)
    if order == 0:
        return graph.reduce("ReduceSum", graph.add("Sign", absolute), axes, keepdims=keepdims)
    if order == 2:
        return graph.add("Sqrt", graph.reduce("ReduceSum", graph.add("Mul", x, x), axes, keepdims=keepdims))
    powers = graph.add("Pow", absolute, number(graph, order, "float32"))
    return graph.add(
        "Pow", graph.reduce("ReduceSum", powers, axes, keepdims=keepdims), number(graph, 1 / order, "float32")
    )


def flat(graph: Graph, x: Value, axis: int | None) -> tuple[Value, int]:
    """`x` and the axis; the flattened x for None."""
    if axis is not None:
        return x, axis % x.rank
    return Value(graph.add("Reshape", x, np.array([-1])).name, (None,), x.dtype), 0


def position(node: str) -> Converter:
    """Position of the first extreme element along `op.axis`, or in the flattened x."""

    def convert(graph: Graph, op: Any, x: Value) -> Value:
        inside = operand(graph, x, "int32") if x.dtype in ("bool", "int64") else x
        row, axis = flat(graph, inside, op.axis)
        place = graph.add(node, row, axis=axis, keepdims=int(op.keepdims))
        if op.axis is None:
            place = graph.add("Reshape", place, np.array([1] * x.rank if op.keepdims else [], np.int64))
        return graph.cast(place, "int32")

    return convert


def cumsum(graph: Graph, op: Any, x: Value) -> Value:
    """Cumulative sum."""
    row, axis = flat(graph, operand(graph, x, declared(op, x).dtype), op.axis)
    return graph.add("CumSum", row, np.array(axis))


def cumprod(graph: Graph, op: Any, x: Value) -> Value:
    """Cumulative product: the row products of a square of the elements, with 1 in place of later ones."""
    dtype = declared(op, x).dtype
    row, axis = flat(graph, operand(graph, x, dtype), op.axis)
    order = [other for other in range(row.rank) if other != axis] + [axis]
    last = graph.transpose(row, tuple(order))
    steps = positions(graph, size(graph, row, axis))
    earlier = graph.add("LessOrEqual", steps, graph.add("Unsqueeze", steps, np.array([1])))
    square = graph.add("Where", earlier, graph.add("Unsqueeze", last, np.array([-2])), number(graph, 1, dtype))
    product = graph.reduce("ReduceProd", square, [row.rank])
    return graph.transpose(product, tuple(int(axis) for axis in np.argsort(order)))


def sort(graph: Graph, op: Any, x: Value) -> Value:
    """The elements along `op.axis` from the smallest to the largest."""
    values, _ = ordered(graph, x, op.axis)
    return graph.cast(values, str(x.dtype))


def argsort(graph: Graph, op: Any, x: Value) -> Value:
    """Original positions of the sorted elements; equal ones keep their order."""
    return graph.cast(ordered(graph, x, op.axis)[1], "int32")


def ordered(graph: Graph, x: Value, axis: int | None) -> tuple[Value, Value]:
    """Elements along `axis`, or of the flattened x, in ascending order, and their original positions."""
    inside = operand(graph, x, "int32") if x.dtype == "bool" else x
    row, axis = flat(graph, inside, axis)
    values, places = graph.add_multiple("TopK", row, size(graph, row, axis), outputs=2, axis=axis, largest=0)
    return Value(values.name, dtype=inside.dtype), places


def top_k(graph: Graph, op: Any, x: Value) -> tuple[Value, Value]:
    """The `op.k` largest elements along the last axis, in descending order, and their positions."""
    values, places = graph.add_multiple("TopK", x, np.array([op.k]), outputs=2, axis=-1)
    return values, graph.cast(places, "int32")


def diff(graph: Graph, op: Any, a: Value) -> Value:
    """Each element along `op.axis` minus the one before, `op.n` times."""
    for _ in range(op.n):
        later = graph.add("Slice", a, np.array([1]), np.array([FAR]), np.array([op.axis]))
        a = graph.add("Sub", later, graph.add("Slice", a, np.array([0]), np.array([-1]), np.array([op.axis])))
    return a


#: Class of the operation in `keras.ops` -> its converter.
OPERATIONS: dict[str, Converter] = {
    "All": truth("ReduceMin"),
    "Amax": extreme("ReduceMax", "Max"),
    "Amin": extreme("ReduceMin", "Min"),
    "Any": truth("ReduceMax"),
    "Argmax": position("ArgMax"),
    "Argmin": position("ArgMin"),
    "Argsort": argsort,
    "Average": average,
    "CountNonzero": count_nonzero,
    "Cumprod": cumprod,
    "Cumsum": cumsum,
    "Diff": diff,
    "Logsumexp": logsumexp,
    "Max": extreme("ReduceMax", "Max"),
    "Mean": reduction("ReduceMean"),
    "Min": extreme("ReduceMin", "Min"),
    "Moments": moments,
    "Norm": norm,
    "Prod": reduction("ReduceProd"),
    "Ptp": peak_to_peak,
    "Sort": sort,
    "Std": deviation,
    "Sum": reduction("ReduceSum"),
    "TopK": top_k,
    "Var": variance,
}
