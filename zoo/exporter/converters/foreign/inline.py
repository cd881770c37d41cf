"""Writes a foreign graph into the one under construction, under new names."""

from collections.abc import Callable, Mapping
from typing import Any

from onnx import GraphProto, NodeProto, ValueInfoProto, helper, numpy_helper

from zoo.exporter.graph import Graph, Value

#: Finds a value by its name in the foreign graph.
Resolve = Callable[[str], Value]


def inline(graph: Graph, fragment: GraphProto, operands: Mapping[str, Value]) -> list[Value]:
    """Adds the nodes of another graph, without its names and without nodes that only copy a value.

    Args:
        graph: the graph to write to, of the fragment's opset or one with the same operators.
        fragment: nodes with ONNX's standard operators, each after those that it reads.
        operands: the value for each of its inputs, by name.

    Returns:
        Its outputs, of unknown shape.

    Raises:
        ValueError: the fragment reads a value that it does not contain.
    """
    values = dict(operands)
    resolve = _names(graph, fragment, values, _missing)
    for node in fragment.node:
        same = _same(graph, node, resolve)
        if same is not None:
            values[node.output[0]] = same
            continue
        read = [resolve(name) if name else None for name in node.input]
        attributes = _attributes(graph, node, resolve)
        made = graph.add_multiple(node.op_type, *read, outputs=len(node.output), **attributes)
        values.update(zip(node.output, made, strict=True))
    return [resolve(output.name) for output in fragment.output]


def _names(graph: Graph, fragment: GraphProto, values: dict[str, Value], outer: Resolve) -> Resolve:
    """A lookup of names in the values written so far, in the fragment's constants, then outside the fragment."""
    constants = {tensor.name: tensor for tensor in fragment.initializer}

    def resolve(name: str) -> Value:
        if name in values:
            return values[name]
        if name in constants:
            return graph.constant(numpy_helper.to_array(constants[name]))
        return outer(name)

    return resolve


def _missing(name: str) -> Value:
    raise ValueError(f"{name}: expected the name of a value in the fragment, got an unknown name.")


def _same(graph: Graph, node: NodeProto, resolve: Resolve) -> Value | None:
    """The value that a node copies or holds, if the node need not be written."""
    if node.op_type == "Identity":
        return resolve(node.input[0])
    if node.op_type == "Constant" and node.attribute[0].HasField("t"):
        return graph.constant(numpy_helper.to_array(node.attribute[0].t))
    return None


def _attributes(graph: Graph, node: NodeProto, resolve: Resolve) -> dict[str, Any]:
    return {
        attribute.name: _body(graph, attribute.g, resolve)
        if attribute.HasField("g")
        else helper.get_attribute_value(attribute)
        for attribute in node.attribute
    }


def _body(graph: Graph, body: GraphProto, outer: Resolve) -> GraphProto:
    """A loop's body or a condition's branch under new names; its constants move to the graph and are stored once."""
    inputs = [_renamed(info, graph.fresh("item")) for info in body.input]
    values = {old.name: Value(new.name) for old, new in zip(body.input, inputs, strict=True)}
    resolve = _names(graph, body, values, outer)
    nodes: list[NodeProto] = []
    for node in body.node:
        same = _same(graph, node, resolve)
        if same is not None:
            values[node.output[0]] = same
            continue
        read = [resolve(name).name if name else "" for name in node.input]
        made = [graph.fresh(node.op_type) if name else "" for name in node.output]
        nodes.append(helper.make_node(node.op_type, read, made, made[0], **_attributes(graph, node, resolve)))
        values.update((old, Value(new)) for old, new in zip(node.output, made, strict=True))
    outputs: list[ValueInfoProto] = []
    available = {name for node in nodes for name in node.output}
    for info in body.output:
        name = resolve(info.name).name
        if name not in available:  # made outside, or returned twice: a body must return what its own nodes make
            copy = graph.fresh("Identity")
            nodes.append(helper.make_node("Identity", [name], [copy], copy))
            name = copy
        available.discard(name)
        outputs.append(_renamed(info, name))
    return helper.make_graph(nodes, graph.fresh("body"), inputs, outputs)


def _renamed(info: ValueInfoProto, name: str) -> ValueInfoProto:
    """The same type under another name, without names for free axes, which would differ between exports."""
    copy = ValueInfoProto()
    copy.CopyFrom(info)
    copy.name = name
    sequence = copy.type.HasField("sequence_type")
    tensor = copy.type.sequence_type.elem_type.tensor_type if sequence else copy.type.tensor_type
    for size in tensor.shape.dim:
        if size.HasField("dim_param"):
            size.Clear()
    return copy
