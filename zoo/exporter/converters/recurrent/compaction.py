"""Masks of recurrent layers: compacts the valid steps of each row, runs them, and expands their outputs.

The valid steps of a row move to its front, in order, and the node runs as many steps as the longest row has. What it
computes after the valid steps of a shorter row is never read: the last output of a row comes from its last valid step,
and each output of the sequence from the latest valid step so far.

ONNX also has an input for the number of steps of each row (`sequence_lens`). With free sizes OpenVINO silently ignores
it, and tract refuses it. It is used where the caller promises right padding, and for an LSTM's final cell state, which
no other form gives exactly.

Keras's rules are those of `keras.layers.RNN`: a masked step changes no state; its output repeats the previous one in
the order of computation (0 if there is none), or is 0 with `zero_output_for_mask`.

onnxruntime, OpenVINO and tract all accept these forms for free sizes. Steps are counted from the mask in int32, because
tract has a separate type for the sizes of tensors.
"""

import keras
import numpy as np

from zoo.exporter.graph import Graph, Value

TIME_MAJOR = (1, 0, 2)  # and back


def compacted(graph: Graph, x: Value, mask: Value | None) -> Value:
    """A sequence in a recurrent node's layout: (time, batch, features), with the valid steps of each row first.

    Args:
        graph: the graph to write to.
        x: (batch, time, features).
        mask: (batch, time) bool; None: all steps are valid.
    """
    if mask is None:
        return graph.transpose(x, TIME_MAJOR)
    made_for, source = graph.compacted.get(x.name, (None, x))
    if made_for is not None and made_for.name == mask.name:
        return source  # already compacted by the previous layer: only the valid steps are read, and these are equal
    if graph.right_padded:
        return graph.transpose(x, TIME_MAJOR)
    numbers, counted = _numbers(graph, mask), _counted(graph, mask)
    # Masked steps go after all valid ones. Inverts "which slot a step goes to" into "which step fills a slot".
    after = graph.add("Add", lengths(graph, mask), graph.add("Sub", numbers, counted))
    slots = graph.add("Where", mask, graph.add("Sub", counted, _int32(1)), after)
    empty = graph.add("Mul", numbers, _int32(0))
    order = graph.add("ScatterElements", empty, graph.cast(slots, "int64"), numbers, axis=1)
    return graph.transpose(_gathered(graph, x, _as_many(graph, mask, order)), TIME_MAJOR)


def reversed_steps(graph: Graph, x: Value, mask: Value | None) -> Value:
    """The valid steps of each row in reverse order: (time, batch, features), like `x`."""
    if mask is None:
        return flipped(graph, x, 0)
    from_the_end = graph.add("Sub", _last(graph, mask), _numbers(graph, mask))
    positions = graph.add("Max", from_the_end, _int32(0))
    positions = positions if graph.right_padded else _as_many(graph, mask, positions)
    return graph.transpose(_gathered(graph, graph.transpose(x, TIME_MAJOR), positions), TIME_MAJOR)


def last_output(graph: Graph, y: Value, mask: Value, otherwise: Value | np.ndarray) -> Value:
    """Each row's output at its last valid step.

    Args:
        graph: the graph to write to.
        y: (time, batch, units), with the outputs at the valid steps first.
        mask: (batch, time) bool.
        otherwise: (batch, units), for rows without a valid step.

    Returns:
        (batch, units).
    """
    position = graph.add("Max", _last(graph, mask), _int32(0))
    gathered = graph.add("Squeeze", _gathered(graph, graph.transpose(y, TIME_MAJOR), position), np.array([1]))
    return graph.add("Where", any_valid(graph, mask), gathered, otherwise)


def expanded(graph: Graph, layer: keras.Layer, y: Value, mask: Value | None) -> Value:
    """A layer's outputs at every step, in Keras's order.

    Args:
        graph: the graph to write to.
        layer: the layer, with its direction and its rule for masked steps.
        y: (time, batch, units), in the order of computation, with the outputs at the valid steps first.
        mask: (batch, time) bool; None: all steps are valid.

    Returns:
        (batch, time, units), in the order of computation: a backward layer returns the last step first.
    """
    sequence = graph.transpose(y, TIME_MAJOR)
    if mask is None:
        return sequence
    if graph.right_padded and layer.zero_output_for_mask and not layer.go_backwards:
        result = sequence  # the node itself gives 0 after the last valid step
    else:
        positions = _positions(graph, layer, mask)
        has_output = graph.add("Less", _int32(-1), positions)
        if layer.zero_output_for_mask and layer.go_backwards and layer.unroll:
            # An unrolled backward layer of Keras reverses its outputs, but not their mask.
            has_output = graph.add("And", mask, has_output)
        elif layer.zero_output_for_mask:
            has_output = flipped(graph, mask, 1) if layer.go_backwards else mask
        gathered = _gathered(graph, sequence, graph.add("Max", positions, _int32(0)))
        result = graph.add(
            "Where", graph.add("Unsqueeze", has_output, np.array([2])), gathered, np.zeros((), np.float32)
        )
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
    """The first steps of each row, as many as the longest row has valid ones, but at least one.

    Uses Gather, because tract would have to know the end of a Slice.
    """
    longest = graph.add("Max", graph.reduce("ReduceMax", lengths(graph, mask), [0, 1]), _int32(1))
    return graph.add("Gather", steps, graph.add("Range", _int32(0), longest, _int32(1)), axis=1)


def after_valid(graph: Graph, mask: Value) -> Value:
    """1 for the compacted steps after a row's valid ones, else 0: (time, batch, 1) float32."""
    after = graph.add("Less", _last(graph, mask), _as_many(graph, mask, _numbers(graph, mask)))
    return graph.transpose(graph.add("Unsqueeze", graph.cast(after, "float32"), np.array([2])), TIME_MAJOR)


def _positions(graph: Graph, layer: keras.Layer, mask: Value) -> Value:
    """The index of the valid step that each output comes from, in the order of computation; -1: none.

    Returns:
        (batch, time) int32.
    """
    counted = _counted(graph, mask)
    if not layer.go_backwards:
        return graph.add("Sub", counted, _int32(1))
    before = graph.add("Sub", counted, graph.cast(mask, "int32"))
    return flipped(graph, graph.add("Sub", _last(graph, mask), before), 1)


def _last(graph: Graph, mask: Value) -> Value:
    """The index of each row's last valid step among its valid ones: (batch, 1) int32, -1 if there is none."""
    return graph.add("Sub", lengths(graph, mask), _int32(1))


def _counted(graph: Graph, mask: Value) -> Value:
    """The number of valid steps up to and including each step: (batch, time) int32."""
    return graph.add("CumSum", graph.cast(mask, "int32"), np.array(1))


def _numbers(graph: Graph, mask: Value) -> Value:
    """0, 1, 2 … in each row: (batch, time) int32."""
    nothing = graph.add("Mul", graph.cast(mask, "int32"), _int32(0))
    return graph.add("CumSum", graph.add("Add", nothing, _int32(1)), np.array(1), exclusive=1)


def _gathered(graph: Graph, x: Value, positions: Value) -> Value:
    """The steps of (batch, time, features) at `positions`, (batch, steps) int32, row by row."""
    indices = graph.add("Unsqueeze", graph.cast(positions, "int64"), np.array([2]))
    return graph.add("GatherND", x, indices, batch_dims=1)


def _int32(number: int) -> np.ndarray:
    return np.array(number, np.int32)
