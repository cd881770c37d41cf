"""The initial and final states of recurrent layers."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import keras
from keras import layers as kl

from zoo.core.errors import ExportError
from zoo.exporter.converters.recurrent.cells import parts
from zoo.exporter.graph import Graph, Value
from zoo.fast.cells import cell_of


def initial(graph: Graph, layer: kl.RNN, initial_state: Any) -> tuple[list[list[Value | None]], list[str]]:
    """The initial states of a layer.

    Args:
        graph: the graph to write to.
        layer: a layer that runs in one direction.
        initial_state: (batch, units) for each state, in any nesting; None if the call had none.

    Returns:
        For each cell, (batch, units) for each of its states, None for zeros; and the names under which the graph keeps
        them between runs, if it does.

    Raises:
        ExportError: the graph is for streams, and the model computes the initial states.
    """
    kept = _kept(graph, layer)
    flat: Sequence[Value | None] = [value for _, value in kept]
    if initial_state is not None:
        if graph.streaming and not layer.stateful:
            raise ExportError(
                f"layer '{layer.name}' ({type(layer).__name__}): expected zeros as initial states of a stream, got "
                "states that the model computes, which would restart every piece. Export without streaming."
            )
        flat = keras.tree.flatten(initial_state)
    kinds = [cell_of(part).states for part in parts(layer)]
    remaining = iter(flat or [None] * sum(map(len, kinds)))
    return [list(islice(remaining, len(kind))) for kind in kinds], [name for name, _ in kept]


def keep(graph: Graph, names: Sequence[str], after: Sequence[Sequence[Value]]) -> None:
    """Sets the current values of the states `names` in the graph: (batch, units) each, for each cell."""
    flat = [state for states in after for state in states]
    for name, value in zip(names, flat if names else (), strict=True):
        graph.keep(name, value)


def nested(layer: kl.RNN, after: Sequence[Sequence[Value]]) -> list[Any]:
    """The states as the layer returns them: flat, but those of an LSTM in a stack of cells as a list."""
    if isinstance(layer.cell, kl.StackedRNNCells):
        return [states[0] if len(states) == 1 else list(states) for states in after]
    return list(after[0])


def _kept(graph: Graph, layer: kl.RNN) -> list[tuple[str, Value]]:
    """Names and values of the states that the graph keeps: those of stateful layers, and of all layers in a stream."""
    if not (layer.stateful or graph.streaming):
        return []
    cells = parts(layer)
    suffixes = [""] if len(cells) == 1 else [f".{number}" for number in range(len(cells))]
    kinds = [
        (f"{part}.{kind}", cell.units)
        for part, cell in zip(suffixes, cells, strict=True)
        for kind in cell_of(cell).states
    ]
    if not layer.stateful:
        title = graph.unused_title(layer.name)
        return [(name := f"state.{title}{kind}", graph.state(name, ["batch", units])) for kind, units in kinds]
    variables = keras.tree.flatten(layer.states)
    title = graph.unused_title(layer.name, variables)
    return [
        (name := f"state.{title}{kind}", graph.state(name, list(variable.shape), str(variable.dtype), variable))
        for (kind, _), variable in zip(kinds, variables, strict=True)
    ]
