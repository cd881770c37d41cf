"""Keras's recurrent cells as ONNX nodes: their operators, gate orders and activations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import keras
import numpy as np
from keras import layers as kl

from zoo.exporter.converters.layers.activations import RECURRENT_ACTIVATIONS, activation_row
from zoo.exporter.graph import Graph, Value
from zoo.fast.cells import CELLS, LAYERS, Cell, CellLayer, LoneCell
from zoo.fast.models import STOCK

#: The part of a layer that one node computes: a layer of one cell, or one cell of a `keras.layers.RNN`.
Part = CellLayer | LoneCell


@dataclass(frozen=True)
class Operator:
    """How a Keras cell maps to an ONNX operator.

    Attributes:
        op: the operator's name.
        cell: the cell in Keras.
        gates: the cell's gates, in ONNX's order.
        activations: the layer's options, in the order in which the operator lists its activations.
        defaults: the operator's default activations.
        flags: attribute of the operator -> the layer's option for it.
        rest: weights of an extra feature in the gates that holds all states but the first: nothing is added, everything
            is kept. Exact with `SATURATING` activations. Empty: the cell has no such states.
    """

    op: str
    cell: Cell
    gates: str
    activations: tuple[str, ...]
    defaults: tuple[str, ...]
    flags: Mapping[str, str] = field(default_factory=dict)
    rest: tuple[float, ...] = ()

    @property
    def order(self) -> tuple[int, ...]:
        """ONNX's gate i is Keras's gate `order[i]`."""
        return tuple(map(self.cell.gates.index, self.gates))


#: Each cell's operator (https://onnx.ai/onnx/operators/onnx__LSTM.html: "iofc"; onnx__GRU.html: "zrh"; onnx__RNN.html).
OPERATORS = (
    Operator("RNN", CELLS["rnn"], gates="h", activations=("activation",), defaults=("Tanh",)),
    Operator(
        "LSTM",
        CELLS["lstm"],
        gates="iofc",
        activations=("recurrent_activation", "activation", "activation"),
        defaults=("Sigmoid", "Tanh", "Tanh"),
        rest=(-1e4, 0, 1e4, 0),
    ),
    Operator(
        "GRU",
        CELLS["gru"],
        gates="zrh",
        activations=("recurrent_activation", "activation"),
        defaults=("Sigmoid", "Tanh"),
        flags={"linear_before_reset": "reset_after"},
    ),
)

#: Class of a layer of one cell, or of a single cell -> its operator.
OPERATOR_OF: dict[type[keras.Layer], Operator] = {
    kind: operator for operator in OPERATORS for kind in (operator.cell.layer, operator.cell.lone)
}

#: Activations that reach exactly 0 and 1 far from 0.
SATURATING = (keras.activations.sigmoid, keras.activations.hard_sigmoid)

#: Methods with which a subclass of a recurrent layer or cell may change its computation.
COMPUTING = ("call", "inner_loop", "get_initial_state")


def is_native(layer: keras.Layer) -> bool:
    """Whether a layer runs in RNN, LSTM and GRU nodes: it computes the same as Keras's own layers and cells."""
    if isinstance(layer, kl.Bidirectional):
        both = (layer.forward_layer, layer.backward_layer)
        return _computes_as(layer, kl.Bidirectional) and all(map(is_native, both))
    if not isinstance(layer, kl.RNN):
        return False
    return _computes_as(layer, *OPERATOR_OF, kl.RNN) and all(_computes_as(part, *OPERATOR_OF) for part in parts(layer))


def _computes_as(layer: keras.Layer, *classes: type[keras.Layer]) -> bool:
    """Whether a layer is of one of the classes, or of a subclass that does not change its computation."""
    kind = STOCK.get(type(layer), type(layer))  # the zoo's fast layers compute the same as Keras's own
    base = next((parent for parent in kind.__mro__ if parent in classes), None)
    return base is not None and all(getattr(kind, name, None) is getattr(base, name, None) for name in COMPUTING)


def parts(layer: kl.RNN) -> list[Part]:
    """The parts that run in one node each, in order: the layer itself, or the cells of an RNN layer."""
    if isinstance(layer, LAYERS):
        return [layer]
    return list(layer.cell.cells) if isinstance(layer.cell, kl.StackedRNNCells) else [layer.cell]


def operator_of(part: Part) -> Operator:
    """The row of `OPERATORS` for a layer or a cell."""
    return next(OPERATOR_OF[base] for base in type(part).__mro__ if base in OPERATOR_OF)


def alike(forward: Part, backward: Part) -> bool:
    """Whether two parts fit into one node as its two directions."""
    operator = operator_of(forward)
    options = ("units", *operator.flags.values())
    return operator is operator_of(backward) and all(
        getattr(forward, name) == getattr(backward, name) for name in options
    )


def weights(part: Part) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A layer's or a cell's weights in ONNX's layout, for one direction.

    Returns:
        W (gates·units, features), R (gates·units, units) and B (2·gates·units,): the input bias, then the recurrent
        bias, which Keras has only in a GRU with `reset_after`.
    """
    gates = operator_of(part).order
    cell: Any = getattr(part, "cell", part)
    kernel, recurrent_kernel, *bias = cell.get_weights()
    width = len(gates) * part.units
    biases = np.zeros((2, width), np.float32)
    if bias:
        rows = np.atleast_2d(bias[0])
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
        graph: the graph to write to.
        directions: the parts with the node's weights and options: one forwards, and optionally a like one backwards.
        x: (time, batch, features) float32, with the valid steps of each row first.
        lengths: (batch,) int32, number of steps of each row to run; None: all.
        initial: for each state of the cell, (batch, units) for each direction; None: zeros.
        resting: (time, batch, 1) float32, 1 where an LSTM's cell state must not change, else 0; ignored if its gates
            cannot hold it.

    Returns:
        Outputs (time, directions, batch, units), and the final (directions, batch, units) of each state. Steps that
        ONNX does not compute are 0.
    """
    first = directions[0]
    operator = operator_of(first)
    w, r, b = (np.stack(arrays) for arrays in zip(*(weights(part) for part in directions), strict=True))
    kernel = graph.constant(w, "W")
    if resting is not None and operator.rest and first.recurrent_activation in SATURATING:
        x = graph.add("Concat", x, resting, axis=2)
        rest = np.repeat(np.array(operator.rest, np.float32), first.units).reshape(1, -1, 1)
        kernel = graph.add("Concat", kernel, graph.constant(rest, "rest"), axis=2)
    attributes: dict[str, Any] = {"hidden_size": first.units, **_activations(operator, directions)}
    attributes |= {flag: int(getattr(first, option)) for flag, option in operator.flags.items()}
    if len(directions) > 1:
        attributes["direction"] = "bidirectional"
    return graph.add_multiple(
        operator.op,
        x,
        kernel,
        graph.constant(r, "R"),
        graph.constant(b, "B"),
        lengths,
        *(_initial(graph, x, first.units, states) for states in initial),
        outputs=1 + len(operator.cell.states),
        **attributes,
    )


def _initial(graph: Graph, x: Value, units: int, states: Sequence[Value | None]) -> Value:
    """(directions, batch, units): a state before the first step of `x`, (time, batch, features).

    Zeros are written explicitly, because without them tract refuses files with a free batch.
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
    """The gate blocks along the last axis in ONNX's order."""
    blocks = np.split(array, len(gates), axis=-1)
    return np.concatenate([blocks[gate] for gate in gates], axis=-1)


def _activations(operator: Operator, directions: Sequence[Part]) -> dict[str, Any]:
    """Attributes for the activations; none if they are the operator's defaults."""
    rows = [
        activation_row(part, option, RECURRENT_ACTIVATIONS) for part in directions for option in operator.activations
    ]
    names = [name for name, _ in rows]
    if tuple(names) == operator.defaults * len(directions):
        return {}
    # Each list has values only for the functions that take one, in order.
    alphas = [parameters[0] for _, parameters in rows if parameters]
    betas = list(chain.from_iterable(parameters[1:] for _, parameters in rows))
    parameters_by_name = {"activation_alpha": alphas, "activation_beta": betas}
    return {"activations": names} | {key: values for key, values in parameters_by_name.items() if values}
