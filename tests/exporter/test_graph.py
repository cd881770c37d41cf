"""The graph writer: constants and equal nodes are stored once, names are stable, nothing unused remains."""

import numpy as np
import onnx
import pytest

from zoo.exporter.graph import Graph, Value


@pytest.fixture
def graph() -> Graph:
    return Graph(17)


@pytest.fixture
def x(graph: Graph) -> Value:
    return graph.input("x", "float32", ["batch", "time", 3])


def closed(graph: Graph, *values: Value) -> onnx.GraphProto:
    names = [f"y{number}" for number in range(len(values))]
    return graph.finish(
        "g", [(name, value, "float32", ["batch", "time", 3]) for name, value in zip(names, values, strict=True)]
    )[0]


def test_equal_constants_are_stored_once(graph: Graph) -> None:
    first = graph.constant(np.ones(3, np.float32), "ones")
    assert graph.constant(np.ones(3, np.float32)).name == first.name == "graph/ones"


@pytest.mark.parametrize("array", [np.ones((1, 3), np.float32), np.ones(3, np.int32), np.zeros(3, np.float32)])
def test_constants_that_differ_in_shape_type_or_value_are_stored_separately(graph: Graph, array: np.ndarray) -> None:
    assert graph.constant(array).name != graph.constant(np.ones(3, np.float32)).name


def test_a_scalar_stays_a_scalar(graph: Graph, x: Value) -> None:
    proto = closed(graph, graph.add("Add", x, np.array(2, np.float32)))
    assert list(proto.initializer[0].dims) == []


def test_a_transposed_view_is_stored_in_reading_order(graph: Graph, x: Value) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    proto = closed(graph, graph.add("MatMul", x, array))
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(proto.initializer[0]), array)


def test_equal_nodes_are_written_once(graph: Graph, x: Value) -> None:
    assert graph.add("Relu", x) is graph.add("Relu", x)
    assert graph.add("Softmax", x, axis=1) is not graph.add("Softmax", x, axis=2)


def test_names_contain_the_layer_and_never_clash(graph: Graph, x: Value) -> None:
    with graph.scope("one"):
        first, second = graph.add("Relu", x), graph.add("Relu", graph.add("Relu", x))
    assert [first.name, second.name] == ["one/Relu", "one/Relu_2"]
    assert graph.add("Tanh", x).name == "graph/Tanh"


def test_transposing_there_and_back_leaves_nothing(graph: Graph, x: Value) -> None:
    there = graph.transpose(x, (1, 0, 2))
    assert graph.transpose(there, (1, 0, 2)) is x
    twice = graph.transpose(there, (2, 1, 0))
    (node,) = closed(graph, twice).node
    assert list(node.attribute[0].ints) == [2, 0, 1]


@pytest.mark.parametrize(
    ("op", "opset", "operands"), [("ReduceMean", 17, 1), ("ReduceMean", 18, 2), ("ReduceSum", 13, 2)]
)
def test_axes_are_an_input_or_an_attribute_by_opset(op: str, opset: int, operands: int) -> None:
    graph = Graph(opset)
    x = graph.input("x", "float32", ["batch", "time", 3])
    (node,) = closed(graph, graph.reduce(op, x, [1])).node
    assert len(node.input) == operands


def test_nodes_that_no_output_needs_are_dropped(graph: Graph, x: Value) -> None:
    graph.add("Add", graph.add("Exp", x), np.ones(7, np.float32))
    proto = closed(graph, graph.add("Relu", x))
    assert [node.op_type for node in proto.node] == ["Relu"]
    assert len(proto.initializer) == 0


def test_an_output_is_named_without_an_extra_node(graph: Graph, x: Value) -> None:
    hidden = graph.add("Relu", x)
    proto = closed(graph, hidden, graph.add("Tanh", hidden))
    assert [(node.op_type, list(node.input), list(node.output)) for node in proto.node] == [
        ("Relu", ["x"], ["y0"]),
        ("Tanh", ["y0"], ["y1"]),
    ]


def test_an_output_that_is_an_input_or_a_repetition_is_copied(graph: Graph, x: Value) -> None:
    hidden = graph.add("Relu", x)
    proto = closed(graph, x, hidden, hidden)
    assert [(node.op_type, list(node.input), list(node.output)) for node in proto.node] == [
        ("Relu", ["x"], ["y1"]),
        ("Identity", ["x"], ["y0"]),
        ("Identity", ["y1"], ["y2"]),
    ]


def test_a_cast_to_the_same_type_adds_no_node(graph: Graph, x: Value) -> None:
    assert graph.cast(x, "float32") is x
    assert graph.cast(x, "int32").dtype == "int32"


def test_an_unknown_rank_is_an_error(graph: Graph, x: Value) -> None:
    assert x.rank == 3
    with pytest.raises(ValueError, match=r"^graph/Relu: expected a value of known shape, got one of unknown shape\.$"):
        _ = graph.add("Relu", x).rank
