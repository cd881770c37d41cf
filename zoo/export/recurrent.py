"""SimpleRNN, LSTM and GRU as native RNN, LSTM and GRU nodes, written from the layers' weights.

ONNX runs them time-major: inside this room, sequences are (time, batch, features); everywhere else they are
(batch, time, features).

Where a mask comes in, the node is told each row's number of valid steps (`sequence_lens`). That is exact for rows
padded on the right, which is how the zoo pads text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import keras
import numpy as np
from keras import layers as kl

from zoo.errors import ExportError
from zoo.export.activations import RECURRENT_ACTIVATIONS, known
from zoo.export.graph import Graph, Value

RecurrentLayer = kl.SimpleRNN | kl.LSTM | kl.GRU


@dataclass(frozen=True)
class Cell:
    """How a Keras cell maps to an ONNX operator.

    Attributes:
        op: the operator.
        gates: ONNX's gate i is Keras's gate `gates[i]`.
        activations: the layer's options, in the order in which the operator lists its activations.
        defaults: the operator's activations if it is not told any.
    """

    op: str
    gates: tuple[int, ...]
    activations: tuple[str, ...]
    defaults: tuple[str, ...]


#: Keras's gates are i f c o (LSTM) and z r h (GRU); ONNX's are i o f c
#: (https://onnx.ai/onnx/operators/onnx__LSTM.html) and z r h (https://onnx.ai/onnx/operators/onnx__GRU.html).
CELLS: dict[type[keras.Layer], Cell] = {
    kl.SimpleRNN: Cell("RNN", (0,), ("activation",), ("Tanh",)),
    kl.LSTM: Cell(
        "LSTM", (0, 3, 1, 2), ("recurrent_activation", "activation", "activation"), ("Sigmoid", "Tanh", "Tanh")
    ),
    kl.GRU: Cell("GRU", (0, 1, 2), ("recurrent_activation", "activation"), ("Sigmoid", "Tanh")),
}


def recurrent(graph: Graph, layer: RecurrentLayer, x: Value, mask: Value | None = None) -> Value | tuple[Value, ...]:
    """Writes one native node for a layer that runs in one direction.

    Args:
        graph: where it is written.
        layer: its weights and options.
        x: (batch, time, features) float32.
        mask: (batch, time) bool, right-padded.

    Returns:
        (batch, units), or (batch, time, units) if `layer.return_sequences`; with `layer.return_state`, followed by
        the last states, (batch, units) each.

    Raises:
        ExportError: an option of the layer has no ONNX counterpart.
    """
    if mask is not None and layer.zero_output_for_mask and not layer.return_sequences:
        raise ExportError(f"{_title(layer)}: expected zero_output_for_mask=False, got True. Leave it out.")
    direction = "reverse" if layer.go_backwards else "forward"
    y, *states = _node(graph, [layer], direction, x, mask)
    states = [graph.add("Squeeze", state, np.array([0])) for state in states]
    output = states[0]
    if layer.return_sequences:
        sequence = graph.transpose(graph.add("Squeeze", y, np.array([1])), (1, 0, 2))
        output = _as_keras_orders(graph, layer, sequence, states[0], mask)
    return (output, *states) if layer.return_state else output


def bidirectional(graph: Graph, layer: kl.Bidirectional, x: Value, mask: Value | None = None) -> Value:
    """Writes one native node with two directions: two sets of weights, stacked.

    Args:
        graph: where it is written.
        layer: its two layers and how they are merged.
        x: (batch, time, features) float32.
        mask: (batch, time) bool, right-padded. Keras then sets the outputs of masked steps to 0, and so does ONNX.

    Returns:
        As `recurrent`; the two directions merged by `layer.merge_mode`.

    Raises:
        ExportError: the two layers differ in kind or size, or an option has no ONNX counterpart.
    """
    pair = [layer.forward_layer, layer.backward_layer]
    _check_pair(layer, *pair)
    y, h, *_ = _node(graph, pair, "bidirectional", x, mask)
    # (batch, time, 2, units) or (batch, 2, units)
    stacked = graph.transpose(y, (2, 0, 1, 3)) if layer.return_sequences else graph.transpose(h, (1, 0, 2))
    match layer.merge_mode:
        case "concat":
            free = [0, 0] if layer.return_sequences else [0]
            return graph.add("Reshape", stacked, np.array([*free, 2 * layer.forward_layer.units]))
        case "sum":
            return graph.reduce("ReduceSum", stacked, [-2])
        case "ave":
            return graph.reduce("ReduceMean", stacked, [-2])
        case "mul":
            return graph.reduce("ReduceProd", stacked, [-2])
    raise ExportError(
        f"{_title(layer)}: merge_mode: expected concat, sum, ave or mul, got {layer.merge_mode!r}. "
        "Merge the two directions."
    )


def weights(layer: RecurrentLayer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The layer's weights as ONNX wants them, for one direction.

    Returns:
        W (gates·units, features), R (gates·units, units) and B (2·gates·units,): the bias of the input, then that
        of the recurrence. Keras has the second only in a GRU with `reset_after`.
    """
    gates = CELLS[type(layer)].gates
    kernel, recurrent_kernel, *given = layer.cell.get_weights()
    width = len(gates) * layer.units
    biases = np.zeros((2, width), np.float32)
    if given:
        rows = np.atleast_2d(given[0])
        biases[: len(rows)] = rows
    w, r, b = (_reorder(array, gates) for array in (kernel, recurrent_kernel, biases))
    return w.T, r.T, b.reshape(-1)


def lengths(graph: Graph, mask: Value) -> Value:
    """Number of valid steps of each row: (batch,) int32."""
    return graph.reduce("ReduceSum", graph.cast(mask, "int32"), [1])


def _node(
    graph: Graph, layers: Sequence[RecurrentLayer], direction: str, x: Value, mask: Value | None
) -> tuple[Value, ...]:
    """One node for one or two directions.

    Returns:
        Outputs (time, directions, batch, units) and last states (directions, batch, units): h, and for an LSTM c.
    """
    for layer in layers:
        _check(layer)
    cell = CELLS[type(layers[0])]
    w, r, b = (np.stack(arrays) for arrays in zip(*(weights(layer) for layer in layers), strict=True))
    attributes: dict[str, Any] = {"hidden_size": layers[0].units, **_activations(cell, layers)}
    if direction != "forward":
        attributes["direction"] = direction
    if isinstance(layers[0], kl.GRU):
        attributes["linear_before_reset"] = int(layers[0].reset_after)
    return graph.add_multiple(
        cell.op,
        graph.transpose(x, (1, 0, 2)),
        graph.constant(w, "W"),
        graph.constant(r, "R"),
        graph.constant(b, "B"),
        *([] if mask is None else [lengths(graph, mask)]),
        outputs=3 if cell.op == "LSTM" else 2,
        **attributes,
    )


def _as_keras_orders(graph: Graph, layer: RecurrentLayer, sequence: Value, last: Value, mask: Value | None) -> Value:
    """Turns ONNX's outputs into Keras's.

    ONNX gives 0 after a row's end, where Keras repeats the last output; ONNX keeps the order of time when it runs
    backwards, where Keras keeps the order of computing. `sequence` is (batch, time, units), `last` (batch, units).
    """
    if layer.go_backwards:  # the padding was computed first, from a zero state: its outputs are 0 in Keras too
        first, before_all, axis, step = (
            np.array([-1]),
            np.array([np.iinfo(np.int64).min]),
            np.array([1]),
            np.array([-1]),
        )
        return graph.add("Slice", sequence, first, before_all, axis, step)
    if mask is None or layer.zero_output_for_mask:
        return sequence
    valid = graph.add("Unsqueeze", mask, np.array([2]))
    return graph.add("Where", valid, sequence, graph.add("Unsqueeze", last, np.array([1])))


def _reorder(array: np.ndarray, gates: tuple[int, ...]) -> np.ndarray:
    """Gate blocks along the last axis, in ONNX's order."""
    blocks = np.split(array, len(gates), axis=-1)
    return np.concatenate([blocks[gate] for gate in gates], axis=-1)


def _activations(cell: Cell, layers: Sequence[RecurrentLayer]) -> dict[str, Any]:
    """Attributes that name the activations, unless they are the operator's defaults."""
    rows = [known(layer, option, RECURRENT_ACTIVATIONS) for layer in layers for option in cell.activations]
    names = [name for name, _ in rows]
    if tuple(names) == cell.defaults * len(layers):
        return {}
    # Each list holds values only for those functions that take one, in order.
    alphas = [parameters[0] for _, parameters in rows if parameters]
    betas = list(chain.from_iterable(parameters[1:] for _, parameters in rows))
    given = {"activation_alpha": alphas, "activation_beta": betas}
    return {"activations": names} | {key: values for key, values in given.items() if values}


def _check(layer: RecurrentLayer) -> None:
    if layer.stateful:
        raise ExportError(f"{_title(layer)}: expected stateful=False, got True. Rebuild the model without it.")


def _check_pair(layer: kl.Bidirectional, forward: keras.Layer, backward: keras.Layer) -> None:
    if type(forward) not in CELLS or type(backward) is not type(forward):
        raise ExportError(
            f"{_title(layer)}: expected two layers of one kind, SimpleRNN, LSTM or GRU, got "
            f"{type(forward).__name__} and {type(backward).__name__}. Use the same for both."
        )
    for option in ("units", "reset_after"):
        one, other = getattr(forward, option, None), getattr(backward, option, None)
        if one != other:
            raise ExportError(f"{_title(layer)}: expected equal {option} in both directions, got {one} and {other}.")
    if forward.go_backwards or layer.return_state:
        option = "go_backwards on the forward layer" if forward.go_backwards else "return_state"
        raise ExportError(f"{_title(layer)}: {option} cannot be exported. Leave it out.")


def _title(layer: keras.Layer) -> str:
    return f"layer '{layer.name}' ({type(layer).__name__})"
