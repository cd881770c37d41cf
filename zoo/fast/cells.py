"""The table of recurrent cells: their names in Keras and in recipes, and their fast layers.

A new cell is a kernel, a class in `recurrent` and a row here; the exporter's row adds its ONNX operator.
"""

from dataclasses import dataclass

import keras
from keras import layers as kl

from zoo.fast.coverage import why_not
from zoo.fast.recurrent import GRU, LSTM, Fast, SimpleRNN

#: A layer of one cell, Keras's own or the zoo's; and a single cell, as `keras.layers.RNN` takes it.
CellLayer = kl.SimpleRNN | kl.LSTM | kl.GRU
LoneCell = kl.SimpleRNNCell | kl.LSTMCell | kl.GRUCell


@dataclass(frozen=True)
class Cell:
    """A recurrent cell.

    Attributes:
        layer: Keras's layer.
        lone: Keras's single cell.
        fast: the equivalent layer on a fast kernel.
        gates: one letter for each gate, in the order of Keras's weights.
        states: its states, in Keras's order; the first is the output.
    """

    layer: type[CellLayer]
    lone: type[LoneCell]
    fast: type[Fast]
    gates: str
    states: tuple[str, ...]


#: Name in recipes -> cell.
CELLS = {
    "rnn": Cell(kl.SimpleRNN, kl.SimpleRNNCell, SimpleRNN, gates="h", states=("h",)),
    "lstm": Cell(kl.LSTM, kl.LSTMCell, LSTM, gates="ifco", states=("h", "c")),
    "gru": Cell(kl.GRU, kl.GRUCell, GRU, gates="zrh", states=("h",)),
}

#: Keras's layers of one cell.
LAYERS = tuple(cell.layer for cell in CELLS.values())


def cell_of(part: keras.Layer) -> Cell:
    """The row of a layer of one cell, or of a single cell; for a subclass, the row of its parent."""
    rows = {kind: cell for cell in CELLS.values() for kind in (cell.layer, cell.lone)}
    return next(rows[base] for base in type(part).__mro__ if base in rows)


def why_stock(layer: CellLayer) -> str | None:
    """Why a layer runs as in Keras, in a few words; None: it runs on a fast kernel.

    The layer computes the same either way.
    """
    return why_not(layer, cell_of(layer).fast.fast_kernel)
