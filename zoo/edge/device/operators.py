"""Reads the operators that an ONNX file needs without onnx, and separates standard operators from others.

Fields are those of `ModelProto`, `GraphProto`, `NodeProto`, `AttributeProto` and `FunctionProto`
(https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from collections import Counter
from collections.abc import Iterator

from zoo.core.errors import BundleError
from zoo.edge.onnxfile import fields

#: The domains of the ONNX standard, of which every runtime supports some operators.
STANDARD = ("", "ai.onnx", "ai.onnx.ml")

_MODEL_GRAPH, _MODEL_FUNCTIONS = 7, 25
_GRAPH_NODE, _FUNCTION_NAME, _FUNCTION_NODE, _FUNCTION_DOMAIN = 1, 1, 7, 10
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS = 6, 11

#: An operator: its domain ("" for the standard one) and its name.
Operator = tuple[str, str]


def operators(model: bytes, where: str) -> Counter[Operator]:
    """Counts the nodes of each operator, including those in the bodies of loops, branches and functions.

    Calls of functions that the file itself defines are not counted.

    Args:
        model: the ONNX file.
        where: its path, for messages.

    Raises:
        BundleError: the graph is damaged.
    """
    counts: Counter[Operator] = Counter()
    functions: set[Operator] = set()
    try:
        for field, value in fields(memoryview(model)):
            if field == _MODEL_GRAPH and isinstance(value, memoryview):
                counts.update(_in_graph(value))
            elif field == _MODEL_FUNCTIONS and isinstance(value, memoryview):
                functions.add((_text(value, _FUNCTION_DOMAIN), _text(value, _FUNCTION_NAME)))
                for node in _messages(value, _FUNCTION_NODE):
                    counts.update(_in_node(node))
    except (EOFError, ValueError) as error:
        raise BundleError(
            f"{where}: the graph is damaged: {str(error) or 'it ends within a field'}. Copy it again."
        ) from None
    return Counter({operator: count for operator, count in counts.items() if operator not in functions})


def foreign(counts: Counter[Operator]) -> list[Operator]:
    """The operators that are not in the ONNX standard, in order."""
    return sorted(operator for operator in counts if operator[0] not in STANDARD)


def _in_graph(graph: memoryview) -> Iterator[Operator]:
    for node in _messages(graph, _GRAPH_NODE):
        yield from _in_node(node)


def _in_node(node: memoryview) -> Iterator[Operator]:
    domain = _text(node, _NODE_DOMAIN)
    yield "" if domain == "ai.onnx" else domain, _text(node, _NODE_OPERATOR)
    for attribute in _messages(node, _NODE_ATTRIBUTE):
        for field in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS):
            for body in _messages(attribute, field):
                yield from _in_graph(body)


def _messages(data: memoryview, number: int) -> Iterator[memoryview]:
    for field, value in fields(data):
        if field == number and isinstance(value, memoryview):
            yield value


def _text(data: memoryview, number: int) -> str:
    return next((bytes(value).decode() for value in _messages(data, number)), "")
