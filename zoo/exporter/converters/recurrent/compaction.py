"""Masks of recurrent layers: the valid steps of each row are brought together, run, and their outputs put back.

The valid steps of a row are moved to its front, in their order, and the node runs through as many steps as the longest
row has. What it computes behind the valid steps of a shorter row is never read: the last output of a row is looked up
at its last valid step, and each output of the sequence at the last valid step until then.

ONNX can also be told how many steps of each row to run (`sequence_lens`). OpenVINO takes no notice of it where sizes
are free, and says nothing; tract refuses it. It is used where the caller promises right padding, and for an LSTM's last
cell state, which nothing else gives exactly.

Keras's rules are those of `keras.layers.RNN`: a masked step changes no state; its output is the one before it in
the order of computing (0 if there is none), or 0 if the layer says so (`zero_output_for_mask`).

Of all forms, these are the ones that onnxruntime, OpenVINO and tract read for free sizes: numbers of steps are counted
from the mask in int32, because tract computes with the sizes of tensors in a type of its own.
"""

import keras
import numpy as np

from zoo.exporter.graph import Graph, Value

TIME_MAJOR = (1, 0, 2)  # and back again


def compacted(graph: Graph, x: Value, mask: Value | None) -> Value:
    """A sequence as a recurrent node takes it: (time, batch, features), the valid steps of each row first.

    Args:
        graph: where it is written.
        x: (batch, time, features).
        mask: (batch, time) bool; None: all steps are valid.
    """
    if mask is None:
        return graph.transpose(x, TIME_MAJOR)
    made_for, source = graph.compacted.get(x.name, (None, x))
    if made_for is not None and made_for.name == mask.name:
        return source  # the layer before wrote it so: only the valid steps of `x` are read, and they are the same
    if graph.right_padded:
        return graph.transpose(x, TIME_MAJOR)
    numbers, counted = _numbers(graph, mask), _counted(graph, mask)
    # Masked steps go behind all valid ones. Where a step goes to, turned into which step comes from where.
    after = graph.add("Add", lengths(graph, mask), graph.add("Sub", numbers, counted))
    slots = graph.add("Where", mask, graph.add("Sub", counted, _int32(1)), after)
    empty = graph.add("Mul", numbers, _int32(0))
    order = graph.add("ScatterElements", empty, graph.cast(slots, "int64"), numbers, axis=1)
    return graph.transpose(_gathered(graph, x, _as_many(graph, mask, order)), TIME_MAJOR)


def turned(graph: Graph, x: Value, mask: Value | None) -> Value:
    """The valid steps of each row from the last to the first: (time, batch, features), as is `x`."""
    if mask is None:
        return flipped(graph, x, 0)
    from_the_end = graph.add("Sub", _last(graph, mask), _numbers(graph, mask))
    positions = graph.add("Max", from_the_end, _int32(0))
    positions = positions if graph.right_padded else _as_many(graph, mask, positions)
    return graph.transpose(_gathered(graph, graph.transpose(x, TIME_MAJOR), positions), TIME_MAJOR)


def last_output(graph: Graph, y: Value, mask: Value, otherwise: Value | np.ndarray) -> Value:
    """Each row's output at its last valid step.

    Args:
        graph: where it is written.
        y: (time, batch, units), the outputs at the valid steps first.
        mask: (batch, time) bool.
        otherwise: (batch, units), for rows without a valid step.

    Returns:
        (batch, units).
    """
    position = graph.add("Max", _last(graph, mask), _int32(0))
    found = graph.add("Squeeze", _gathered(graph, graph.transpose(y, TIME_MAJOR), position), np.array([1]))
    return graph.add("Where", any_valid(graph, mask), found, otherwise)


def expanded(graph: Graph, layer: keras.Layer, y: Value, mask: Value | None) -> Value:
    """A layer's outputs at every step, as Keras orders them.

    Args:
        graph: where it is written.
        layer: says in which direction it ran and what stands at masked steps.
        y: (time, batch, units), in the order of computing, the outputs at the valid steps first.
        mask: (batch, time) bool; None: all steps are valid.

    Returns:
        (batch, time, units), in the order of computing: a layer that goes backwards returns the last step first.
    """
    sequence = graph.transpose(y, TIME_MAJOR)
    if mask is None:
        return sequence
    if graph.right_padded and layer.zero_output_for_mask and not layer.go_backwards:
        result = sequence  # the node itself leaves 0 behind the last valid step
    else:
        positions = _positions(graph, layer, mask)
        shown = graph.add("Less", _int32(-1), positions)
        if layer.zero_output_for_mask and layer.go_backwards and layer.unroll:
            # An unrolled layer of Keras that goes backwards reverses its outputs, but not the mask over them.
            shown = graph.add("And", mask, shown)
        elif layer.zero_output_for_mask:
            shown = flipped(graph, mask, 1) if layer.go_backwards else mask
        found = _gathered(graph, sequence, graph.add("Max", positions, _int32(0)))
        result = graph.add("Where", graph.add("Unsqueeze", shown, np.array([2])), found, np.zeros((), np.float32))
    if not layer.go_backwards:
        graph.compacted[result.name] = (mask, y)
    return result


def flipped(graph: Graph, x: Value, axis: int) -> Value:
    """Reverses one axis."""
    size = graph.add("Gather", graph.add("Shape", x), np.array(axis))
    numbers = graph.add("Range", np.array(0), size, np.array(1))
    return graph.add("Gather", x, graph.add("Sub", graph.add("Sub", size, np.array(1)), numbers), axis=axis)


def lengths(graph: Graph, mask: Value) -> Value:
    """Number of valid steps of each row: (batch, 1) int32."""
    return graph.reduce("ReduceSum", graph.cast(mask, "int32"), [1], keepdims=True)


def any_valid(graph: Graph, mask: Value) -> Value:
    """Which rows have a valid step: (batch, 1) bool."""
    return graph.add("Less", _int32(0), lengths(graph, mask))


def _as_many(graph: Graph, mask: Value, steps: Value) -> Value:
    """The first of each row's steps, as many as the longest row has valid ones, but one at least.

    Not by Slice, for which tract would have to know the end.
    """
    longest = graph.add("Max", graph.reduce("ReduceMax", lengths(graph, mask), [0, 1]), _int32(1))
    return graph.add("Gather", steps, graph.add("Range", _int32(0), longest, _int32(1)), axis=1)


def behind(graph: Graph, mask: Value) -> Value:
    """Which of the compacted steps lie behind a row's valid ones: (time, batch, 1) float32, 1 or 0."""
    after = graph.add("Less", _last(graph, mask), _as_many(graph, mask, _numbers(graph, mask)))
    return graph.transpose(graph.add("Unsqueeze", graph.cast(after, "float32"), np.array([2])), TIME_MAJOR)


def _positions(graph: Graph, layer: keras.Layer, mask: Value) -> Value:
    """Which valid step's output each of a layer's outputs is, in the order of computing; -1: none.

    Returns:
        (batch, time) int32.
    """
    counted = _counted(graph, mask)
    if not layer.go_backwards:
        return graph.add("Sub", counted, _int32(1))
    before = graph.add("Sub", counted, graph.cast(mask, "int32"))
    return flipped(graph, graph.add("Sub", _last(graph, mask), before), 1)


def _last(graph: Graph, mask: Value) -> Value:
    """The number of each row's last valid step among the valid ones: (batch, 1) int32, -1 if there is none."""
    return graph.add("Sub", lengths(graph, mask), _int32(1))


def _counted(graph: Graph, mask: Value) -> Value:
    """How many steps of a row are valid up to each step: (batch, time) int32."""
    return graph.add("CumSum", graph.cast(mask, "int32"), np.array(1))


def _numbers(graph: Graph, mask: Value) -> Value:
    """0, 1, 2 … in each row: (batch, time) int32."""
    nothing = graph.add("Mul", graph.cast(mask, "int32"), _int32(0))
    return graph.add("CumSum", graph.add("Add", nothing, _int32(1)), np.array(1), exclusive=1)


def _gathered(graph: Graph, x: Value, positions: Value) -> Value:
    """For each row of (batch, time, features), its steps at `positions`, (batch, steps) int32."""
    indices = graph.add("Unsqueeze", graph.cast(positions, "int64"), np.array([2]))
    return graph.add("GatherND", x, indices, batch_dims=1)


def _int32(number: int) -> np.ndarray:
    return np.array(number, np.int32)
