"""Fast loops of recurrent layers over time: one kernel per cell.

A kernel is two functions, forward and backward; `hoisted` does what is the same for every cell (projecting the inputs,
the gradients of the weights). Another implementation of a cell, such as one in C, is another `Kernel`.
"""

from zoo.fast.kernels.gru import GRU
from zoo.fast.kernels.hoisted import run
from zoo.fast.kernels.kernel import Kernel, Weights
from zoo.fast.kernels.lstm import LSTM
from zoo.fast.kernels.simple_rnn import SIMPLE_RNN

__all__ = ["GRU", "LSTM", "SIMPLE_RNN", "Kernel", "Weights", "run"]
