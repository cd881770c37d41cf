"""Recurrent layers as native RNN, LSTM and GRU nodes, written from the layers' weights.

ONNX runs them time-major: inside this room and in `compaction`, sequences are (time, batch, features); everywhere
else they are (batch, time, features).
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import keras
import numpy as np
from keras import layers as kl

from zoo.core.errors import ExportError
from zoo.exporter.converters.recurrent import states
from zoo.exporter.converters.recurrent.cells import Part, alike, is_native, node, parts, weights
from zoo.exporter.converters.recurrent.compaction import (
    any_valid,
    behind,
    compacted,
    expanded,
    flipped,
    last_output,
    lengths,
    turned,
)
from zoo.exporter.graph import Graph, Value
from zoo.fast.cells import LAYERS, cell_of

__all__ = ["bidirectional", "is_native", "lengths", "recurrent", "weights"]


def recurrent(
    graph: Graph, layer: kl.RNN, sequences: Value, initial_state: Any = None, mask: Value | None = None
) -> Any:
    """Writes a layer that runs in one direction: one native node, or one for each cell of an RNN layer.

    Args:
        graph: where it is written.
        layer: SimpleRNN, LSTM, GRU, or RNN over one or several of their cells.
        sequences: (batch, time, features) float32.
        initial_state: (batch, units) for each state, nested in any way; None: 0, or what a stateful layer keeps.
        mask: (batch, time) bool, with any pattern.

    Returns:
        (batch, units), or (batch, time, units) if `layer.return_sequences`; with `layer.return_state`, followed by
        the last states, (batch, units) each; those of an LSTM in a stack of cells as a list.

    Raises:
        ExportError: a cell or an option of the layer has no ONNX counterpart.
    """
    _check(layer)
    sequences = graph.cast(sequences, "float32") if sequences.dtype else sequences
    given, names = states.given(graph, layer, initial_state)
    # Sequences go from cell to cell as they are compacted.
    x = compacted(graph, sequences, mask)
    # Never as a node in reverse: tract computes that one wrong.
    x = last = turned(graph, x, mask) if layer.go_backwards else x
    after: list[list[Value]] = []
    for part, before in zip(parts(layer), given, strict=True):
        x, last, ends = _run(graph, part, x, mask, before, keeps=layer.return_state or bool(names))
        after.append(ends)
    states.keep(graph, names, after)
    sequence = layer.return_sequences
    result = expanded(graph, layer, x, mask) if sequence else _shown_at_the_end(graph, layer, last, mask)
    return (result, *states.nested(layer, after)) if layer.return_state else result


def bidirectional(
    graph: Graph, layer: kl.Bidirectional, sequences: Value, initial_state: Any = None, mask: Value | None = None
) -> Any:
    """Writes two layers in opposite directions: where they are alike, as one native node with both directions.

    Args:
        graph: where it is written.
        layer: its two layers and how they are merged.
        sequences: (batch, time, features) float32.
        initial_state: (batch, units) for each state, the forward layer's first.
        mask: (batch, time) bool, with any pattern. Keras then sets the outputs of masked steps to 0.

    Returns:
        As `recurrent`, the two directions merged by `layer.merge_mode`, or both if there is none; the states are
        the forward layer's, then the backward layer's.

    Raises:
        ExportError: a cell or an option of one of the layers has no ONNX counterpart.
    """
    sequences = graph.cast(sequences, "float32") if sequences.dtype else sequences
    pair = [layer.forward_layer, layer.backward_layer]
    _check_pair(layer, pair)
    halves = [None, None]
    if initial_state is not None:
        half = len(initial_state) // 2
        halves = [initial_state[:half], initial_state[half:]]
    # A node with two directions runs each row to its end, so with masks it must be told where that is.
    together = _fit_one_node(pair, mask) and (mask is None or graph.right_padded)
    write = _in_one_node if together else _in_two_nodes
    outputs, after = write(graph, layer, sequences, halves, mask)
    if not layer.return_state:
        return outputs[0] if layer.merge_mode else outputs
    return (*outputs, *after)


def _in_one_node(
    graph: Graph, layer: kl.Bidirectional, sequences: Value, halves: Sequence[Any], mask: Value | None
) -> tuple[tuple[Value, ...], list[Value]]:
    """Two directions side by side: two sets of weights, stacked.

    Returns:
        The output, or one of each direction, and the states of both layers.
    """
    pair = [layer.forward_layer, layer.backward_layer]
    starts = [states.given(graph, one, half) for one, half in zip(pair, halves, strict=True)]
    before = list(zip(*(chain.from_iterable(given) for given, _ in starts), strict=True))
    x, counts = compacted(graph, sequences, mask), _counts(graph, mask)
    y, *ends = node(graph, [parts(one)[0] for one in pair], x, counts, before)
    apart = [[graph.add("Gather", end, np.array(number), axis=0) for end in ends] for number in range(2)]
    after = [
        _kept_by_empty_rows(graph, mask, own, [both[number] for both in before]) for number, own in enumerate(apart)
    ]
    for (_, names), own in zip(starts, after, strict=True):
        states.keep(graph, names, [own])
    if not layer.return_sequences:
        return _merged(graph, layer, _last_of_both(graph, mask, ends[0])), list(chain(*after))
    # Both directions leave 0 at masked steps, and so does every merge of them: it is merged before it is expanded.
    sequence = _merged(graph, layer, y)
    return tuple(expanded(graph, layer.forward_layer, one, mask) for one in sequence), list(chain(*after))


def _in_two_nodes(
    graph: Graph, layer: kl.Bidirectional, sequences: Value, halves: Sequence[Any], mask: Value | None
) -> tuple[tuple[Value, ...], list[Value]]:
    """Two layers that differ, one after the other, as Keras itself computes them; returns as `_in_one_node`."""
    outputs: list[Value] = []
    after: list[Value] = []
    for one, half in zip([layer.forward_layer, layer.backward_layer], halves, strict=True):
        output, *own = keras.tree.flatten(recurrent(graph, one, sequences, half, mask))
        outputs.append(output)
        after.extend(own)
    if layer.return_sequences:
        outputs[1] = flipped(graph, outputs[1], 1)
    if layer.merge_mode is None:
        return tuple(outputs), after
    if layer.merge_mode == "concat":
        return (graph.add("Concat", *outputs, axis=-1),), after
    result = graph.add("Mul" if layer.merge_mode == "mul" else "Add", *outputs)
    if layer.merge_mode == "ave":
        result = graph.add("Mul", result, np.array(0.5, np.float32))
    return (result,), after


def _run(
    graph: Graph, part: Part, x: Value, mask: Value | None, before: Sequence[Value | None], *, keeps: bool
) -> tuple[Value, Value, list[Value]]:
    """One node in one direction.

    Args:
        graph: where it is written.
        part: the layer or cell.
        x: (time, batch, features), the valid steps of each row first.
        mask: (batch, time) bool; None: all steps are valid.
        before: (batch, units) for each state; None: 0.
        keeps: whether the last states are asked for.

    Returns:
        Outputs (time, batch, units), the last output (batch, units), the last states (batch, units). A row without a
        valid step keeps its states, and its output is 0.
    """
    counts = _counts(graph, mask) if graph.right_padded else None
    resting = None
    if keeps and len(before) > 1 and mask is not None and not graph.right_padded:
        # Of an LSTM's cell states the node gives the last ones only. It is told which those are; and since a runtime
        # may take no notice of that, the state rests from there on.
        counts, resting = _counts(graph, mask), behind(graph, mask)
    y, *ends = node(graph, [part], x, counts, [(state,) for state in before], resting)
    y, *ends = (graph.add("Squeeze", value, np.array([axis])) for value, axis in [(y, 1), *((end, 0) for end in ends)])
    if mask is None:
        return y, ends[0], ends
    zero = np.zeros((), np.float32)
    if graph.right_padded:
        last = graph.add("Where", any_valid(graph, mask), ends[0], zero) if before[0] is not None else ends[0]
    else:
        last = ends[0] = last_output(graph, y, mask, zero)
    return y, last, _kept_by_empty_rows(graph, mask, ends, before)


def _counts(graph: Graph, mask: Value | None) -> Value | None:
    """Number of valid steps of each row as nodes take it: (batch,) int32."""
    return None if mask is None else graph.add("Squeeze", lengths(graph, mask), np.array([1]))


def _kept_by_empty_rows(
    graph: Graph, mask: Value | None, ends: Sequence[Value], before: Sequence[Value | None]
) -> list[Value]:
    """The last states, (batch, units) each: a row without a valid step has those that it had before."""
    if mask is None:
        return list(ends)
    return [
        end if state is None else graph.add("Where", any_valid(graph, mask), end, state)
        for end, state in zip(ends, before, strict=True)
    ]


def _last_of_both(graph: Graph, mask: Value | None, last: Value) -> Value:
    """The last outputs, (directions, batch, units): 0 for a row without a valid step, whatever its states are."""
    return last if mask is None else graph.add("Where", any_valid(graph, mask), last, np.zeros((), np.float32))


def _merged(graph: Graph, layer: kl.Bidirectional, both: Value) -> tuple[Value, ...]:
    """Merges the two directions of (…, directions, batch, units) into (…, batch, units), or gives both."""
    free = [0, 0] if layer.return_sequences else [0]
    axis = len(free) - 1
    match layer.merge_mode:
        case "concat":  # (…, batch, 2, units) first
            side_by_side = graph.transpose(both, (0, 2, 1, 3) if layer.return_sequences else (1, 0, 2))
            return (graph.add("Reshape", side_by_side, np.array([*free, 2 * parts(layer.forward_layer)[0].units])),)
        case "sum" | "ave" | "mul":
            op = {"sum": "ReduceSum", "ave": "ReduceMean", "mul": "ReduceProd"}[layer.merge_mode]
            return (graph.reduce(op, both, [axis]),)
        case _:
            return tuple(graph.add("Gather", both, np.array(number), axis=axis) for number in range(2))


def _shown_at_the_end(graph: Graph, layer: kl.RNN, last: Value, mask: Value | None) -> Value:
    """The output of a layer that returns one: (batch, units). With `zero_output_for_mask`, that of its last step."""
    if mask is None or not layer.zero_output_for_mask:
        return last
    step = np.array([0 if layer.go_backwards else -1])
    return graph.add("Where", graph.add("Gather", mask, step, axis=1), last, np.zeros((), np.float32))


def _fit_one_node(pair: Sequence[kl.RNN], mask: Value | None) -> bool:
    """Whether two layers run as the two directions of one node, and are put back in the same way afterwards."""
    forward, backward = pair
    if forward.go_backwards or len(parts(forward)) > 1 or len(parts(backward)) > 1:
        return False
    # Keras zeroes the outputs of an unrolled backward layer at other steps than those of the forward one.
    apart = mask is not None and forward.return_sequences and backward.unroll
    return alike(parts(forward)[0], parts(backward)[0]) and not apart


def _check(layer: keras.Layer) -> None:
    if not is_native(layer):
        *names, last = (kind.__name__ for kind in LAYERS)
        raise ExportError(
            f"layer '{layer.name}' ({type(layer).__name__}): expected {', '.join(names)} or {last}, or RNN over their "
            "cells, got a class or a cell of another kind. Use one of these."
        )


def _check_pair(layer: kl.Bidirectional, pair: Sequence[kl.RNN]) -> None:
    for one in pair:
        _check(one)
    counts = [sum(len(cell_of(part).states) for part in parts(one)) for one in pair]
    if layer.return_state and counts[0] != counts[1]:  # Keras takes both for as many as the forward layer has
        raise ExportError(
            f"layer '{layer.name}' (Bidirectional): return_state: expected as many states in both directions, "
            f"got {counts[0]} and {counts[1]}. Use one kind of cell for both, or leave return_state out."
        )
