"""Einstein sums as matrix products where possible, because every runtime computes those fast."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zoo.exporter.converters.operations.operands import reshaped, shape_of
from zoo.exporter.graph import Graph, Value

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Product:
    """The roles of the axes in a sum of products of two tensors.

    Attributes:
        left: axes of the first tensor.
        right: axes of the second one.
        out: axes of the result.
        shared: axes of both tensors and of the result.
        summed: axes of both tensors that are missing from the result.
        rows: axes of the first tensor only.
        columns: axes of the second tensor only.
    """

    left: str
    right: str
    out: str
    shared: str
    summed: str
    rows: str
    columns: str


def contracted(graph: Graph, equation: str, operands: Sequence[Value]) -> Value:
    """Writes an Einstein sum: as one MatMul where the equation is a matrix product, else as an Einsum node.

    Args:
        graph: the graph to write to.
        equation: as `numpy.einsum` takes it.
        operands: float32 tensors of known shape.
    """
    equation = equation.replace(" ", "")
    product = read_product(equation, [len(shape_of(x)) for x in operands])
    if product is not None:
        left, right = operands
        if not product.shared and all(size is not None for size in shape_of(right)):
            return _with_matrix(graph, product, left, right)
        if product.shared and len(product.rows) == len(product.columns) == len(product.summed) == 1:
            return _batched(graph, product, left, right)
    return graph.add("Einsum", *operands, equation=equation)


def read_product(equation: str, ranks: Sequence[int]) -> Product | None:
    """The roles of the axes, if the equation is a sum of products of two tensors; None otherwise."""
    inputs, arrow, out = equation.partition("->")
    sides = inputs.split(",")
    if not arrow or len(sides) != 2:
        return None
    widths = {rank - len(side) + 3 for side, rank in zip(sides, ranks, strict=True) if "..." in side}
    if len(widths) > 1:
        return None  # these axes broadcast
    more = "".join([letter for letter in LETTERS if letter not in equation][: max(widths, default=0)])
    left, right, out = (part.replace("...", more) for part in (*sides, out))
    if any(len(set(part)) != len(part) for part in (left, right, out)):
        return None  # a diagonal
    shared = "".join(letter for letter in out if letter in left and letter in right)
    summed = "".join(letter for letter in left if letter in right and letter not in out)
    rows = "".join(letter for letter in left if letter in out and letter not in right)
    columns = "".join(letter for letter in out if letter in right and letter not in left)
    if len(left) != len(shared + summed + rows) or len(right) != len(shared + summed + columns):
        return None  # an axis that is summed in one tensor only
    return Product(left, right, out, shared, summed, rows, columns)


def _with_matrix(graph: Graph, product: Product, left: Value, right: Value) -> Value:
    """A product with a tensor of known sizes and no shared axis: as a matrix of summed axes and columns."""
    lengths = dict(zip(product.right, shape_of(right), strict=True))
    depth = math.prod(lengths[letter] or 1 for letter in product.summed)
    columns = [lengths[letter] or 1 for letter in product.columns]
    matrix = _ordered(graph, right, product.right, product.summed + product.columns)
    if len(product.summed) != 1 or len(columns) != 1:
        matrix = reshaped(graph, matrix, [depth, math.prod(columns)])
    kept = [0] * len(product.rows)
    row = _ordered(graph, left, product.left, product.rows + product.summed)
    if len(product.summed) != 1:
        row = reshaped(graph, row, [*kept, depth])
    y = graph.add("MatMul", row, matrix)
    if len(columns) != 1:
        y = reshaped(graph, y, [*kept, *columns])
    return _ordered(graph, y, product.rows + product.columns, product.out)


def _batched(graph: Graph, product: Product, left: Value, right: Value) -> Value:
    """A matrix product for each position along the shared axes."""
    rows = _ordered(graph, left, product.left, product.shared + product.rows + product.summed)
    columns = _ordered(graph, right, product.right, product.shared + product.summed + product.columns)
    y = graph.add("MatMul", rows, columns)
    return _ordered(graph, y, product.shared + product.rows + product.columns, product.out)


def _ordered(graph: Graph, x: Value, have: str, want: str) -> Value:
    """The axes `have` in the order `want`."""
    return graph.transpose(x, tuple(have.index(letter) for letter in want))
