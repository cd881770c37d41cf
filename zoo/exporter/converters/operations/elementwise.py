"""Elementwise operations of `keras.ops`: arithmetic, comparisons, logic, casts.

A converter is called with the graph, the operation object and the arguments of the operation's call.
"""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.exporter.converters.operations import pointwise, reductions
from zoo.exporter.converters.operations.operands import declared, is_float, number, operand, promoted
from zoo.exporter.graph import Graph, Value

Converter = Callable[..., Any]


def same(graph: Graph, op: keras.Operation, x: Value, *args: Any, **kwargs: Any) -> Value:
    """The input, cast to the operation's result type."""
    return operand(graph, x, declared(op, x, *args, **kwargs).dtype)


def binary(node: str) -> Converter:
    """An operation on two operands, both cast to the result type."""

    def convert(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
        dtype = declared(op, x1, x2).dtype
        inside = "int32" if dtype == "bool" else dtype  # ONNX has no arithmetic on bool
        y = graph.add(node, operand(graph, x1, inside), operand(graph, x2, inside))
        return graph.cast(Value(y.name, dtype=inside), dtype)

    return convert


def comparison(node: str, *, negated: bool = False) -> Converter:
    """A comparison of two operands, cast to a common type; gives bool."""

    def convert(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
        dtype = promoted(x1, x2)
        dtype = "int32" if dtype == "bool" else dtype
        y = graph.add(node, operand(graph, x1, dtype), operand(graph, x2, dtype))
        return graph.add("Not", y) if negated else y

    return convert


def logical(node: str) -> Converter:
    """A logical operation, where nonzero values are true."""
    return lambda graph, op, *operands: graph.add(node, *(operand(graph, x, "bool") for x in operands))


def divide_no_nan(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """x1 / x2, and 0 where x2 is 0."""
    dtype = declared(op, x1, x2).dtype
    above, below = operand(graph, x1, dtype), operand(graph, x2, dtype)
    empty = graph.add("Equal", below, number(graph, 0, dtype))
    quotient = graph.add("Div", above, graph.add("Where", empty, number(graph, 1, dtype), below))
    return graph.add("Where", empty, number(graph, 0, dtype), quotient)


def remainder(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """x1 mod x2 with the sign of x2, as in Python."""
    dtype = declared(op, x1, x2).dtype
    x, y = operand(graph, x1, dtype), operand(graph, x2, dtype)
    if not is_float(dtype):
        return graph.add("Mod", x, y)
    mod = graph.add("Mod", x, y, fmod=1)  # with the sign of x
    zero = number(graph, 0, dtype)
    other_sign = graph.add("Xor", graph.add("Less", mod, zero), graph.add("Less", y, zero))
    moved = graph.add("And", other_sign, graph.add("Not", graph.add("Equal", mod, zero)))
    return graph.add("Where", moved, graph.add("Add", mod, y), mod)


def floor_divide(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """The largest integer not above x1 / x2."""
    dtype = declared(op, x1, x2).dtype
    x, y = operand(graph, x1, dtype), operand(graph, x2, dtype)
    if is_float(dtype):
        return graph.add("Floor", graph.add("Div", x, y))
    return graph.add("Div", graph.add("Sub", x, graph.add("Mod", x, y)), y)  # ONNX rounds integer division towards 0


def logaddexp(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """log(exp(x1) + exp(x2)) = max + log(1 + exp(-|x1 - x2|))."""
    dtype = declared(op, x1, x2).dtype
    x, y = operand(graph, x1, dtype), operand(graph, x2, dtype)
    smaller = graph.add("Exp", graph.add("Neg", graph.add("Abs", graph.add("Sub", x, y))))
    return graph.add(
        "Add", graph.add("Max", x, y), graph.add("Log", graph.add("Add", smaller, number(graph, 1, dtype)))
    )


def arctan2(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """Angle of the point (x2, x1): atan(x1 / x2), plus ±π left of the origin; 0 at the origin."""
    dtype = declared(op, x1, x2).dtype
    y, x = operand(graph, x1, dtype), operand(graph, x2, dtype)
    zero = number(graph, 0, dtype)
    origin = graph.add("And", graph.add("Equal", x, zero), graph.add("Equal", y, zero))
    angle = graph.add("Atan", graph.add("Div", y, graph.add("Where", origin, number(graph, 1, dtype), x)))
    turn = graph.add("Where", graph.add("Less", y, zero), number(graph, -math.pi, dtype), number(graph, math.pi, dtype))
    left = graph.add("Less", x, zero)
    return graph.add("Where", left, graph.add("Add", angle, turn), angle)


def hypot(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """√(x1² + x2²)."""
    dtype = declared(op, x1, x2).dtype
    squares = [graph.add("Mul", x, x) for x in (operand(graph, x1, dtype), operand(graph, x2, dtype))]
    return graph.add("Sqrt", graph.add("Add", *squares))


def where(graph: Graph, op: keras.Operation, condition: Any, x1: Any, x2: Any) -> Value:
    """x1 where the condition holds, x2 elsewhere."""
    return chosen(graph, condition, x1, x2, declared(op, condition, x1, x2).dtype)


def chosen(graph: Graph, condition: Any, x1: Any, x2: Any, dtype: str) -> Value:
    """x1 where the condition holds, x2 elsewhere, as `dtype`; bool goes through int32 for onnxruntime's Where."""
    inside = "int32" if dtype == "bool" else dtype
    y = graph.add("Where", operand(graph, condition, "bool"), operand(graph, x1, inside), operand(graph, x2, inside))
    return graph.cast(Value(y.name, dtype=inside), dtype)


def select(graph: Graph, op: keras.Operation, condlist: Any, choicelist: Any, default: Any = 0) -> Value:
    """For each element, the choice whose condition is the first to hold, else the default."""
    dtype = declared(op, condlist, choicelist, default).dtype
    result: Any = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = Value(chosen(graph, condition, choice, result, dtype).name, dtype=dtype)
    return result


def clip(graph: Graph, op: Any, x: Value) -> Value:
    """At least `op.x_min`, at most `op.x_max`."""
    dtype = declared(op, x).dtype
    raised = graph.add("Max", operand(graph, x, dtype), operand(graph, op.x_min, dtype))
    return graph.add("Min", raised, operand(graph, op.x_max, dtype))


def isclose(graph: Graph, op: Any, x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8) -> Value:
    """|x1 - x2| ≤ atol + rtol·|x2|; two NaN are close if `op.equal_nan`. Integers must be equal."""
    dtype = promoted(x1, x2)
    if not is_float(dtype):
        return comparison("Equal")(graph, op, x1, x2)
    x, y = operand(graph, x1, dtype), operand(graph, x2, dtype)
    tolerance = graph.add(
        "Add", graph.add("Mul", graph.add("Abs", y), number(graph, rtol, dtype)), number(graph, atol, dtype)
    )
    close = graph.add("LessOrEqual", graph.add("Abs", graph.add("Sub", x, y)), tolerance)
    if not op.equal_nan:
        return close
    return graph.add("Or", close, graph.add("And", graph.add("IsNaN", x), graph.add("IsNaN", y)))


def digitize(graph: Graph, op: keras.Operation, x: Value, bins: Any) -> Value:
    """For each element, the number of ascending bin edges that it reaches."""
    dtype = "float32"
    edges = operand(graph, bins, dtype)
    reached = graph.add("GreaterOrEqual", graph.add("Unsqueeze", operand(graph, x, dtype), np.array([-1])), edges)
    return graph.reduce("ReduceSum", graph.cast(reached, "int32"), [x.rank])


#: Class of the operation in `keras.ops` -> its converter.
OPERATIONS: dict[str, Converter] = {
    "Add": binary("Add"),
    "Arctan2": arctan2,
    "Cast": same,
    "Clip": clip,
    "ConvertToTensor": same,
    "Copy": same,
    "Digitize": digitize,
    "Divide": binary("Div"),
    "DivideNoNan": divide_no_nan,
    "Equal": comparison("Equal"),
    "FloorDivide": floor_divide,
    "Greater": comparison("Greater"),
    "GreaterEqual": comparison("GreaterOrEqual"),
    "Hypot": hypot,
    "Isclose": isclose,
    "Less": comparison("Less"),
    "LessEqual": comparison("LessOrEqual"),
    "Logaddexp": logaddexp,
    "LogicalAnd": logical("And"),
    "LogicalNot": logical("Not"),
    "LogicalOr": logical("Or"),
    "LogicalXor": logical("Xor"),
    "Maximum": binary("Max"),
    "Minimum": binary("Min"),
    "Mod": remainder,
    "Multiply": binary("Mul"),
    "NotEqual": comparison("Equal", negated=True),
    "Power": binary("Pow"),
    "Select": select,
    "StopGradient": same,
    "Subtract": binary("Sub"),
    "TrueDivide": binary("Div"),
    "Where": where,
    **pointwise.OPERATIONS,
    **reductions.OPERATIONS,
}
