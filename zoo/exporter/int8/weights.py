"""Weights as int8: a quarter of the size, at float32's speed.

A weight w becomes q = round(w / scale), int8 from -127 to 127, with one float32 scale for each output channel. Cast and
Mul in the graph convert it back to float32. onnxruntime computes them once, when it opens the file, and then runs the
same nodes as for float32. It would leave DequantizeLinear in the graph, which slows its recurrent nodes by a fifth.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from zoo.core.operators import RECURRENT

#: Smaller weights stay float32, because nodes and scales would cost as much as int8 saves.
SMALLEST = 512
#: Weights with fewer numbers per scale than this stay float32 as well.
FEWEST_PER_SCALE = 8
#: The largest int8; -128 is not used, so that the range is symmetric.
LARGEST = 127

#: Operator -> position of a weight among its inputs -> the weight's summed axes, which share a scale.
_WEIGHTS: dict[str, dict[int, tuple[int, ...]]] = {
    **{operator: {1: (-1,), 2: (-1,)} for operator in RECURRENT},
    "MatMul": {0: (-1,), 1: (-2,)},
}


@dataclass(frozen=True)
class Weight:
    """A constant that can be int8.

    Attributes:
        tensor: float32.
        axes: the axes that share a scale.
        gathers: nodes that look up rows of it; they read int8 rows.
        has_other_readers: whether other nodes read it; they need it as float32 once the file is open.
    """

    tensor: TensorProto
    axes: tuple[int, ...]
    gathers: tuple[NodeProto, ...]
    has_other_readers: bool


def weights_int8(proto: ModelProto) -> ModelProto | None:
    """Rounds the weights of recurrent, dense, convolution and embedding layers to int8; any runtime can run the result.

    Biases, statistics and small weights stay float32. A weight that several nodes read is stored once. An embedding
    converts only the looked-up rows to float32, so its table needs a quarter of the memory as well.

    Args:
        proto: a model as the exporter writes it; not changed.

    Returns:
        The model with int8 weights, or None if there is no weight to round.
    """
    weights = list(_weights(proto.graph))
    if not weights:
        return None
    result = ModelProto()
    result.CopyFrom(proto)
    graph = result.graph
    names = _Names(graph)
    restored: list[NodeProto] = []
    looked_up: dict[str, list[NodeProto]] = {}
    constants: dict[str, list[TensorProto]] = {}
    for weight in weights:
        name = weight.tensor.name
        quantised, scales = names.new(f"{name}.int8"), names.new(f"{name}.scale")
        q, scale = rounded(numpy_helper.to_array(weight.tensor), weight.axes)
        constants[name] = [numpy_helper.from_array(q, quantised), numpy_helper.from_array(scale, scales)]
        if weight.has_other_readers:
            restored += _restored(names, quantised, scales, name)
        for node in weight.gathers:
            looked_up[node.output[0]] = _looked_up(names, node, quantised, scales)
    nodes = [part for node in proto.graph.node for part in looked_up.get(node.output[0], [node])]
    kept = [part for tensor in proto.graph.initializer for part in constants.get(tensor.name, [tensor])]
    del graph.node[:], graph.initializer[:]
    graph.node.extend([*restored, *nodes])
    graph.initializer.extend(kept)
    onnx.checker.check_model(result, full_check=True)
    return result


def rounded(weight: np.ndarray, axes: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Rounds a weight to int8 numbers and float32 scales: |weight - q·scale| is at most half a scale.

    Args:
        weight: float32.
        axes: the axes that share a scale.

    Returns:
        q of the weight's shape, and the scales, with size 1 along `axes`. For a channel of zeros the scale is 1.
    """
    scale = np.abs(weight).max(axis=tuple(axes), keepdims=True) / np.float32(LARGEST)
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    return np.clip(np.rint(weight / scale), -LARGEST, LARGEST).astype(np.int8), scale


class _Names:
    """Generates unused names in a graph."""

    def __init__(self, graph: GraphProto) -> None:
        """Collects the names in use."""
        self._taken = {tensor.name for tensor in (*graph.initializer, *graph.input, *graph.output)}
        self._taken.update(name for node in graph.node for name in (node.name, *node.input, *node.output))

    def new(self, base: str) -> str:
        """`base`, or `base_2` and so on."""
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name


def _weights(graph: GraphProto) -> Iterator[Weight]:
    """The constants worth rounding, in stored order."""
    readers: defaultdict[str, list[tuple[NodeProto, int]]] = defaultdict(list)
    for node in graph.node:
        for position, name in enumerate(node.input):
            readers[name].append((node, position))
    elsewhere = {info.name for info in graph.output} | set(_read_inside(graph.node))
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2:
            continue
        uses = readers[tensor.name]
        gathers = tuple(node for node, position in uses if _looks_rows_up(node, position))
        rank = len(tensor.dims)
        summed = [tuple(range(1, rank))] if gathers else []
        summed += [axes for node, position in uses if (axes := _summed(node, position, rank, readers)) is not None]
        if not summed:
            continue
        size = int(np.prod(tensor.dims))
        if size >= SMALLEST and np.prod([tensor.dims[axis] for axis in summed[0]]) >= FEWEST_PER_SCALE:
            yield Weight(tensor, summed[0], gathers, len(gathers) < len(uses) or tensor.name in elsewhere)


def _looks_rows_up(node: NodeProto, position: int) -> bool:
    axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 0)
    return node.op_type == "Gather" and position == 0 and axis == 0


def _summed(
    node: NodeProto, position: int, rank: int, readers: defaultdict[str, list[tuple[NodeProto, int]]]
) -> tuple[int, ...] | None:
    """The axes of the weight at this input over which the node sums; None if that input is not a weight."""
    match node.op_type:
        case "Conv" if position == 1:
            return tuple(range(1, rank))
        case "Gemm" if position < 2:
            transposed = any(
                attribute.name == ("transA", "transB")[position] and attribute.i for attribute in node.attribute
            )
            return (position if transposed else 1 - position,)
        case "Transpose":  # of a constant: the readers of the result decide
            perm = next((list(a.ints) for a in node.attribute if a.name == "perm"), list(range(rank))[::-1])
            uses = [_summed(*use, rank, readers) for use in readers[node.output[0]]]
            return next((tuple(sorted(perm[axis] for axis in axes)) for axes in uses if axes is not None), None)
        case _:
            axes = _WEIGHTS.get(node.op_type, {}).get(position)
            return None if axes is None else tuple(axis % rank for axis in axes)


def _read_inside(nodes: Sequence[NodeProto]) -> Iterator[str]:
    """Names read inside the bodies of loops and branches, both outer and inner ones."""
    for node in nodes:
        for attribute in node.attribute:
            for graph in (attribute.g, *attribute.graphs):
                for inner in graph.node:
                    yield from inner.input
                yield from _read_inside(graph.node)


def _restored(names: _Names, quantised: str, scale: str, result: str) -> list[NodeProto]:
    """Nodes that convert back to float32: q·scale."""
    cast, product = names.new(f"{result}/Cast"), names.new(f"{result}/Mul")
    return [
        helper.make_node("Cast", [quantised], [cast], cast, to=TensorProto.FLOAT),
        helper.make_node("Mul", [cast, scale], [result], product),
    ]


def _looked_up(names: _Names, gather: NodeProto, quantised: str, scales: str) -> list[NodeProto]:
    """Nodes that convert only the rows read by a Gather to float32."""
    ids, result = gather.input[1], gather.output[0]
    rows, scale = names.new(f"{result}.int8"), names.new(f"{result}.scale")
    return [
        helper.make_node("Gather", [quantised, ids], [rows], rows, axis=0),
        helper.make_node("Gather", [scales, ids], [scale], scale, axis=0),
        *_restored(names, rows, scale, result),
    ]
