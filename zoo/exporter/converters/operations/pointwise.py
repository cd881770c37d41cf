"""Elementwise operations of `keras.ops` on one tensor: roots, angles, rounding, activation functions."""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import activations as ka

from zoo.exporter.converters.layers.activations import ACTIVATIONS, Activation, node
from zoo.exporter.converters.operations.operands import declared, is_float, number, operand, size
from zoo.exporter.graph import Graph, Value

Converter = Callable[..., Any]


def real(function: Activation) -> Converter:
    """A function of real numbers; integers are cast first, as in Keras."""

    def convert(graph: Graph, op: keras.Operation, x: Value) -> Value:
        dtype = declared(op, x).dtype
        inside = dtype if is_float(dtype) else "float32"
        y = function(graph, operand(graph, x, inside))
        return graph.cast(Value(y.name, dtype=inside), dtype)

    return convert


def real_or_integer(function: Activation) -> Converter:
    """A function that also applies to integers; bool counts as 0 and 1."""

    def convert(graph: Graph, op: keras.Operation, x: Value) -> Value:
        dtype = declared(op, x).dtype
        inside = "int32" if dtype == "bool" else dtype
        y = function(graph, operand(graph, x, inside))
        return graph.cast(Value(y.name, dtype=inside), dtype)

    return convert


def predicate(function: Activation) -> Converter:
    """A predicate on real numbers; gives bool."""
    return lambda graph, op, x: function(graph, operand(graph, x, x.dtype if is_float(x.dtype) else "float32"))


def scaled(node_before: str, factor: float) -> Activation:
    """A node followed by a product with a number."""
    return lambda graph, x: graph.add("Mul", graph.add(node_before, x), number(graph, factor, "float32"))


def one(graph: Graph) -> Value:
    """() float32."""
    return number(graph, 1.0, "float32")


def relu(graph: Graph, op: keras.Operation, x: Value) -> Value:
    """max(x, 0)."""
    return graph.add("Relu", x) if is_float(x.dtype) else graph.add("Max", x, number(graph, 0, x.dtype))


def rounded(graph: Graph, op: Any, x: Value) -> Value:
    """Rounded to `op.decimals` places, halves to even."""
    if not is_float(x.dtype) and op.decimals >= 0:
        return x
    if op.decimals == 0:
        return graph.add("Round", x)
    factor = number(graph, 10.0**op.decimals, "float32")
    y = graph.add("Div", graph.add("Round", graph.add("Mul", operand(graph, x, "float32"), factor)), factor)
    return graph.cast(Value(y.name, dtype="float32"), str(x.dtype))


def nan_to_num(graph: Graph, op: Any, x: Value) -> Value:
    """Replaces NaN and the infinities by the operation's numbers. Default: 0 and the largest finite numbers."""
    if not is_float(x.dtype):
        return x
    limits = np.finfo(np.float32)
    for node_name, attributes, replacement, default in (
        ("IsNaN", {}, op.nan, 0.0),
        ("IsInf", {"detect_negative": 0}, op.posinf, float(limits.max)),
        ("IsInf", {"detect_positive": 0}, op.neginf, float(limits.min)),
    ):
        filler = number(graph, default if replacement is None else replacement, "float32")
        x = graph.add("Where", graph.add(node_name, x, **attributes), filler, x)
    return x


def gelu(graph: Graph, op: Any, x: Value) -> Value:
    """https://arxiv.org/abs/1606.08415, with tanh in place of erf if `op.approximate`."""
    if not op.approximate:
        return ACTIVATIONS[ka.gelu](graph, x)
    cube = graph.add("Mul", graph.add("Mul", x, x), graph.add("Mul", x, number(graph, 0.044715, "float32")))
    inside = graph.add("Mul", graph.add("Add", x, cube), number(graph, math.sqrt(2 / math.pi), "float32"))
    gate = graph.add("Add", graph.add("Tanh", inside), one(graph))
    return graph.add("Mul", graph.add("Mul", x, number(graph, 0.5, "float32")), gate)


def glu(graph: Graph, op: Any, x: Value) -> Value:
    """The first half along `op.axis`, times the sigmoid of the second."""
    half = graph.add("Div", size(graph, x, op.axis), np.array([2]))
    ends = size(graph, x, op.axis)
    axis = np.array([op.axis])
    first = graph.add("Slice", x, np.array([0]), half, axis)
    return graph.add("Mul", first, graph.add("Sigmoid", graph.add("Slice", x, half, ends, axis)))


def threshold(graph: Graph, op: Any, x: Value) -> Value:
    """X above the threshold, else the default value."""
    above = graph.add("Greater", x, number(graph, op.threshold, x.dtype))
    return graph.add("Where", above, x, number(graph, op.default_value, x.dtype))


def squareplus(graph: Graph, op: Any, x: Value) -> Value:
    """(x + √(x² + b)) / 2."""
    root = graph.add("Sqrt", graph.add("Add", graph.add("Mul", x, x), number(graph, op.b, "float32")))
    return graph.add("Mul", graph.add("Add", x, root), number(graph, 0.5, "float32"))


def cube_root(graph: Graph, x: Value) -> Value:
    """The real cube root, also of negative numbers."""
    return graph.add(
        "Mul", graph.add("Sign", x), graph.add("Pow", graph.add("Abs", x), number(graph, 1 / 3, "float32"))
    )


def truncated(graph: Graph, op: keras.Operation, x: Value) -> Value:
    """Rounded towards 0."""
    if not is_float(x.dtype):
        return x
    return graph.add("Mul", graph.add("Sign", x), graph.add("Floor", graph.add("Abs", x)))


def added(node_after: str, summand: float) -> Activation:
    """A node applied to the sum of x and a number."""
    return lambda graph, x: graph.add(node_after, graph.add("Add", x, number(graph, summand, "float32")))


#: Functions of real numbers; integers are cast first.
REAL: dict[str, Activation] = {
    "Arccos": node("Acos"),
    "Arccosh": node("Acosh"),
    "Arcsin": node("Asin"),
    "Arcsinh": node("Asinh"),
    "Arctan": node("Atan"),
    "Arctanh": node("Atanh"),
    "Cbrt": cube_root,
    "Ceil": node("Ceil"),
    "Cos": node("Cos"),
    "Cosh": node("Cosh"),
    "Deg2rad": lambda graph, x: graph.add("Mul", x, number(graph, math.pi / 180, "float32")),
    "Erf": node("Erf"),
    "Erfc": lambda graph, x: graph.add("Sub", one(graph), graph.add("Erf", x)),
    "Exp": node("Exp"),
    "Exp2": lambda graph, x: graph.add("Pow", number(graph, 2.0, "float32"), x),
    "Expm1": lambda graph, x: graph.add("Sub", graph.add("Exp", x), one(graph)),
    "Floor": node("Floor"),
    "HardSigmoid": ACTIVATIONS[ka.hard_sigmoid],
    "HardSilu": ACTIVATIONS[ka.hard_silu],
    "HardTanh": ACTIVATIONS[ka.hard_tanh],
    "Log": node("Log"),
    "Log10": scaled("Log", 1 / math.log(10)),
    "Log1p": added("Log", 1.0),
    "Log2": scaled("Log", 1 / math.log(2)),
    "LogSigmoid": ACTIVATIONS[ka.log_sigmoid],
    "Rad2deg": lambda graph, x: graph.add("Mul", x, number(graph, 180 / math.pi, "float32")),
    "Reciprocal": node("Reciprocal"),
    "Relu6": ACTIVATIONS[ka.relu6],
    "Rsqrt": lambda graph, x: graph.add("Reciprocal", graph.add("Sqrt", x)),
    "Selu": ACTIVATIONS[ka.selu],
    "Sigmoid": ACTIVATIONS[ka.sigmoid],
    "Silu": ACTIVATIONS[ka.silu],
    "Sin": node("Sin"),
    "Sinh": node("Sinh"),
    "Softplus": ACTIVATIONS[ka.softplus],
    "Softsign": ACTIVATIONS[ka.softsign],
    "SparsePlus": ACTIVATIONS[ka.sparse_plus],
    "SparseSigmoid": ACTIVATIONS[ka.sparse_sigmoid],
    "Sqrt": node("Sqrt"),
    "Tan": node("Tan"),
    "Tanh": ACTIVATIONS[ka.tanh],
    "TanhShrink": ACTIVATIONS[ka.tanh_shrink],
}

#: Functions that also apply to integers.
REAL_OR_INTEGER: dict[str, Activation] = {
    "Abs": node("Abs"),
    "Absolute": node("Abs"),
    "Negative": node("Neg"),
    "Sign": node("Sign"),
    "Square": lambda graph, x: graph.add("Mul", x, x),
}

#: Predicates on each number.
PREDICATES: dict[str, Activation] = {
    "Isfinite": lambda graph, x: graph.add("Not", graph.add("Or", graph.add("IsNaN", x), graph.add("IsInf", x))),
    "Isinf": node("IsInf"),
    "Isnan": node("IsNaN"),
    "Isneginf": node("IsInf", detect_positive=0),
    "Isposinf": node("IsInf", detect_negative=0),
}

#: Class of the operation in `keras.ops` -> its converter.
OPERATIONS: dict[str, Converter] = {
    **{name: real(function) for name, function in REAL.items()},
    **{name: real_or_integer(function) for name, function in REAL_OR_INTEGER.items()},
    **{name: predicate(function) for name, function in PREDICATES.items()},
    "Celu": lambda graph, op, x: graph.add("Celu", x, alpha=float(op.alpha)),
    "Elu": lambda graph, op, x: graph.add("Elu", x, alpha=float(op.alpha)),
    "Gelu": gelu,
    "Glu": glu,
    "HardShrink": lambda graph, op, x: graph.add("Shrink", x, lambd=float(op.threshold)),
    "LeakyRelu": lambda graph, op, x: graph.add("LeakyRelu", x, alpha=float(op.negative_slope)),
    "NanToNum": nan_to_num,
    "Relu": relu,
    "Round": rounded,
    "SoftShrink": lambda graph, op, x: graph.add("Shrink", x, lambd=float(op.threshold), bias=float(op.threshold)),
    "Squareplus": squareplus,
    "Threshold": threshold,
    "Trunc": truncated,
}
