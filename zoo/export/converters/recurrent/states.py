"""The recurrent states that a layer starts from, and what it leaves behind."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import keras
from keras import layers as kl

from zoo.export.converters.recurrent.cells import cell_of, parts
from zoo.export.graph import Graph, Value


def given(graph: Graph, layer: kl.RNN, initial_state: Any) -> list[list[Value | None]]:
    """What the layer starts from.

    Args:
        graph: where it is written.
        layer: a layer that runs in one direction.
        initial_state: (batch, units) for each state, nested in any way; None if the call had none.

    Returns:
        For each cell, (batch, units) for each of its states; None for 0.
    """
    kept = [graph.state(name, variable) for name, variable in _kept(graph, layer)]
    flat: Sequence[Value | None] = kept
    if initial_state is not None:
        flat = keras.tree.flatten(initial_state)
    kinds = [cell_of(part).states for part in parts(layer)]
    rest = iter(flat or [None] * sum(map(len, kinds)))
    return [list(islice(rest, len(kind))) for kind in kinds]


def keep(graph: Graph, layer: kl.RNN, after: Sequence[Sequence[Value]]) -> None:
    """Tells the graph what a stateful layer's states are from here on: (batch, units) each, for each cell."""
    flat = [state for states in after for state in states]
    for (name, _), value in zip(_kept(graph, layer), flat, strict=layer.stateful):
        graph.keep(name, value)


def nested(layer: kl.RNN, after: Sequence[Sequence[Value]]) -> list[Any]:
    """The states as the layer returns them: side by side, and those of an LSTM in a stack of cells as a list."""
    if isinstance(layer.cell, kl.StackedRNNCells):
        return [states[0] if len(states) == 1 else list(states) for states in after]
    return list(after[0])


def _kept(graph: Graph, layer: kl.RNN) -> list[tuple[str, Any]]:
    """Names and Keras's variables of what a stateful layer keeps; nothing for another layer."""
    if not layer.stateful:
        return []
    cells = parts(layer)
    where = [""] if len(cells) == 1 else [f".{number}" for number in range(len(cells))]
    kinds = [f"{part}.{kind}" for part, cell in zip(where, cells, strict=True) for kind in cell_of(cell).states]
    variables = keras.tree.flatten(layer.states)
    title = _title(graph, layer.name, variables)
    return [(f"state.{title}{kind}", variable) for kind, variable in zip(kinds, variables, strict=True)]


def _title(graph: Graph, name: str, variables: Sequence[Any]) -> str:
    """The layer's name, numbered where another layer of a nested model already keeps states under it."""
    mine = {id(variable) for variable in variables}
    title, number = name, 1
    while any(
        state.startswith(f"state.{title}.") and id(held.variable) not in mine for state, held in graph.states.items()
    ):
        number += 1
        title = f"{name}_{number}"
    return title
