"""The operands of `keras.ops`, and the types and shapes of results.

Keras promotes types: an operation first casts its operands to a common type, and Python numbers adapt to the tensors
beside them. The result's type comes from Keras itself, through the public `compute_output_spec` and `result_type`.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from zoo.core.errors import ExportError
from zoo.exporter.graph import Graph, Value

#: A tensor argument of an operation.
Operand = Value | bool | int | float
#: An end of a slice that means "to the end", in either direction.
FAR = int(np.iinfo(np.int64).max)


def declared(operation: keras.Operation, *args: Any, **kwargs: Any) -> Any:
    """Shape and dtype of the results as Keras declares them: one KerasTensor, or several."""

    def symbolic(leaf: Any) -> Any:
        return keras.KerasTensor(leaf.shape, str(leaf.dtype)) if isinstance(leaf, Value) else leaf

    arguments: Any = keras.tree.map_structure(symbolic, [args, kwargs])
    return operation.compute_output_spec(*arguments[0], **arguments[1])


def promoted(*operands: Any) -> str:
    """The type to which Keras promotes these operands."""
    return keras.backend.result_type(*(x.dtype if isinstance(x, Value) else _kind(x) for x in operands))


def operand(graph: Graph, x: Any, dtype: str) -> Value:
    """A tensor of the type `dtype`: a cast if `x` has another type, a constant if it is a number or a list."""
    if isinstance(x, Value):
        return graph.cast(x, dtype)
    return graph.constant(np.asarray(x).astype(dtype))


def number(graph: Graph, value: float, dtype: str | None) -> Value:
    """() constant of the type `dtype`."""
    return graph.constant(np.array(value, dtype))


def is_float(dtype: str | None) -> bool:
    """Whether the type is floating-point."""
    return dtype is not None and "float" in dtype


def shape_of(x: Any) -> tuple[int | None, ...]:
    """Sizes of the axes, None for free ones; () for a number."""
    return x.shape or () if isinstance(x, Value) else np.shape(x)


def axes_of(axis: int | Sequence[int] | None, rank: int) -> list[int]:
    """The axes, counted from the front and in order; all of them for None."""
    if axis is None:
        return list(range(rank))
    return sorted(one % rank for one in ([axis] if isinstance(axis, int) else axis))


def size(graph: Graph, x: Value, axis: int) -> Value:
    """(1,) int64: the size of an axis of `x`."""
    known = shape_of(x)[axis]
    if known is not None:
        return graph.constant(np.array([known]), "size")
    return graph.add("Gather", graph.add("Shape", x), np.array([axis % x.rank]), axis=0)


def sizes(graph: Graph, x: Value) -> Value:
    """(rank,) int64: the shape of `x`."""
    shape = shape_of(x)
    return graph.add("Shape", x) if None in shape else graph.constant(np.array(shape, np.int64), "sizes")


def positions(graph: Graph, count: Value) -> Value:
    """(count,) int64: 0, 1, 2 and so on.

    Args:
        graph: the graph to write to.
        count: (1,) int64.
    """
    last = graph.add("Squeeze", count, np.array([0]))
    return graph.add("Range", np.array(0), last, np.array(1))


def reshaped(graph: Graph, x: Value, shape: Sequence[int | Value]) -> Value:
    """`x` in another shape.

    Args:
        graph: the graph to write to.
        x: any shape.
        shape: sizes; 0 keeps the size of `x` at this position, -1 is inferred; or (1,) int64 values.
    """
    if all(isinstance(length, int) for length in shape):
        return graph.add("Reshape", x, np.array(shape, np.int64))
    parts = [length if isinstance(length, Value) else np.array([length]) for length in shape]
    return graph.add("Reshape", x, graph.add("Concat", *parts, axis=0))


def along(graph: Graph, vector: Value, axis: int, rank: int) -> Value:
    """(size,) vector as a tensor of `rank` axes, along one of them."""
    return graph.add("Unsqueeze", vector, np.array([other for other in range(rank) if other != axis % rank], np.int64))


def refused(operation: keras.Operation, option: str, expected: str, got: object, remedy: str) -> ExportError:
    """The error for an unsupported option."""
    kind = "layer" if isinstance(operation, keras.Layer) else "operation"
    return ExportError(
        f"{kind} '{operation.name}' ({type(operation).__name__}): {option}: expected {expected}, got {got}. {remedy}"
    )


def _kind(x: Any) -> Any:
    """The (weak) type of a number, or the type of a list of numbers as TensorFlow reads it."""
    if isinstance(x, bool | int | float):
        return type(x)
    return {"b": "bool", "i": "int32", "f": "float32"}[np.asarray(x).dtype.kind]
