"""Operations of `keras.ops` that multiply and sum: matrix products, Einstein sums, attention."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from zoo.exporter.converters.operations import networks, sliding
from zoo.exporter.converters.operations.einsum import contracted
from zoo.exporter.converters.operations.operands import (
    declared,
    is_float,
    number,
    operand,
    positions,
    promoted,
    reshaped,
    shape_of,
    size,
)
from zoo.exporter.graph import Graph, Value

Converter = Callable[..., Any]
#: Score of steps that attention must ignore: Keras's own value, so that rows without a valid step agree as well.
IGNORED = 3.38953e38 * -0.7
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def multiplied(graph: Graph, equation: str | None, dtype: str, *operands: Any) -> Value:
    """A product of tensors: an Einstein sum, or a matrix product for None. Integers are multiplied as float32.

    Args:
        graph: the graph to write to.
        equation: as `keras.ops.einsum` takes it.
        dtype: type of the result.
        *operands: the tensors.
    """
    inside = dtype if is_float(dtype) else "float32"
    tensors = [Value(operand(graph, x, inside).name, shape_of(x), inside) for x in operands]
    y = graph.add("MatMul", *tensors) if equation is None else contracted(graph, equation, tensors)
    return graph.cast(Value(y.name, dtype=inside), dtype)


def matmul(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """Matrix product of the last two axes; a vector is a row on the left and a column on the right."""
    return multiplied(graph, None, declared(op, x1, x2).dtype, x1, x2)


def dot(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """Sum over the last axis of x1 and the second-to-last of x2; a product if one is a scalar."""
    ranks = len(shape_of(x1)), len(shape_of(x2))
    dtype = promoted(x1, x2)
    if 0 in ranks:
        return graph.add("Mul", operand(graph, x1, dtype), operand(graph, x2, dtype))
    if ranks[1] <= 2:
        return multiplied(graph, None, dtype, x1, x2)
    return tensor_product(graph, dtype, x1, x2, [ranks[0] - 1], [ranks[1] - 2])


def tensordot(graph: Graph, op: Any, x1: Any, x2: Any) -> Value:
    """Sum over pairs of axes: `op.axes`, or the last n axes of x1 and the first n of x2 if it is a number n."""
    rank, axes = len(shape_of(x1)), op.axes
    if isinstance(axes, int):
        axes = (range(rank - axes, rank), range(axes))
    return tensor_product(graph, declared(op, x1, x2).dtype, x1, x2, *(np.atleast_1d(side).tolist() for side in axes))


def inner(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """Sum over the last axes of both."""
    last = [len(shape_of(x)) - 1 for x in (x1, x2)]
    return tensor_product(graph, declared(op, x1, x2).dtype, x1, x2, last[:1], last[1:])


def tensor_product(graph: Graph, dtype: str, x1: Any, x2: Any, left: Sequence[int], right: Sequence[int]) -> Value:
    """Sum over the axes `left` of x1 and `right` of x2, pair by pair."""
    rank1, rank2 = len(shape_of(x1)), len(shape_of(x2))
    first, second = list(LETTERS[:rank1]), list(LETTERS[rank1 : rank1 + rank2])
    for axis1, axis2 in zip(left, right, strict=True):
        second[axis2] = first[axis1]
    kept = [letter for letter in first + second if not (letter in first and letter in second)]
    return multiplied(graph, f"{''.join(first)},{''.join(second)}->{''.join(kept)}", dtype, x1, x2)


def outer(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """Every element of x1 times every element of x2: a matrix."""
    dtype = declared(op, x1, x2).dtype
    column = reshaped(graph, operand(graph, x1, dtype), [-1, 1])
    return graph.add("Mul", column, reshaped(graph, operand(graph, x2, dtype), [1, -1]))


def vdot(graph: Graph, op: keras.Operation, x1: Any, x2: Any) -> Value:
    """Sum of the products of all elements."""
    rows = [Value(reshaped(graph, x, [-1]).name, (None,), x.dtype) for x in (x1, x2)]
    return multiplied(graph, None, declared(op, x1, x2).dtype, *rows)


def einsum(graph: Graph, op: Any, *operands: Any) -> Value:
    """The Einstein sum `op.subscripts`."""
    return multiplied(graph, op.subscripts, promoted(*operands), *operands)


def attention(
    graph: Graph, op: Any, query: Value, key: Value, value: Value, bias: Any = None, mask: Any = None, scale: Any = None
) -> Value:
    """softmax(scale·query·key + bias)·value for each head (https://arxiv.org/abs/1706.03762).

    Args:
        graph: the graph to write to.
        op: the operation; with `is_causal`, no step attends to later ones.
        query: (batch, time, heads, units).
        key: (batch, steps, groups of heads, units).
        value: (batch, steps, groups of heads, units).
        bias: added to the scores; broadcasts to (batch, heads, time, steps).
        mask: True where a step may attend; broadcasts likewise.
        scale: factor of the scores. Default: 1 / √units.

    Returns:
        (batch, time, heads, units).
    """
    heads, units = shape_of(query)[2], shape_of(key)[3]
    scale = 1 / math.sqrt(units or 1) if scale is None else scale
    rows = graph.transpose(query, (0, 2, 1, 3))
    scores = graph.add("MatMul", rows, graph.transpose(shared_heads(graph, key, heads), (0, 2, 3, 1)))
    scores = graph.add("Mul", scores, operand(graph, scale, "float32"))
    if bias is not None:
        scores = graph.add("Add", scores, operand(graph, bias, "float32"))
    ignored = number(graph, IGNORED, "float32")
    if mask is not None:
        scores = graph.add("Where", operand(graph, mask, "bool"), scores, ignored)
    if op.is_causal:
        now = graph.add("Unsqueeze", positions(graph, size(graph, query, 1)), np.array([1]))
        past = graph.add("LessOrEqual", positions(graph, size(graph, key, 1)), now)
        scores = graph.add("Where", past, scores, ignored)
    weights = graph.add("Softmax", scores, axis=-1)
    values = graph.transpose(shared_heads(graph, value, heads), (0, 2, 1, 3))
    return graph.transpose(graph.add("MatMul", weights, values), (0, 2, 1, 3))


def shared_heads(graph: Graph, x: Value, heads: int | None) -> Value:
    """(batch, steps, groups, units) with each group repeated for its heads; a single group broadcasts."""
    groups = shape_of(x)[2]
    if heads is None or groups is None or groups in (1, heads):
        return x
    return graph.add("Gather", x, np.repeat(np.arange(groups), heads // groups), axis=2)


#: Class of the operation in `keras.ops` -> its converter.
OPERATIONS: dict[str, Converter] = {
    "Dot": dot,
    "DotProductAttention": attention,
    "Einsum": einsum,
    "Inner": inner,
    "Matmul": matmul,
    "Outer": outer,
    "Tensordot": tensordot,
    "Vdot": vdot,
    **networks.OPERATIONS,
    **sliding.OPERATIONS,
}
