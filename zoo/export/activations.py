"""Keras's activation functions in ONNX, and those that a recurrent node can compute inside itself."""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import activations as ka

from zoo.errors import ExportError
from zoo.export.graph import Graph, Value

Activation = Callable[[Graph, Value], Value]


def node(op: str, **attributes: Any) -> Activation:
    """An activation that is one ONNX node."""
    return lambda graph, x: graph.add(op, x, **attributes)


def scalar(value: float) -> np.ndarray:
    """() float32."""
    return np.array(value, np.float32)


def gelu(graph: Graph, x: Value) -> Value:
    """0.5·x·(1 + erf(x/√2)), https://arxiv.org/abs/1606.08415; the Gelu node needs opset 20."""
    erf = graph.add("Erf", graph.add("Div", x, scalar(math.sqrt(2.0))))
    return graph.add("Mul", graph.add("Mul", x, scalar(0.5)), graph.add("Add", erf, scalar(1.0)))


def silu(graph: Graph, x: Value) -> Value:
    """x·sigmoid(x)."""
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def hard_silu(graph: Graph, x: Value) -> Value:
    """x·hard_sigmoid(x)."""
    return graph.add("Mul", x, ACTIVATIONS[ka.hard_sigmoid](graph, x))


def mish(graph: Graph, x: Value) -> Value:
    """x·tanh(softplus(x))."""
    return graph.add("Mul", x, graph.add("Tanh", graph.add("Softplus", x)))


def relu6(graph: Graph, x: Value) -> Value:
    """min(max(x, 0), 6)."""
    return graph.add("Clip", x, scalar(0.0), scalar(6.0))


#: Keras activation -> what writes it.
ACTIVATIONS: dict[Any, Activation] = {
    ka.linear: lambda graph, x: x,
    ka.relu: node("Relu"),
    ka.relu6: relu6,
    ka.leaky_relu: node("LeakyRelu", alpha=0.2),
    ka.elu: node("Elu", alpha=1.0),
    ka.selu: node("Selu"),
    ka.gelu: gelu,
    ka.silu: silu,
    ka.hard_silu: hard_silu,
    ka.mish: mish,
    ka.tanh: node("Tanh"),
    ka.sigmoid: node("Sigmoid"),
    ka.hard_sigmoid: node("HardSigmoid", alpha=1 / 6, beta=0.5),
    ka.softplus: node("Softplus"),
    ka.softsign: node("Softsign"),
    ka.exponential: node("Exp"),
    ka.softmax: node("Softmax", axis=-1),
    ka.log_softmax: node("LogSoftmax", axis=-1),
}

#: Keras activation -> its name inside RNN, GRU and LSTM nodes, with alpha and beta if it has them
#: (https://onnx.ai/onnx/operators/onnx__LSTM.html, "activations").
RECURRENT_ACTIVATIONS: dict[Any, tuple[str, tuple[float, ...]]] = {
    ka.tanh: ("Tanh", ()),
    ka.sigmoid: ("Sigmoid", ()),
    ka.relu: ("Relu", ()),
    ka.linear: ("Affine", (1.0, 0.0)),
    ka.hard_sigmoid: ("HardSigmoid", (1 / 6, 0.5)),
    ka.softsign: ("Softsign", ()),
    ka.softplus: ("Softplus", ()),
    ka.elu: ("Elu", (1.0,)),
}


def activate(graph: Graph, layer: keras.Layer, x: Value) -> Value:
    """Applies `layer.activation`.

    Raises:
        ExportError: there is no row for it.
    """
    return known(layer, "activation", ACTIVATIONS)(graph, x)


def known(layer: keras.Layer, option: str, table: dict[Any, Any]) -> Any:
    """The table's row for the activation that `layer` has as `option`.

    Raises:
        ExportError: there is none.
    """
    function = getattr(layer, option)
    if function in table:
        return table[function]
    names = ", ".join(sorted(row.__name__ for row in table))
    raise ExportError(
        f"layer '{layer.name}' ({type(layer).__name__}): {option}: expected one of {names}, "
        f"got {getattr(function, '__name__', function)!r}. Use one of them."
    )
