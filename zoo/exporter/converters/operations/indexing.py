"""Operations of `keras.ops` that pick elements: by slices, by positions, in another order, several times."""

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
    """x[key], of whole numbers, slices, `...` and None for a new axis."""
    axis, slices, picked, new = 0, {}, {}, []
    for item in _whole_key(key, x.rank):
        place = axis - len(picked) + len(new)
        if item is None:
            new.append(place)
            continue
        if isinstance(item, slice) and item != slice(None):
            slices[axis] = item
        elif not isinstance(item, slice):
            picked[axis] = int(item)
        axis += 1
    y = sliced(graph, x, slices) if slices else x
    for axis in sorted(picked, reverse=True):  # from the last one, so that the earlier axes keep their numbers
        y = graph.add("Gather", y, np.array(picked[axis]), axis=axis)
    return graph.add("Unsqueeze", y, np.array(new, np.int64)) if new else y


def _whole_key(key: Any, rank: int) -> list[Any]:
    """One item for each axis of the tensor, `...` written out, with None for new ones between them."""
    items = list(key) if isinstance(key, tuple | list) else [key]
    if not any(item is Ellipsis for item in items):
        items.append(Ellipsis)
    place = next(place for place, item in enumerate(items) if item is Ellipsis)
    consumed = sum(item is not None for item in items) - 1
    return items[:place] + [slice(None)] * (rank - consumed) + items[place + 1 :]


def sliced(graph: Graph, x: Value, slices: dict[int, slice]) -> Value:
    """The slices of some axes."""
    steps = [1 if one.step is None else int(one.step) for one in slices.values()]
    starts = [
        (0 if step > 0 else FAR) if one.start is None else int(one.start)
        for one, step in zip(slices.values(), steps, strict=True)
    ]
    stops = [
        (FAR if step > 0 else -FAR) if one.stop is None else int(one.stop)
        for one, step in zip(slices.values(), steps, strict=True)
    ]
    lists = (starts, stops, list(slices), steps)
    return graph.add("Slice", x, *(np.array(one, np.int64) for one in lists))


def slice_of(graph: Graph, op: Any, inputs: Value, start_indices: Any) -> Value:
    """A block of the shape `op.shape`, -1 for all that is left; where it starts may be computed."""
    if isinstance(start_indices, Value):
        starts = graph.cast(start_indices, "int64")
    else:
        parts = [reshaped(graph, operand(graph, one, "int64"), [1]) for one in start_indices]
        starts = graph.add("Concat", *parts, axis=0)
    lengths = np.array([FAR // 2 if one == -1 else one for one in op.shape], np.int64)
    return graph.add("Slice", inputs, starts, graph.add("Add", starts, lengths), np.arange(inputs.rank))


def take(graph: Graph, op: Any, x: Value, indices: Any) -> Value:
    """The elements at these positions along `op.axis`; in all of x in one row, if it is None."""
    places = _places(graph, indices)
    if op.axis is None:
        return graph.add("Gather", reshaped(graph, x, [-1]), places, axis=0)
    return graph.add("Gather", x, places, axis=op.axis % x.rank)


def _places(graph: Graph, indices: Any) -> Value:
    """Positions, of a type that ONNX takes; negative ones count from the end."""
    if isinstance(indices, Value) and indices.dtype in ("int32", "int64"):
        return indices
    return operand(graph, indices, "int64")


def take_along_axis(graph: Graph, op: Any, x: Value, indices: Any) -> Value:
    """For each position, the element along `op.axis`; other axes of size 1 are repeated."""
    places = _places(graph, indices)
    if op.axis is None:
        return graph.add("GatherElements", reshaped(graph, x, [-1]), reshaped(graph, places, [-1]), axis=0)
    axis = op.axis % x.rank
    others = [one for one in range(x.rank) if one != axis]
    ours, theirs = shape_of(x), shape_of(indices)
    if any(ours[one] != theirs[one] for one in others):
        places_sizes, x_sizes = sizes(graph, Value(places.name, theirs)), sizes(graph, x)
        alone = np.arange(x.rank) == axis
        places, x = (
            graph.add("Expand", tensor, graph.add("Where", alone, np.array(1), other))
            for tensor, other in ((places, x_sizes), (x, places_sizes))
        )
    return graph.add("GatherElements", x, places, axis=axis)


def repeat(graph: Graph, op: Any, x: Value) -> Value:
    """Each element along `op.axis` several times; all elements in one row, if it is None."""
    source = x if op.axis is not None else Value(reshaped(graph, x, [-1]).name, (None,), x.dtype)
    axis = 0 if op.axis is None else op.axis % x.rank
    repeats = [int(one) for one in np.atleast_1d(op.repeats)]
    if len(repeats) > 1:
        places: Any = np.repeat(np.arange(len(repeats)), repeats)
    else:
        count = graph.add("Mul", size(graph, source, axis), np.array(repeats))
        places = graph.add("Div", positions(graph, count), np.array(repeats))
    return graph.add("Gather", source, places, axis=axis)


def flip(graph: Graph, op: Any, x: Value) -> Value:
    """The other way round along `op.axis`, or along every axis."""
    axes = range(x.rank) if op.axis is None else [int(axis) % x.rank for axis in np.atleast_1d(op.axis)]
    return sliced(graph, x, {axis: slice(None, None, -1) for axis in axes})


def roll(graph: Graph, op: Any, x: Value) -> Value:
    """Moved on along `op.axis`; what falls off the end comes in at the start."""
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
    """Parts along `op.axis`: so many equal ones, or cut at these positions."""
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
    """The tensors that lie side by side along `op.axis`."""
    axis = op.axis % x.rank
    return [graph.add("Gather", x, np.array(place), axis=axis) for place in range(len(declared(op, x)))]


def one_hot(graph: Graph, op: Any, x: Value) -> Value:
    """1 at the position that the number names, 0 elsewhere, along a new axis; all 0 if there is no such position."""
    flags = _named(graph, x, op.axis % (x.rank + 1), op.num_classes)
    return graph.cast(flags, declared(op, x).dtype)


def multi_hot(graph: Graph, op: Any, inputs: Value) -> Value:
    """1 at every position that one of the numbers along the second axis, or the only one, names; 0 elsewhere."""
    flags = graph.cast(_named(graph, inputs, op.axis % (inputs.rank + 1), op.num_classes), "int32")
    y = graph.reduce("ReduceMax", flags, [1 if inputs.rank > 1 else 0])
    return graph.cast(Value(y.name, dtype="int32"), declared(op, inputs).dtype)


def _named(graph: Graph, x: Value, axis: int, count: int) -> Value:
    """Whether the number names the position, along a new axis; bool."""
    shape = [count if one == axis else 1 for one in range(x.rank + 1)]
    numbers = graph.add("Unsqueeze", operand(graph, x, "int64"), np.array([axis]))
    return graph.add("Equal", numbers, np.arange(count).reshape(shape))


#: Class of the operation in `keras.ops` -> what writes it.
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
