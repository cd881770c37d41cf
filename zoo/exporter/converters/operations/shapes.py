"""Operations of `keras.ops` that reshape, reorder, join or create tensors."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from zoo.exporter.converters.operations import indexing
from zoo.exporter.converters.operations.operands import (
    axes_of,
    declared,
    number,
    operand,
    positions,
    promoted,
    refused,
    reshaped,
    shape_of,
    size,
    sizes,
)
from zoo.exporter.graph import Graph, Value

Converter = Callable[..., Any]
#: Keras's padding mode -> ONNX's.
PAD_MODES = {"constant": "constant", "reflect": "reflect"}


def reshape(graph: Graph, op: Any, x: Value) -> Value:
    """The elements in the shape `op.newshape`.

    A layer written with symbolic sizes has None for each free one. If there are as many as free axes of x, they stand
    for these in order; otherwise for the size of x at the same position, if that is free, or for the inferred size.
    """
    new = [length if isinstance(length, int | np.integer) else None for length in op.newshape]
    old = shape_of(x)
    free = [axis for axis, length in enumerate(old) if length is None]
    in_order = iter(free if new.count(None) == len(free) else [])
    shape: list[int | Value] = []
    for place, length in enumerate(new):
        source = next(in_order, None) if length is None else None
        if length is not None:
            shape.append(int(length))
        elif source == place or (source is None and place < len(old) and old[place] is None):
            shape.append(0)
        else:
            shape.append(-1 if source is None else size(graph, x, source))
    if -1 not in shape and any(isinstance(length, Value) for length in shape):
        shape[next(place for place, length in enumerate(shape) if isinstance(length, Value))] = -1
    return reshaped(graph, x, shape)


def ravel(graph: Graph, op: keras.Operation, x: Value) -> Value:
    """Flattens x."""
    return reshaped(graph, x, [-1])


def transpose(graph: Graph, op: Any, x: Value) -> Value:
    """Axes in the order `op.axes`. Default: reversed."""
    axes = op.axes or range(x.rank)[::-1]
    return graph.transpose(x, tuple(axis % x.rank for axis in axes))


def swapaxes(graph: Graph, op: Any, x: Value) -> Value:
    """Exchanges two axes."""
    return graph.transpose(x, swapped(x.rank, op.axis1, op.axis2))


def swapped(rank: int, first: int, second: int) -> tuple[int, ...]:
    """The order of axes with two of them exchanged."""
    order = list(range(rank))
    order[first], order[second] = order[second], order[first]
    return tuple(order)


def moveaxis(graph: Graph, op: Any, x: Value) -> Value:
    """Moves some axes to other positions; the others keep their order."""
    return graph.transpose(x, moved(x.rank, op.source, op.destination))


def moved(rank: int, source: int | Sequence[int], destination: int | Sequence[int]) -> tuple[int, ...]:
    """The order of axes with those of `source` moved to the positions of `destination`."""
    sources = [int(axis) % rank for axis in np.atleast_1d(source)]
    places = [int(axis) % rank for axis in np.atleast_1d(destination)]
    order = [axis for axis in range(rank) if axis not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return tuple(order)


def expand_dims(graph: Graph, op: Any, x: Value) -> Value:
    """New axes of size 1, at positions of the result."""
    axes = [op.axis] if isinstance(op.axis, int) else list(op.axis)
    return graph.add("Unsqueeze", x, np.array(axes_of(axes, x.rank + len(axes)), np.int64))


def squeeze(graph: Graph, op: Any, x: Value) -> Value:
    """Removes the axes `op.axis`, or all that are known to be of size 1 if it is None."""
    ones = [axis for axis, length in enumerate(shape_of(x)) if length == 1]
    axes = ones if op.axis is None else axes_of(op.axis, x.rank)
    return graph.add("Squeeze", x, np.array(axes, np.int64)) if axes else x


def concatenate(graph: Graph, op: Any, xs: Sequence[Any]) -> Value:
    """Concatenates tensors along `op.axis`."""
    return joined(graph, xs, op.axis)


def joined(graph: Graph, xs: Sequence[Any], axis: int) -> Value:
    """Concatenates tensors after casting them to a common type."""
    dtype = promoted(*xs)
    return graph.add("Concat", *(operand(graph, x, dtype) for x in xs), axis=axis % len(shape_of(xs[0])))


def append(graph: Graph, op: Any, x1: Value, x2: Value) -> Value:
    """Appends x2 to x1 along `op.axis`, or flattens both first if it is None."""
    if op.axis is not None:
        return joined(graph, (x1, x2), op.axis)
    rows = [Value(reshaped(graph, x, [-1]).name, (None,), x.dtype) for x in (x1, x2)]
    return joined(graph, rows, 0)


def hstack(graph: Graph, op: keras.Operation, xs: Sequence[Any]) -> Value:
    """Concatenates along the second axis, or vectors along their only axis."""
    return joined(graph, xs, min(1, len(shape_of(xs[0])) - 1))


def vstack(graph: Graph, op: keras.Operation, xs: Sequence[Any]) -> Value:
    """Concatenates along the first axis."""
    return joined(graph, xs, 0)


def stack(graph: Graph, op: Any, xs: Sequence[Any]) -> Value:
    """Stacks tensors along a new axis."""
    dtype = declared(op, xs).dtype
    axis = op.axis % (len(shape_of(xs[0])) + 1)
    parts = [graph.add("Unsqueeze", operand(graph, x, dtype), np.array([axis])) for x in xs]
    return graph.add("Concat", *parts, axis=axis)


def pad(graph: Graph, op: Any, x: Value, constant_values: Any = None) -> Value:
    """Pads each axis with constants or by reflection.

    Raises:
        ExportError: ONNX does not have this mode.
    """
    if op.mode not in PAD_MODES:
        raise refused(op, "mode", " or ".join(map(repr, PAD_MODES)), repr(op.mode), "Use one of them.")
    widths = op.pad_width if len(op.pad_width) > 1 else list(op.pad_width) * x.rank
    amounts = np.array(widths, np.int64).T.ravel()
    if op.mode != "constant":
        return graph.add("Pad", x, amounts, mode=PAD_MODES[op.mode])
    inside = "int32" if x.dtype == "bool" else str(x.dtype)
    value = operand(graph, 0 if constant_values is None else constant_values, inside)
    y = graph.add("Pad", operand(graph, x, inside), amounts, value)
    return graph.cast(Value(y.name, dtype=inside), str(x.dtype))


def tile(graph: Graph, op: Any, x: Value) -> Value:
    """Repeats the tensor `op.repeats` times along each axis."""
    repeats = [op.repeats] if isinstance(op.repeats, int) else [int(count) for count in op.repeats]
    new = max(0, len(repeats) - x.rank)
    source = graph.add("Unsqueeze", x, np.arange(new)) if new else x
    return graph.add("Tile", source, np.array([1] * (x.rank - len(repeats)) + repeats, np.int64))


def broadcast_to(graph: Graph, op: Any, x: Value) -> Value:
    """Broadcasts axes of size 1 to `op.shape`; free sizes are x's own."""
    return graph.add("Expand", x, np.array([n if isinstance(n, int) and n > 0 else 1 for n in op.shape], np.int64))


def triangle(upper: bool) -> Converter:
    """The elements on one side of the `op.k`-th diagonal of the last two axes, 0 on the other."""

    def convert(graph: Graph, op: Any, x: Value) -> Value:
        rows = graph.add("Unsqueeze", positions(graph, size(graph, x, -2)), np.array([1]))
        shifted = graph.add("Sub", positions(graph, size(graph, x, -1)), np.array(op.k))
        kept = graph.add("LessOrEqual" if upper else "GreaterOrEqual", rows, shifted)
        return graph.add("Where", kept, x, number(graph, 0, x.dtype))

    return convert


def diagonal(graph: Graph, op: Any, x: Value) -> Value:
    """The `op.offset`-th diagonal of the axes `op.axis1` and `op.axis2`, as the last axis.

    Raises:
        ExportError: the sizes of the two axes are not known.
    """
    rows, columns = shape_of(x)[op.axis1], shape_of(x)[op.axis2]
    if rows is None or columns is None:
        raise refused(op, "axes", "known sizes", (rows, columns), "Give the input a fixed shape.")
    places = np.arange(rows * columns).reshape(rows, columns).diagonal(op.offset)
    last = graph.transpose(x, moved(x.rank, (op.axis1, op.axis2), (-2, -1)))
    flat = reshaped(graph, last, [0] * (x.rank - 2) + [rows * columns])
    return graph.add("Gather", flat, places.copy(), axis=x.rank - 2)


def trace(graph: Graph, op: Any, x: Value) -> Value:
    """Sum of a diagonal."""
    summed = graph.cast(Value(diagonal(graph, op, x).name, dtype=x.dtype), declared(op, x).dtype)
    return graph.reduce("ReduceSum", summed, [x.rank - 2])


def filled(value: float) -> Converter:
    """A tensor of x's shape and `op.dtype`, filled with one number."""
    return lambda graph, op, x: graph.add("Expand", number(graph, value, declared(op, x).dtype), sizes(graph, x))


def full_like(graph: Graph, op: Any, x: Value, fill_value: Any) -> Value:
    """A tensor of x's shape, filled with `fill_value`."""
    return graph.add("Expand", operand(graph, fill_value, declared(op, x, fill_value).dtype), sizes(graph, x))


def full(graph: Graph, op: Any, fill_value: Any) -> Value:
    """A tensor of the shape `op.shape`, filled with `fill_value`."""
    return graph.add("Expand", operand(graph, fill_value, declared(op, fill_value).dtype), np.array(op.shape, np.int64))


#: Class of the operation in `keras.ops` -> its converter.
OPERATIONS: dict[str, Converter] = {
    "Append": append,
    "BroadcastTo": broadcast_to,
    "Concatenate": concatenate,
    "Diagonal": diagonal,
    "ExpandDims": expand_dims,
    "Full": full,
    "FullLike": full_like,
    "Hstack": hstack,
    "Moveaxis": moveaxis,
    "OnesLike": filled(1),
    "Pad": pad,
    "Ravel": ravel,
    "Reshape": reshape,
    "Squeeze": squeeze,
    "Stack": stack,
    "Swapaxes": swapaxes,
    "Tile": tile,
    "Trace": trace,
    "Transpose": transpose,
    "Tril": triangle(upper=False),
    "Triu": triangle(upper=True),
    "Vstack": vstack,
    "ZerosLike": filled(0),
    **indexing.OPERATIONS,
}
