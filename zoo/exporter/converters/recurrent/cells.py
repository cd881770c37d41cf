"""Keras's recurrent cells as ONNX nodes: which operator, in which order the gates, with which activations."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import keras
import numpy as np
from keras import layers as kl

from zoo.exporter.converters.layers.activations import RECURRENT_ACTIVATIONS, known
from zoo.exporter.graph import Graph, Value
from zoo.fast.models import STOCK

#: What one node computes: a layer of one cell, or one of the cells of a `keras.layers.RNN`.
Part = kl.SimpleRNN | kl.LSTM | kl.GRU | kl.SimpleRNNCell | kl.LSTMCell | kl.GRUCell


@dataclass(frozen=True)
class Cell:
    """How a Keras cell maps to an ONNX operator.

    Attributes:
        op: the operator.
        gates: ONNX's gate i is Keras's gate `gates[i]`.
        activations: the layer's options, in the order in which the operator lists its activations.
        defaults: the operator's activations if it is not told any.
        states: what it carries from step to step.
    """

    op: str
    gates: tuple[int, ...]
    activations: tuple[str, ...]
    defaults: tuple[str, ...]
    states: tuple[str, ...] = ("h",)


#: Keras's gates are i f c o (LSTM) and z r h (GRU); ONNX's are i o f c
#: (https://onnx.ai/onnx/operators/onnx__LSTM.html) and z r h (https://onnx.ai/onnx/operators/onnx__GRU.html).
SIMPLE_RNN = Cell("RNN", (0,), ("activation",), ("Tanh",))
LSTM = Cell(
    "LSTM",
    (0, 3, 1, 2),
    ("recurrent_activation", "activation", "activation"),
    ("Sigmoid", "Tanh", "Tanh"),
    states=("h", "c"),
)
GRU = Cell("GRU", (0, 1, 2), ("recurrent_activation", "activation"), ("Sigmoid", "Tanh"))

#: Class of a layer of one cell, or of a cell -> how it maps.
CELLS: dict[type[keras.Layer], Cell] = {
    kl.SimpleRNN: SIMPLE_RNN,
    kl.SimpleRNNCell: SIMPLE_RNN,
    kl.LSTM: LSTM,
    kl.LSTMCell: LSTM,
    kl.GRU: GRU,
    kl.GRUCell: GRU,
}

#: What a further feature adds to the gates i o f c, in ONNX's order, to leave an LSTM's cell state as it is: nothing
#: comes in, all is kept. With these activations of the gates, exactly.
REST = (-1e4, 0, 1e4, 0)
SATURATING = (keras.activations.sigmoid, keras.activations.hard_sigmoid)

#: What a subclass of a recurrent layer or cell may replace, and then compute something else.
COMPUTING = ("call", "inner_loop", "get_initial_state")


def is_native(layer: keras.Layer) -> bool:
    """Whether a layer runs in RNN, LSTM and GRU nodes: it computes as one of Keras's own, with Keras's own cells."""
    if isinstance(layer, kl.Bidirectional):
        both = (layer.forward_layer, layer.backward_layer)
        return _computes_as(layer, kl.Bidirectional) and all(map(is_native, both))
    if not isinstance(layer, kl.RNN):
        return False
    return _computes_as(layer, *CELLS, kl.RNN) and all(_computes_as(part, *CELLS) for part in parts(layer))


def _computes_as(layer: keras.Layer, *classes: type[keras.Layer]) -> bool:
    """Whether a layer is of one of the classes, or of a subclass that replaces nothing of what it computes."""
    kind = STOCK.get(type(layer), type(layer))  # the zoo's fast layers compute what Keras's own do
    base = next((one for one in kind.__mro__ if one in classes), None)
    return base is not None and all(getattr(kind, name, None) is getattr(base, name, None) for name in COMPUTING)


def parts(layer: kl.RNN) -> list[Part]:
    """What runs in a node each, from the first to the last: the layer itself, or the cells of an RNN layer."""
    if isinstance(layer, kl.SimpleRNN | kl.LSTM | kl.GRU):
        return [layer]
    return list(layer.cell.cells) if isinstance(layer.cell, kl.StackedRNNCells) else [layer.cell]


def cell_of(part: Part) -> Cell:
    """The row of the table for a layer or a cell."""
    return next(CELLS[base] for base in type(part).__mro__ if base in CELLS)


def alike(one: Part, other: Part) -> bool:
    """Whether two parts fit into one node, as its two directions."""
    same = all(getattr(one, name, None) == getattr(other, name, None) for name in ("units", "reset_after"))
    return same and cell_of(one) is cell_of(other)


def weights(part: Part) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A layer's or a cell's weights as ONNX wants them, for one direction.

    Returns:
        W (gates·units, features), R (gates·units, units) and B (2·gates·units,): the bias of the input, then that
        of the recurrence. Keras has the second only in a GRU with `reset_after`.
    """
    gates = cell_of(part).gates
    cell: Any = getattr(part, "cell", part)
    kernel, recurrent_kernel, *given = cell.get_weights()
    width = len(gates) * part.units
    biases = np.zeros((2, width), np.float32)
    if given:
        rows = np.atleast_2d(given[0])
        biases[: len(rows)] = rows
    w, r, b = (_reorder(array, gates) for array in (kernel, recurrent_kernel, biases))
    return w.T, r.T, b.reshape(-1)


def node(
    graph: Graph,
    directions: Sequence[Part],
    x: Value,
    lengths: Value | None,
    initial: Sequence[Sequence[Value | None]],
    resting: Value | None = None,
) -> tuple[Value, ...]:
    """Writes one node for one or two directions.

    Args:
        graph: where it is written.
        directions: whose weights and options the node has: one part forwards, or a second one, like it, backwards.
        x: (time, batch, features) float32, the valid steps of a row first.
        lengths: (batch,) int32, how many steps of each row are run; None: all of them.
        initial: for each state of the cell, (batch, units) for each direction; None: 0.
        resting: (time, batch, 1) float32, 1 where an LSTM's cell state shall stay as it is, else 0; if its gates can.

    Returns:
        Outputs (time, directions, batch, units), and the last (directions, batch, units) of each state. Where ONNX
        computes no step, it gives 0.
    """
    first = directions[0]
    cell = cell_of(first)
    w, r, b = (np.stack(arrays) for arrays in zip(*(weights(part) for part in directions), strict=True))
    kernel = graph.constant(w, "W")
    if resting is not None and first.recurrent_activation in SATURATING:
        x = graph.add("Concat", x, resting, axis=2)
        rest = np.repeat(np.array(REST, np.float32), first.units).reshape(1, -1, 1)
        kernel = graph.add("Concat", kernel, graph.constant(rest, "rest"), axis=2)
    attributes: dict[str, Any] = {"hidden_size": first.units, **_activations(cell, directions)}
    if len(directions) > 1:
        attributes["direction"] = "bidirectional"
    if cell.op == "GRU":
        attributes["linear_before_reset"] = int(first.reset_after)
    return graph.add_multiple(
        cell.op,
        x,
        kernel,
        graph.constant(r, "R"),
        graph.constant(b, "B"),
        lengths,
        *(_initial(graph, x, first.units, states) for states in initial),
        outputs=1 + len(cell.states),
        **attributes,
    )


def _initial(graph: Graph, x: Value, units: int, states: Sequence[Value | None]) -> Value:
    """(directions, batch, units), what a state is before the first step of `x`, (time, batch, features).

    Zeros are written out too: without them, tract takes no file of which the batch is free.
    """
    batch = graph.add("Gather", graph.add("Shape", x), np.array([1]), axis=0)
    zeros = graph.add(
        "Expand",
        np.zeros((1, 1, units), np.float32),
        graph.add("Concat", np.array([1]), batch, np.array([units]), axis=0),
    )
    rows = [zeros if state is None else graph.add("Unsqueeze", state, np.array([0])) for state in states]
    return rows[0] if len(rows) == 1 else graph.add("Concat", *rows, axis=0)


def _reorder(array: np.ndarray, gates: tuple[int, ...]) -> np.ndarray:
    """Gate blocks along the last axis, in ONNX's order."""
    blocks = np.split(array, len(gates), axis=-1)
    return np.concatenate([blocks[gate] for gate in gates], axis=-1)


def _activations(cell: Cell, directions: Sequence[Part]) -> dict[str, Any]:
    """Attributes that name the activations, unless they are the operator's defaults."""
    rows = [known(part, option, RECURRENT_ACTIVATIONS) for part in directions for option in cell.activations]
    names = [name for name, _ in rows]
    if tuple(names) == cell.defaults * len(directions):
        return {}
    # Each list holds values only for those functions that take one, in order.
    alphas = [parameters[0] for _, parameters in rows if parameters]
    betas = list(chain.from_iterable(parameters[1:] for _, parameters in rows))
    given = {"activation_alpha": alphas, "activation_beta": betas}
    return {"activations": names} | {key: values for key, values in given.items() if values}
