"""The weights of a measured model as arrays, for runtimes that do not use Keras."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.models import Case

#: Kernel (inputs, gates * units), recurrent kernel (units, gates * units) and bias, in Keras's order of gates.
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Weights:
    """A model of stacked recurrent layers and a dense softmax on the last state.

    Attributes:
        cell: rnn, lstm or gru.
        embedding: (words, units); None unless the model reads texts.
        layers: for each recurrent layer the weights of its directions: one, or forwards and backwards.
        dense: kernel (units, classes) and bias (classes,).
    """

    cell: str
    embedding: np.ndarray | None
    layers: tuple[tuple[Arrays, ...], ...]
    dense: tuple[np.ndarray, np.ndarray]


def weights_of(case: "Case") -> Weights:
    """The weights of a Keras model."""
    from keras import layers as kl

    recurrent = [layer for layer in case.model.layers if isinstance(layer, (kl.RNN, kl.Bidirectional))]
    embeddings = [layer for layer in case.model.layers if isinstance(layer, kl.Embedding)]
    kernel, bias = case.model.layers[-1].get_weights()
    return Weights(
        case.cell,
        embeddings[0].get_weights()[0] if embeddings else None,
        tuple(tuple(_arrays(direction) for direction in _directions(layer)) for layer in recurrent),
        (kernel, bias),
    )


def _directions(layer: Any) -> list[Any]:
    both = hasattr(layer, "backward_layer")
    return [layer.forward_layer, layer.backward_layer] if both else [layer]


def _arrays(layer: Any) -> Arrays:
    kernel, recurrent, bias = layer.get_weights()
    return kernel, recurrent, bias
