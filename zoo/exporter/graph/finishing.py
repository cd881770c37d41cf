"""Turns the written nodes into a graph with named outputs and without anything that no output needs."""

from collections.abc import Iterable, Sequence

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, ValueInfoProto, helper

from zoo.exporter.graph import subgraphs
from zoo.exporter.graph.values import Size, Value

#: Name, value, element type and sizes of an output.
End = tuple[str, Value, str, Sequence[Size]]


def build_graph(
    opset: int,
    name: str,
    inputs: Sequence[ValueInfoProto],
    written: Sequence[NodeProto],
    constants: Sequence[TensorProto],
    outputs: Sequence[End],
    also: Iterable[str],
) -> tuple[GraphProto, dict[str, str]]:
    """Builds the graph; the arguments are not changed.

    Args:
        opset: version of ONNX's operator set.
        name: name of the graph.
        inputs: its inputs.
        written: its nodes, ordered so that each value is computed before it is read.
        constants: its constants; unread ones are dropped.
        outputs: its outputs.
        also: names of further values to output, under their own names and without a declared type.

    Returns:
        The graph, and the new name of each value that was renamed.
    """
    nodes = [_copy(node) for node in written]
    computed = {output for node in nodes for output in node.output}
    taken = {name for node in nodes for name in (*node.input, *node.output)} | {info.name for info in inputs}
    taken |= {tensor.name for tensor in constants}
    infos: list[ValueInfoProto] = []
    renamed: dict[str, str] = {}
    for label, value, dtype, sizes in outputs:
        final = unused(label, taken)
        infos.append(value_info(final, dtype, sizes))
        if value.name in renamed or value.name not in computed:
            source = renamed.get(value.name, value.name)  # an input, a constant, or already an output
            nodes.append(helper.make_node("Identity", [source], [final], final))
        else:
            renamed[value.name] = final
            _rename(nodes, value.name, final)
    kept = [name for name in dict.fromkeys(also) if name in computed and name not in renamed]
    infos += [helper.make_empty_tensor_value_info(name) for name in kept]
    ends = {info.name for info in infos}
    nodes = _needed(nodes, ends)
    read = {operand for node in nodes for operand in subgraphs.reads(node)}
    for node in nodes:
        _drop_unread(node, read | ends, opset)
    constants = [tensor for tensor in constants if tensor.name in read]
    return helper.make_graph(nodes, name, inputs, infos, constants), renamed


def unused(name: str, taken: set[str]) -> str:
    """The name, numbered if it is taken; adds the result to `taken`."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate)
    return candidate


def _copy(node: NodeProto) -> NodeProto:
    copied = NodeProto()
    copied.CopyFrom(node)
    return copied


def _rename(nodes: Sequence[NodeProto], old: str, new: str) -> None:
    for node in nodes:
        subgraphs.rename(node, old, new)


def _needed(nodes: Sequence[NodeProto], ends: set[str]) -> list[NodeProto]:
    """The nodes on which `ends` depend, in their order."""
    needed, kept = set(ends), list[NodeProto]()
    for node in reversed(nodes):
        if not needed.isdisjoint(node.output):
            needed.update(subgraphs.reads(node))
            kept.append(node)
    return kept[::-1]


def _drop_unread(node: NodeProto, read: set[str], opset: int) -> None:
    """Omits unread optional outputs, so that a runtime need not compute the output of every step."""
    unread = subgraphs.optional(node, opset) - read
    names = ["" if name in unread else name for name in node.output]
    while names[-1] == "":
        names.pop()
    del node.output[:]
    node.output.extend(names)


def value_info(name: str, dtype: str, sizes: Sequence[Size]) -> ValueInfoProto:
    """Describes an input or output by its name, numpy's name of its element type, and its sizes."""
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), list(sizes))
