"""How recurrent layers run over time, fast: one kernel a cell.

A kernel is two functions, forward and back; what is the same for every cell (projecting the inputs, the gradients of
the weights) is done once, in `hoisted`. Another way to run a cell, such as one in C, is another `Kernel`.
"""

from zoo.fast.kernels.gru import GRU
from zoo.fast.kernels.hoisted import run
from zoo.fast.kernels.kernel import Kernel, Weights
from zoo.fast.kernels.lstm import LSTM
from zoo.fast.kernels.simple_rnn import SIMPLE_RNN

__all__ = ["GRU", "LSTM", "SIMPLE_RNN", "Kernel", "Weights", "run"]
