"""Nodes that contain graphs: loops with their bodies, and conditions with their branches."""

from collections.abc import Iterable, Iterator

from onnx import GraphProto, NodeProto, defs


def bodies(node: NodeProto) -> list[GraphProto]:
    """The graphs that a node contains."""
    return [attribute.g for attribute in node.attribute if attribute.HasField("g")]


def all_nodes(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    """All nodes, including those inside other nodes."""
    for node in nodes:
        yield node
        for body in bodies(node):
            yield from all_nodes(body.node)


def reads(node: NodeProto) -> list[str]:
    """Names that a node reads, also from inside its bodies; includes names made in the bodies themselves."""
    return [name for inner in all_nodes([node]) for name in inner.input]


def rename(node: NodeProto, old: str, new: str) -> None:
    """Renames a value in a node and in its bodies."""
    for inner in all_nodes([node]):
        for names in (inner.input, inner.output):
            for position, name in enumerate(names):
                if name == old:
                    names[position] = new


def arrange(graph: GraphProto) -> None:
    """Orders the nodes by walking back from the outputs, and drops those that no output needs; bodies likewise.

    Equal graphs get equal orders, whatever order their nodes arrive in.
    """
    makers: dict[str, NodeProto] = {}
    for node in graph.node:
        for body in bodies(node):
            arrange(body)
        makers.update((name, node) for name in node.output if name)
    ordered: list[NodeProto] = []
    done: set[str] = set()
    waiting = [output.name for output in reversed(graph.output)]
    while waiting:  # no recursion: an unrolled recurrence is deeper than Python's stack
        node = makers.get(waiting[-1])
        missing = [] if node is None else [name for name in reads(node) if name in makers and name not in done]
        if missing:
            waiting.extend(reversed(missing))
        elif waiting.pop() not in done and node is not None:
            ordered.append(node)
            done.update(node.output)
    arranged = [NodeProto.FromString(node.SerializeToString()) for node in ordered]
    del graph.node[:]
    graph.node.extend(arranged)


def optional(node: NodeProto, opset: int) -> set[str]:
    """Names of the outputs that a node may omit; the outputs of a Split or a Loop are fixed in number."""
    declared = defs.get_schema(node.op_type, max_inclusive_version=opset).outputs
    kinds = [output.option for output in declared]
    return {
        name
        for name, kind in zip(node.output, kinds, strict=False)
        if kind == defs.OpSchema.FormalParameterOption.Optional
    }
