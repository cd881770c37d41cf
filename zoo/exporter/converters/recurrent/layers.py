"""Recurrent layers as native RNN, LSTM and GRU nodes, written from the layers' weights.

ONNX runs them time-major: in this module and in `compaction`, sequences are (time, batch, features); everywhere else
they are (batch, time, features).
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
    after_valid,
    any_valid,
    compacted,
    expanded,
    flipped,
    last_output,
    lengths,
    reversed_steps,
)
from zoo.exporter.graph import Graph, Value
from zoo.fast.cells import LAYERS, cell_of

__all__ = ["bidirectional", "is_native", "lengths", "recurrent", "weights"]


def recurrent(
    graph: Graph, layer: kl.RNN, sequences: Value, initial_state: Any = None, mask: Value | None = None
) -> Any:
    """Writes a layer that runs in one direction: one native node, or one for each cell of an RNN layer.

    Args:
        graph: the graph to write to.
        layer: SimpleRNN, LSTM, GRU, or RNN over one or several of their cells.
        sequences: (batch, time, features) float32.
        initial_state: (batch, units) for each state, in any nesting; None: zeros, or the states of a stateful layer.
        mask: (batch, time) bool, with any pattern.

    Returns:
        (batch, units), or (batch, time, units) if `layer.return_sequences`; with `layer.return_state`, followed by
        the final states, (batch, units) each; those of an LSTM in a stack of cells as a list.

    Raises:
        ExportError: a cell or an option of the layer has no ONNX counterpart.
    """
    _check(layer)
    sequences = graph.cast(sequences, "float32") if sequences.dtype else sequences
    initial, names = states.initial(graph, layer, initial_state)
    # Sequences stay compacted from cell to cell.
    x = compacted(graph, sequences, mask)
    # Never a node in reverse direction, which tract computes wrongly.
    x = last = reversed_steps(graph, x, mask) if layer.go_backwards else x
    after: list[list[Value]] = []
    for part, before in zip(parts(layer), initial, strict=True):
        x, last, ends = _run(graph, part, x, mask, before, keeps=layer.return_state or bool(names))
        after.append(ends)
    states.keep(graph, names, after)
    sequence = layer.return_sequences
    result = expanded(graph, layer, x, mask) if sequence else _single_output(graph, layer, last, mask)
    return (result, *states.nested(layer, after)) if layer.return_state else result


def bidirectional(
    graph: Graph, layer: kl.Bidirectional, sequences: Value, initial_state: Any = None, mask: Value | None = None
) -> Any:
    """Writes two layers in opposite directions; if they are alike, as one native node with both directions.

    Args:
        graph: the graph to write to.
        layer: the wrapper with its two layers and their merge mode.
        sequences: (batch, time, features) float32.
        initial_state: (batch, units) for each state, the forward layer's first.
        mask: (batch, time) bool, with any pattern. Keras then sets the outputs of masked steps to 0.

    Returns:
        As `recurrent`, with the directions merged by `layer.merge_mode`, or both if there is none; the states are
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
    # A node with two directions runs each row backwards from its end, so with masks it needs the lengths.
    together = _fit_one_node(pair, mask) and (mask is None or graph.right_padded)
    write = _in_one_node if together else _in_two_nodes
    outputs, after = write(graph, layer, sequences, halves, mask)
    if not layer.return_state:
        return outputs[0] if layer.merge_mode else outputs
    return (*outputs, *after)


def _in_one_node(
    graph: Graph, layer: kl.Bidirectional, sequences: Value, halves: Sequence[Any], mask: Value | None
) -> tuple[tuple[Value, ...], list[Value]]:
    """Writes two directions as one node with stacked weights.

    Returns:
        The output, or one for each direction, and the states of both layers.
    """
    pair = [layer.forward_layer, layer.backward_layer]
    starts = [states.initial(graph, direction, half) for direction, half in zip(pair, halves, strict=True)]
    before = list(zip(*(chain.from_iterable(initial) for initial, _ in starts), strict=True))
    x, counts = compacted(graph, sequences, mask), _counts(graph, mask)
    y, *ends = node(graph, [parts(direction)[0] for direction in pair], x, counts, before)
    final = [[graph.add("Gather", end, np.array(number), axis=0) for end in ends] for number in range(2)]
    after = [
        _kept_by_empty_rows(graph, mask, states_after, [both[number] for both in before])
        for number, states_after in enumerate(final)
    ]
    for (_, names), states_after in zip(starts, after, strict=True):
        states.keep(graph, names, [states_after])
    if not layer.return_sequences:
        return _merged(graph, layer, _last_of_both(graph, mask, ends[0])), list(chain(*after))
    # Both directions give 0 at masked steps, and so does every merge of them, so merge before expanding.
    sequence = _merged(graph, layer, y)
    return tuple(expanded(graph, layer.forward_layer, part, mask) for part in sequence), list(chain(*after))


def _in_two_nodes(
    graph: Graph, layer: kl.Bidirectional, sequences: Value, halves: Sequence[Any], mask: Value | None
) -> tuple[tuple[Value, ...], list[Value]]:
    """Writes two different layers one after the other, as Keras computes them; returns as `_in_one_node`."""
    outputs: list[Value] = []
    after: list[Value] = []
    for direction, half in zip([layer.forward_layer, layer.backward_layer], halves, strict=True):
        output, *states_after = keras.tree.flatten(recurrent(graph, direction, sequences, half, mask))
        outputs.append(output)
        after.extend(states_after)
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
    """Writes one node in one direction.

    Args:
        graph: the graph to write to.
        part: the layer or cell.
        x: (time, batch, features), with the valid steps of each row first.
        mask: (batch, time) bool; None: all steps are valid.
        before: (batch, units) for each state; None: zeros.
        keeps: whether the final states are needed.

    Returns:
        Outputs (time, batch, units), the last output (batch, units), the final states (batch, units). A row without a
        valid step keeps its states, and its output is 0.
    """
    counts = _counts(graph, mask) if graph.right_padded else None
    resting = None
    if keeps and len(before) > 1 and mask is not None and not graph.right_padded:
        # A node returns only the final cell states of an LSTM. Lengths mark the final steps; since a runtime may
        # ignore lengths, the gates also hold the cell state from there on.
        counts, resting = _counts(graph, mask), after_valid(graph, mask)
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
    """Number of valid steps of each row in a node's layout: (batch,) int32."""
    return None if mask is None else graph.add("Squeeze", lengths(graph, mask), np.array([1]))


def _kept_by_empty_rows(
    graph: Graph, mask: Value | None, ends: Sequence[Value], before: Sequence[Value | None]
) -> list[Value]:
    """The final states, (batch, units) each; a row without a valid step keeps its initial ones."""
    if mask is None:
        return list(ends)
    return [
        end if state is None else graph.add("Where", any_valid(graph, mask), end, state)
        for end, state in zip(ends, before, strict=True)
    ]


def _last_of_both(graph: Graph, mask: Value | None, last: Value) -> Value:
    """The last outputs, (directions, batch, units); 0 for a row without a valid step, whatever its states."""
    return last if mask is None else graph.add("Where", any_valid(graph, mask), last, np.zeros((), np.float32))


def _merged(graph: Graph, layer: kl.Bidirectional, both: Value) -> tuple[Value, ...]:
    """Merges the two directions of (…, directions, batch, units) to (…, batch, units), or returns both."""
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


def _single_output(graph: Graph, layer: kl.RNN, last: Value, mask: Value | None) -> Value:
    """The output, (batch, units), of a layer that returns one; 0 after a masked last step if `zero_output_for_mask`."""
    if mask is None or not layer.zero_output_for_mask:
        return last
    step = np.array([0 if layer.go_backwards else -1])
    return graph.add("Where", graph.add("Gather", mask, step, axis=1), last, np.zeros((), np.float32))


def _fit_one_node(pair: Sequence[kl.RNN], mask: Value | None) -> bool:
    """Whether two layers can run as the two directions of one node and be expanded in the same way."""
    forward, backward = pair
    if forward.go_backwards or len(parts(forward)) > 1 or len(parts(backward)) > 1:
        return False
    # Keras zeroes the outputs of an unrolled backward layer at other steps than those of the forward layer.
    zeroed_differently = mask is not None and forward.return_sequences and backward.unroll
    return alike(parts(forward)[0], parts(backward)[0]) and not zeroed_differently


def _check(layer: keras.Layer) -> None:
    if not is_native(layer):
        *names, last = (kind.__name__ for kind in LAYERS)
        raise ExportError(
            f"layer '{layer.name}' ({type(layer).__name__}): expected {', '.join(names)} or {last}, or RNN over their "
            "cells, got another class or cell. Use one of these."
        )


def _check_pair(layer: kl.Bidirectional, pair: Sequence[kl.RNN]) -> None:
    for direction in pair:
        _check(direction)
    counts = [sum(len(cell_of(part).states) for part in parts(direction)) for direction in pair]
    if layer.return_state and counts[0] != counts[1]:  # Keras assumes the forward layer's number for both
        raise ExportError(
            f"layer '{layer.name}' (Bidirectional): return_state: expected as many states in both directions, "
            f"got {counts[0]} and {counts[1]}. Use one kind of cell for both, or omit return_state."
        )
