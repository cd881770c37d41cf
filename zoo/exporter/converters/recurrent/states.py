"""The recurrent states that a layer starts from, and what it leaves behind."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import keras
from keras import layers as kl

from zoo.core.errors import ExportError
from zoo.exporter.converters.recurrent.cells import parts
from zoo.exporter.graph import Graph, Value
from zoo.fast.cells import cell_of


def given(graph: Graph, layer: kl.RNN, initial_state: Any) -> tuple[list[list[Value | None]], list[str]]:
    """What the layer starts from.

    Args:
        graph: where it is written.
        layer: a layer that runs in one direction.
        initial_state: (batch, units) for each state, nested in any way; None if the call had none.

    Returns:
        For each cell, (batch, units) for each of its states, None for 0; and the names under which the graph keeps
        them from run to run, if it does.

    Raises:
        ExportError: the states of a stream are computed by the model.
    """
    kept = _kept(graph, layer)
    flat: Sequence[Value | None] = [value for _, value in kept]
    if initial_state is not None:
        if graph.streaming and not layer.stateful:
            raise ExportError(
                f"layer '{layer.name}' ({type(layer).__name__}): starts from states that the model computes, which a "
                "stream would forget after its first piece. Export without streaming."
            )
        flat = keras.tree.flatten(initial_state)
    kinds = [cell_of(part).states for part in parts(layer)]
    rest = iter(flat or [None] * sum(map(len, kinds)))
    return [list(islice(rest, len(kind))) for kind in kinds], [name for name, _ in kept]


def keep(graph: Graph, names: Sequence[str], after: Sequence[Sequence[Value]]) -> None:
    """Tells the graph what the states `names` are from here on: (batch, units) each, for each cell."""
    flat = [state for states in after for state in states]
    for name, value in zip(names, flat if names else (), strict=True):
        graph.keep(name, value)


def nested(layer: kl.RNN, after: Sequence[Sequence[Value]]) -> list[Any]:
    """The states as the layer returns them: side by side, and those of an LSTM in a stack of cells as a list."""
    if isinstance(layer.cell, kl.StackedRNNCells):
        return [states[0] if len(states) == 1 else list(states) for states in after]
    return list(after[0])


def _kept(graph: Graph, layer: kl.RNN) -> list[tuple[str, Value]]:
    """Names and values of what a stateful layer keeps, and any layer of a stream; nothing for another layer."""
    if not (layer.stateful or graph.streaming):
        return []
    cells = parts(layer)
    where = [""] if len(cells) == 1 else [f".{number}" for number in range(len(cells))]
    kinds = [
        (f"{part}.{kind}", cell.units) for part, cell in zip(where, cells, strict=True) for kind in cell_of(cell).states
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
