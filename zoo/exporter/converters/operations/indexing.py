"""Operations of `keras.ops` that select elements: by slice, by position, in another order, repeatedly."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from zoo.exporter.converters.operations.operands import (
    FAR,
    declared,
    operand,
    positions,
    reshaped,
    shape_of,
    size,
    sizes,
)
from zoo.exporter.graph import Graph, Value

Converter = Callable[..., Any]


def get_item(graph: Graph, op: keras.Operation, x: Value, key: Any) -> Value:
    """x[key], for keys of integers, slices, `...` and None for a new axis."""
    axis, slices, picked, new = 0, {}, {}, []
    for item in _expanded_key(key, x.rank):
        position = axis - len(picked) + len(new)
        if item is None:
            new.append(position)
            continue
        if isinstance(item, slice) and item != slice(None):
            slices[axis] = item
        elif not isinstance(item, slice):
            picked[axis] = int(item)
        axis += 1
    y = sliced(graph, x, slices) if slices else x
    for axis in sorted(picked, reverse=True):  # last axis first, so that earlier axes keep their numbers
        y = graph.add("Gather", y, np.array(picked[axis]), axis=axis)
    return graph.add("Unsqueeze", y, np.array(new, np.int64)) if new else y


def _expanded_key(key: Any, rank: int) -> list[Any]:
    """One item for each axis of the tensor, with `...` expanded, and None in between for new axes."""
    items = list(key) if isinstance(key, tuple | list) else [key]
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    place = next(place for place, item in enumerate(items) if item is Ellipsis)
    consumed = sum(item is not None for item in items) - 1
    return items[:place] + [slice(None)] * (rank - consumed) + items[place + 1 :]


def sliced(graph: Graph, x: Value, slices: dict[int, slice]) -> Value:
    """Applies slices, given by axis."""
    steps = [1 if part.step is None else int(part.step) for part in slices.values()]
    starts = [
        (0 if step > 0 else FAR) if part.start is None else int(part.start)
        for part, step in zip(slices.values(), steps, strict=True)
    ]
    stops = [
        (FAR if step > 0 else -FAR) if part.stop is None else int(part.stop)
        for part, step in zip(slices.values(), steps, strict=True)
    ]
    lists = (starts, stops, list(slices), steps)
    return graph.add("Slice", x, *(np.array(part, np.int64) for part in lists))


def slice_of(graph: Graph, op: Any, inputs: Value, start_indices: Any) -> Value:
    """A block of the shape `op.shape`, with -1 for everything up to the end; its start may be computed."""
    if isinstance(start_indices, Value):
        starts = graph.cast(start_indices, "int64")
    else:
        parts = [reshaped(graph, operand(graph, start, "int64"), [1]) for start in start_indices]
        starts = graph.add("Concat", *parts, axis=0)
    lengths = np.array([FAR // 2 if length == -1 else length for length in op.shape], np.int64)
    return graph.add("Slice", inputs, starts, graph.add("Add", starts, lengths), np.arange(inputs.rank))


def take(graph: Graph, op: Any, x: Value, indices: Any) -> Value:
    """The elements at these positions along `op.axis`, or in the flattened x if it is None."""
    places = _places(graph, indices)
    if op.axis is None:
        return graph.add("Gather", reshaped(graph, x, [-1]), places, axis=0)
    return graph.add("Gather", x, places, axis=op.axis % x.rank)


def _places(graph: Graph, indices: Any) -> Value:
    """Positions in a type that ONNX accepts; negative ones count from the end."""
    if isinstance(indices, Value) and indices.dtype in ("int32", "int64"):
        return indices
    return operand(graph, indices, "int64")


def take_along_axis(graph: Graph, op: Any, x: Value, indices: Any) -> Value:
    """For each position, the element along `op.axis`; other axes of size 1 broadcast."""
    places = _places(graph, indices)
    if op.axis is None:
        return graph.add("GatherElements", reshaped(graph, x, [-1]), reshaped(graph, places, [-1]), axis=0)
    axis = op.axis % x.rank
    kept = [other_axis for other_axis in range(x.rank) if other_axis != axis]
    x_shape, indices_shape = shape_of(x), shape_of(indices)
    if any(x_shape[other_axis] != indices_shape[other_axis] for other_axis in kept):
        places_sizes, x_sizes = sizes(graph, Value(places.name, indices_shape)), sizes(graph, x)
        is_axis = np.arange(x.rank) == axis
        places, x = (
            graph.add("Expand", tensor, graph.add("Where", is_axis, np.array(1), target))
            for tensor, target in ((places, x_sizes), (x, places_sizes))
        )
    return graph.add("GatherElements", x, places, axis=axis)


def repeat(graph: Graph, op: Any, x: Value) -> Value:
    """Each element along `op.axis` repeated, or each of the flattened x if it is None."""
    source = x if op.axis is not None else Value(reshaped(graph, x, [-1]).name, (None,), x.dtype)
    axis = 0 if op.axis is None else op.axis % x.rank
    repeats = [int(count) for count in np.atleast_1d(op.repeats)]
    if len(repeats) > 1:
        places: Any = np.repeat(np.arange(len(repeats)), repeats)
    else:
        count = graph.add("Mul", size(graph, source, axis), np.array(repeats))
        places = graph.add("Div", positions(graph, count), np.array(repeats))
    return graph.add("Gather", source, places, axis=axis)


def flip(graph: Graph, op: Any, x: Value) -> Value:
    """Reversed along `op.axis`, or along every axis if it is None."""
    axes = range(x.rank) if op.axis is None else [int(axis) % x.rank for axis in np.atleast_1d(op.axis)]
    return sliced(graph, x, {axis: slice(None, None, -1) for axis in axes})


def roll(graph: Graph, op: Any, x: Value) -> Value:
    """Shifted along `op.axis`, wrapping around at the end."""
    if op.axis is None:
        row = Value(reshaped(graph, x, [-1]).name, (None,), x.dtype)
        return graph.add("Reshape", _rolled(graph, row, int(op.shift), 0), sizes(graph, x))
    for shift, axis in zip(*np.broadcast_arrays(np.atleast_1d(op.shift), np.atleast_1d(op.axis)), strict=True):
        x = Value(_rolled(graph, x, int(shift), int(axis) % x.rank).name, x.shape, x.dtype)
    return x


def _rolled(graph: Graph, x: Value, shift: int, axis: int) -> Value:
    count = size(graph, x, axis)
    places = graph.add("Mod", graph.add("Sub", positions(graph, count), np.array(shift)), count)
    return graph.add("Gather", x, places, axis=axis)


def split(graph: Graph, op: Any, x: Value) -> Sequence[Value]:
    """Parts along `op.axis`: a number of equal ones, or parts cut at given positions."""
    axis, where = op.axis % x.rank, op.indices_or_sections
    total = shape_of(x)[axis]
    if not isinstance(where, int):
        starts, stops = [None, *map(int, where)], [*map(int, where), None]
        return [sliced(graph, x, {axis: slice(*ends)}) for ends in zip(starts, stops, strict=True)]
    if total is not None:
        lengths = np.full(where, total // where)
        return graph.add_multiple("Split", x, lengths, outputs=where, axis=axis)
    if graph.opset < 18:
        return graph.add_multiple("Split", x, outputs=where, axis=axis)
    return graph.add_multiple("Split", x, outputs=where, axis=axis, num_outputs=where)


def unstack(graph: Graph, op: Any, x: Value) -> Sequence[Value]:
    """The slices along `op.axis`, one tensor each."""
    axis = op.axis % x.rank
    return [graph.add("Gather", x, np.array(place), axis=axis) for place in range(len(declared(op, x)))]


def one_hot(graph: Graph, op: Any, x: Value) -> Value:
    """1 at the position given by each number along a new axis, 0 elsewhere; all 0 if there is no such position."""
    flags = _matches(graph, x, op.axis % (x.rank + 1), op.num_classes)
    return graph.cast(flags, declared(op, x).dtype)


def multi_hot(graph: Graph, op: Any, inputs: Value) -> Value:
    """1 at every position given by a number along the second axis, or along the only axis; 0 elsewhere."""
    flags = graph.cast(_matches(graph, inputs, op.axis % (inputs.rank + 1), op.num_classes), "int32")
    y = graph.reduce("ReduceMax", flags, [1 if inputs.rank > 1 else 0])
    return graph.cast(Value(y.name, dtype="int32"), declared(op, inputs).dtype)


def _matches(graph: Graph, x: Value, axis: int, count: int) -> Value:
    """Whether each number equals the position along a new axis; bool."""
    shape = [count if position == axis else 1 for position in range(x.rank + 1)]
    numbers = graph.add("Unsqueeze", operand(graph, x, "int64"), np.array([axis]))
    return graph.add("Equal", numbers, np.arange(count).reshape(shape))


#: Class of the operation in `keras.ops` -> its converter.
OPERATIONS: dict[str, Converter] = {
    "Flip": flip,
    "GetItem": get_item,
    "MultiHot": multi_hot,
    "OneHot": one_hot,
    "Repeat": repeat,
    "Roll": roll,
    "Slice": slice_of,
    "Split": split,
    "Take": take,
    "TakeAlongAxis": take_along_axis,
    "Unstack": unstack,
}
