"""Keras's activation functions in ONNX, and those that recurrent nodes have built in."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import activations as ka

from zoo.core.errors import ExportError
from zoo.exporter.graph import Graph, Value

Activation = Callable[[Graph, Value], Value]


def node(op: str, **attributes: Any) -> Activation:
    """An activation that is one ONNX node."""
    return lambda graph, x: graph.add(op, x, **attributes)


def scalar(value: float) -> np.ndarray:
    """() float32."""
    return np.array(value, np.float32)


def array(variable: object) -> np.ndarray:
    """A layer's weight as a float32 array."""
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float32)


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


def relu(graph: Graph, operation: Any, x: Value) -> Value:
    """The layer ReLU and the operation of `keras.activations.relu`, with maximum, threshold and slope below it."""
    slope, most, threshold = operation.negative_slope, operation.max_value, operation.threshold
    if threshold:
        y = graph.add("Where", graph.add("Greater", x, scalar(threshold)), x, scalar(0.0))
    elif slope and most is None:
        return graph.add("LeakyRelu", x, alpha=float(slope))
    else:
        y = graph.add("Relu", x)
    if most is not None:
        y = graph.add("Clip", y, scalar(0.0), scalar(most))
    if not slope:
        return y
    below = graph.add("Relu", graph.add("Sub", scalar(threshold), x))
    return graph.add("Sub", y, graph.add("Mul", below, scalar(slope)))


def relu6(graph: Graph, x: Value) -> Value:
    """min(max(x, 0), 6)."""
    return graph.add("Clip", x, scalar(0.0), scalar(6.0))


def hard_tanh(graph: Graph, x: Value) -> Value:
    """min(max(x, -1), 1)."""
    return graph.add("Clip", x, scalar(-1.0), scalar(1.0))


def log_sigmoid(graph: Graph, x: Value) -> Value:
    """-softplus(-x), which stays finite where the sigmoid is 0."""
    return graph.add("Neg", graph.add("Softplus", graph.add("Neg", x)))


def tanh_shrink(graph: Graph, x: Value) -> Value:
    """X - tanh(x)."""
    return graph.add("Sub", x, graph.add("Tanh", x))


def squareplus(graph: Graph, x: Value) -> Value:
    """(x + √(x² + 4)) / 2, https://arxiv.org/abs/2112.11687."""
    root = graph.add("Sqrt", graph.add("Add", graph.add("Mul", x, x), scalar(4.0)))
    return graph.add("Mul", graph.add("Add", x, root), scalar(0.5))


def sparse_plus(graph: Graph, x: Value) -> Value:
    """0 up to -1, (x + 1)²/4 up to 1, then x."""
    bent = graph.add("Add", hard_tanh(graph, x), scalar(1.0))
    beyond = graph.add("Relu", graph.add("Sub", x, scalar(1.0)))
    return graph.add("Add", graph.add("Mul", graph.add("Mul", bent, bent), scalar(0.25)), beyond)


#: Keras activation -> its converter.
ACTIVATIONS: dict[Any, Activation] = {
    ka.linear: lambda graph, x: x,
    ka.relu: node("Relu"),
    ka.relu6: relu6,
    ka.leaky_relu: node("LeakyRelu", alpha=0.2),
    ka.elu: node("Elu", alpha=1.0),
    ka.celu: node("Elu", alpha=1.0),  # with alpha 1, the same function
    ka.selu: node("Selu"),
    ka.gelu: gelu,
    ka.silu: silu,
    ka.hard_silu: hard_silu,
    ka.mish: mish,
    ka.tanh: node("Tanh"),
    ka.hard_tanh: hard_tanh,
    ka.tanh_shrink: tanh_shrink,
    ka.hard_shrink: node("Shrink", lambd=0.5),
    ka.soft_shrink: node("Shrink", lambd=0.5, bias=0.5),
    ka.sigmoid: node("Sigmoid"),
    ka.hard_sigmoid: node("HardSigmoid", alpha=1 / 6, beta=0.5),
    ka.sparse_sigmoid: node("HardSigmoid", alpha=0.5, beta=0.5),
    ka.log_sigmoid: log_sigmoid,
    ka.softplus: node("Softplus"),
    ka.sparse_plus: sparse_plus,
    ka.squareplus: squareplus,
    ka.softsign: node("Softsign"),
    ka.exponential: node("Exp"),
    ka.softmax: node("Softmax", axis=-1),
    ka.log_softmax: node("LogSoftmax", axis=-1),
}

#: Keras activation that refuses symbolic tensors, and so cannot be taken apart -> the operation that it calls.
SYMBOLIC: dict[Any, Any] = {ka.sparsemax: keras.ops.sparsemax}

#: Keras activation -> its name inside RNN, GRU and LSTM nodes, with alpha and beta if it has them
#: (https://onnx.ai/onnx/operators/onnx__LSTM.html, "activations").
RECURRENT_ACTIVATIONS: dict[Any, tuple[str, tuple[float, ...]]] = {
    ka.tanh: ("Tanh", ()),
    ka.sigmoid: ("Sigmoid", ()),
    ka.relu: ("Relu", ()),
    ka.linear: ("Affine", (1.0, 0.0)),
    ka.hard_sigmoid: ("HardSigmoid", (1 / 6, 0.5)),
    ka.sparse_sigmoid: ("HardSigmoid", (0.5, 0.5)),
    ka.softsign: ("Softsign", ()),
    ka.softplus: ("Softplus", ()),
    ka.elu: ("Elu", (1.0,)),
    ka.celu: ("Elu", (1.0,)),  # with alpha 1, the same function
    ka.leaky_relu: ("LeakyRelu", (0.2,)),
}


def activate(graph: Graph, layer: Any, x: Value, shape: Sequence[int | None] | None = None) -> Value:
    """Applies `layer.activation`: by its row in `ACTIVATIONS`, or by taking the function apart.

    Args:
        graph: the graph to write to.
        layer: the layer with the activation.
        x: float32.
        shape: sizes of x. Default: those that x declares.

    Raises:
        ExportError: the function has no row and cannot be taken apart.
    """
    function = layer.activation
    if function is None:
        return x
    if function in ACTIVATIONS:
        return ACTIVATIONS[function](graph, x)
    shaped = Value(x.name, x.shape if shape is None else tuple(shape), "float32")
    if not isinstance(function, keras.Layer):
        function = SYMBOLIC.get(function, function)
        function = keras.layers.Lambda(function, output_shape=lambda sizes: sizes, name="activation")
    return graph.write(function, shaped)


def activation_row(layer: keras.Layer, option: str, table: dict[Any, Any]) -> Any:
    """The table's row for the activation in an option of the layer.

    Raises:
        ExportError: the table has no row for it.
    """
    function = getattr(layer, option)
    if function in table:
        return table[function]
    names = ", ".join(sorted(row.__name__ for row in table))
    raise ExportError(
        f"layer '{layer.name}' ({type(layer).__name__}): {option}: expected one of {names}, "
        f"got {getattr(function, '__name__', function)!r}. Use one of them."
    )
