"""SimpleRNN, LSTM and GRU layers that compute the same as Keras's own and train faster on a CPU."""

from zoo.fast.cells import why_stock
from zoo.fast.models import fast, stock
from zoo.fast.recurrent import GRU, LSTM, SimpleRNN

__all__ = ["GRU", "LSTM", "SimpleRNN", "fast", "stock", "why_stock"]
