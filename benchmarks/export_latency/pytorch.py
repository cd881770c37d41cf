"""The same models built from PyTorch's layers, with the Keras model's weights.

PyTorch and TensorFlow cannot share a process: only `benchmarks.elsewhere` imports this module.
"""

from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.timing import Run
from benchmarks.weights import Arrays, Weights

LAYERS: dict[str, Any] = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}

#: Keras's gates in PyTorch's order (https://docs.pytorch.org/docs/stable/nn.html#recurrent-layers):
#: z r h becomes r z n; LSTM has i f c o in both.
GATES = {"rnn": (0,), "lstm": (0, 1, 2, 3), "gru": (1, 0, 2)}


class Classifier(torch.nn.Module):
    """An embedding if the model has one, stacked recurrent layers, and a dense softmax on the last state."""

    def __init__(self, weights: Weights) -> None:
        """Builds the modules and sets the Keras model's weights."""
        super().__init__()
        kernel, recurrent, _ = weights.layers[0][0]
        self.both = len(weights.layers[0]) == 2
        self.recurrent = LAYERS[weights.cell](
            len(kernel), len(recurrent), num_layers=len(weights.layers), batch_first=True, bidirectional=self.both
        )
        self.recurrent.load_state_dict(_recurrent_weights(weights))
        table = weights.embedding
        self.embedding = None if table is None else torch.nn.Embedding.from_pretrained(_tensor(table))
        kernel, bias = weights.dense
        self.dense = torch.nn.Linear(*kernel.shape)
        self.dense.load_state_dict({"weight": _tensor(kernel.T), "bias": _tensor(bias)})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, time, features), or (batch, time) ids padded on the right with 0, to (batch, classes)."""
        if self.embedding is not None:
            lengths = (x != 0).sum(1)
            x = pack_padded_sequence(self.embedding(x), lengths, batch_first=True, enforce_sorted=False)  # type: ignore
        states = self.recurrent(x)[1]
        h = states[0] if isinstance(states, tuple) else states  # (layers * directions, batch, units)
        last = torch.cat([h[-2], h[-1]], 1) if self.both else h[-1]
        return torch.softmax(self.dense(last), 1)


def load(weights: Weights, x: np.ndarray) -> Run:
    """Returns a function that runs one inference of the PyTorch model with one thread, from numpy to numpy."""
    torch.set_num_threads(1)
    module = Classifier(weights).eval()

    def run() -> np.ndarray:
        with torch.inference_mode():
            return module(torch.from_numpy(x)).numpy()

    return run


def _recurrent_weights(weights: Weights) -> dict[str, torch.Tensor]:
    """PyTorch's state dictionary of all layers and directions."""
    state = {}
    for number, directions in enumerate(weights.layers):
        for suffix, arrays in zip(("", "_reverse"), directions, strict=False):
            kernel, recurrent, bias = _reordered(weights.cell, arrays)
            biases = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])  # of the input, of the state
            parts = {"weight_ih": kernel.T, "weight_hh": recurrent.T, "bias_ih": biases[0], "bias_hh": biases[1]}
            state |= {f"{name}_l{number}{suffix}": _tensor(array) for name, array in parts.items()}
    return state


def _reordered(cell: str, arrays: Arrays) -> list[np.ndarray]:
    """Reorders the gates along the last axes to PyTorch's order."""
    split = [np.split(array, len(GATES[cell]), -1) for array in arrays]
    return [np.concatenate([gates[gate] for gate in GATES[cell]], -1) for gates in split]


def _tensor(array: Any) -> torch.Tensor:
    return torch.from_numpy(np.array(array, np.float32, order="C"))
