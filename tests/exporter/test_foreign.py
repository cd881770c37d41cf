"""Conversion by tf2onnx: the result agrees with Keras; calls that it cannot convert are refused."""

import contextlib
import itertools
import logging
import warnings
from collections.abc import Callable, Sequence
from typing import Any, cast

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
from onnx import helper, numpy_helper

from zoo.core.errors import ExportError, RequestError
from zoo.exporter.converters.foreign.conversion import foreign
from zoo.exporter.converters.foreign.inline import inline
from zoo.exporter.converters.foreign.opsets import still_valid
from zoo.exporter.graph import Graph, Value
from zoo.exporter.graph.subgraphs import all_nodes, arrange

RANDOM = np.random.default_rng(0)
SIZES = ((2, 5), (3, 8))


class Layer(keras.layers.Layer):
    """A custom layer that calls a function of TensorFlow."""

    def __init__(self, function: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function = function

    def call(self, *tensors: Any, **options: Any) -> Any:
        return self.function(*tensors, **options)


def steps(*features: int) -> Callable[[int, int], np.ndarray]:
    return lambda batch, time: RANDOM.normal(size=(batch, time, *features)).astype(np.float32)


def ids(largest: int, dtype: str = "int32") -> Callable[[int, int], np.ndarray]:
    return lambda batch, time: RANDOM.integers(0, largest, (batch, time)).astype(dtype)


def symbol(graph: Graph, array: np.ndarray, number: int) -> Value:
    sizes = ["batch", "time", *array.shape[2:]][: array.ndim]
    return graph.input(f"x{number}", str(array.dtype), sizes)


def finished(graph: Graph, results: Any) -> onnx.ModelProto:
    flat = keras.tree.flatten(results)
    outputs = [
        (
            f"y{number}",
            value,
            value.dtype,
            [f"y{number}_{axis}" if size is None else size for axis, size in enumerate(value.shape)],
        )
        for number, value in enumerate(flat)
    ]
    proto, _ = graph.finish("g", outputs)
    model = helper.make_model(
        proto, opset_imports=[helper.make_opsetid("", graph.opset)], ir_version=8 if graph.opset < 19 else 10
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def run(model: onnx.ModelProto, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    inputs = {port.name for port in session.get_inputs()}
    feeds = {f"x{number}": array for number, array in enumerate(arrays)}
    return cast(Any, session.run(None, {name: array for name, array in feeds.items() if name in inputs}))


def exported(layer: Any, arrays: Sequence[np.ndarray], opset: int = 17, **kwargs: Any) -> tuple[Graph, onnx.ModelProto]:
    graph = Graph(opset)
    with graph.scope(layer.name):
        results = foreign(
            graph, layer, *(symbol(graph, array, number) for number, array in enumerate(arrays)), **kwargs
        )
    return graph, finished(graph, results)


def assert_matches(
    layer: Any, *makers: Callable[[int, int], np.ndarray], opset: int = 17, **kwargs: Any
) -> tuple[Graph, onnx.ModelProto]:
    """Exports once, and asserts agreement with Keras at two batch sizes and two lengths."""
    samples = [[make(*size) for make in makers] for size in SIZES]
    references = [layer(*(tf.constant(array) for array in arrays), **kwargs) for arrays in samples]
    graph, model = exported(layer, samples[0], opset, **kwargs)
    for arrays, reference in zip(samples, references, strict=True):
        expected = [np.asarray(keras.ops.convert_to_numpy(leaf)) for leaf in keras.tree.flatten(reference)]
        got = run(model, arrays)
        assert len(got) == len(expected)
        for ours, theirs in zip(got, expected, strict=True):
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    return graph, model


def looped(x: tf.Tensor) -> tf.Tensor:
    """An exponential mean over time in a loop that reads x and a constant from outside."""
    decay = tf.constant(np.linspace(0.1, 0.9, 3).astype(np.float32))

    def step(number: tf.Tensor, mean: tf.Tensor) -> Any:
        return number + 1, mean * decay + x[:, number]

    return tf.while_loop(lambda number, _: number < tf.shape(x)[1], step, (0, tf.zeros_like(x[:, 0])))[1]


CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...], int]] = {
    "cumsum": (lambda x: tf.math.cumsum(x, 1, reverse=True), (steps(3),), 0),
    "frame": (lambda x: tf.signal.frame(x, 4, 2, axis=1), (steps(3),), 0),
    "top_k": (lambda x: tf.nn.top_k(x, 2).indices, (steps(3),), 0),
    "several": (lambda x, y: {"b": [x + y, tf.reduce_mean(y, 1)], "a": (x * 2.0,)}, (steps(3), steps(3)), 0),
    "integers": (lambda x, y: (x + 1, tf.one_hot(y, 5), x > 3), (ids(9), ids(5, "int64")), 0),
    "booleans": (lambda x: tf.logical_not(tf.equal(x, 0)), (ids(3),), 0),
    "of the values": (lambda x: tf.boolean_mask(x, x > 3), (ids(9),), 0),
    "an input, twice a result": (lambda x, y: (x, y * 2.0, y * 2.0), (steps(3), steps(3)), 0),
    "a constant": (lambda x: (tf.constant([1.0, 2.0]), tf.shape(x)), (steps(3),), 0),
    "while": (looped, (steps(3),), 1),
    "map": (lambda x: tf.map_fn(lambda row: tf.cumsum(row * 2.0, 0), x), (steps(3),), 1),
    "map in map": (lambda x: tf.map_fn(lambda row: tf.map_fn(lambda r: tf.exp(r) * x[0, 0], row), x), (steps(3),), 2),
    "condition": (
        lambda x: tf.cond(tf.reduce_sum(x) > 0.0, lambda: x * 2.0, lambda: x - tf.reduce_mean(x)), (steps(3),), 1,
    ),
    "split": (lambda x: tf.split(x, 3, axis=-1)[0], (steps(3),), 0),
}  # fmt: skip


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("name", CALLS)
def test_raw_tensorflow_agrees_with_keras(name: str) -> None:
    function, makers, loops = CALLS[name]
    graph, model = assert_matches(Layer(function, name="mine"), *makers)
    nodes = list(all_nodes(model.graph.node))
    (note,) = graph.foreign
    assert (note.title, note.loops) == ("layer 'mine' (Layer)", loops)
    assert sum(node.op_type in ("Loop", "Scan", "If") for node in nodes) == loops
    assert all(name.startswith(("mine/", "y")) for node in nodes for name in node.output if name)


class Scaled(keras.layers.Layer):
    """A layer with weights of Keras and of TensorFlow, and with tensors made in `build`."""

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], 4), initializer="random_normal")
        self.offset = tf.Variable(tf.random.normal((4,)))
        self.rows = tf.constant(RANDOM.normal(size=(100, 4)).astype(np.float32))

    def call(self, x: Any) -> Any:
        return tf.gather(self.rows, tf.argmax(x, -1)) + tf.cumsum(x @ self.kernel, 1) + self.offset


def test_weights_variables_and_held_tensors_become_constants() -> None:
    layer = Scaled(name="scaled")
    _, model = assert_matches(layer, steps(3))
    assert [info.name for info in model.graph.input] == ["x0"]
    held = [numpy_helper.to_array(tensor) for tensor in model.graph.initializer]
    assert sum(array.shape == (100, 4) for array in held) == 1


def test_two_calls_store_the_weights_once() -> None:
    layer, x = Scaled(name="scaled"), steps(3)(2, 5)
    layer(x)
    graph = Graph(17)
    first, second = graph.input("x0", "float32", ["b", "t", 3]), graph.input("x1", "float32", ["b", "t", 3])
    with graph.scope("scaled"):
        model = finished(graph, [foreign(graph, layer, first), foreign(graph, layer, second)])
    assert len(graph.foreign) == 2
    single = exported(layer, [x])[1]
    assert [t.SerializeToString() for t in model.graph.initializer] == [
        t.SerializeToString() for t in single.graph.initializer
    ]
    got = run(model, [x, x + 1])
    np.testing.assert_allclose(got[1], layer(x + 1), atol=1e-5)


def test_repeated_calls_on_one_input_are_written_once() -> None:
    layer, graph = Scaled(name="scaled"), Graph(17)
    layer(steps(3)(2, 5))
    x = graph.input("x0", "float32", ["b", "t", 3])
    with graph.scope("scaled"):
        assert foreign(graph, layer, x).name == foreign(graph, layer, x).name


class Masked(keras.layers.Layer):
    def call(self, x: Any, mask: Any = None, training: bool = True) -> Any:
        x = tf.where(mask[..., None], x, 0.0) if mask is not None else x
        return tf.cumsum(tf.nn.dropout(x, 0.5) if training else x, 1)


@pytest.mark.parametrize("masked", [True, False])
def test_masks_are_arguments_and_training_is_off(masked: bool) -> None:
    layer, x = Masked(name="masked"), steps(3)(2, 5)
    mask = np.array([[1, 0, 1, 1, 0], [0, 0, 1, 1, 1]], bool)
    graph = Graph(17)
    masks = {"mask": graph.input("x1", "bool", ["b", "t"])} if masked else {}
    model = finished(graph, foreign(graph, layer, graph.input("x0", "float32", ["b", "t", 3]), **masks))
    expected = np.cumsum(np.where(mask[..., None], x, 0) if masked else x, 1)
    np.testing.assert_allclose(run(model, [x, mask])[0], expected, atol=1e-5)


def test_plain_results_are_unchanged() -> None:
    graph = Graph(17)
    layer = Layer(lambda x, factor: {"y": x * factor, "none": None, "size": 3, "text": "t"})
    result = foreign(graph, layer, graph.input("x0", "float32", ["b", "t", 3]), factor=2.0)
    assert (result["none"], result["size"], result["text"]) == (None, 3, "t")
    assert (result["y"].shape, result["y"].dtype) == ((None, None, 3), "float32")


class Minimal(keras.layers.Layer):
    """A recurrent cell: h' = tanh(xW + hU), in raw TensorFlow."""

    state_size = 4

    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(shape[-1], 4), initializer="random_normal")
        self.u = self.add_weight(shape=(4, 4), initializer="random_normal")

    def call(self, x: Any, states: Any) -> Any:
        h = tf.nn.tanh(x @ self.w + states[0] @ self.u)
        return h, [h]


@pytest.mark.parametrize("sequences", [True, False])
def test_a_recurrent_layer_with_a_custom_cell_becomes_one_loop(sequences: bool) -> None:
    layer = keras.layers.RNN(Minimal(), return_sequences=sequences, return_state=True, name="rnn")
    graph, _ = assert_matches(layer, steps(3))
    assert graph.foreign[0].loops == 1


def test_a_masked_recurrent_layer_with_a_custom_cell_agrees_with_keras() -> None:
    layer, x = keras.layers.RNN(Minimal(), return_sequences=True), steps(3)(2, 5)
    mask = np.array([[1, 0, 1, 1, 0], [0, 0, 1, 1, 1]], bool)
    expected = layer(x, mask=tf.constant(mask))
    graph = Graph(17)
    sequence = graph.input("x0", "float32", ["b", "t", 3])
    model = finished(graph, foreign(graph, layer, sequence, mask=graph.input("x1", "bool", ["b", "t"])))
    np.testing.assert_allclose(run(model, [x, mask])[0], expected, atol=1e-5)


KERAS: dict[str, tuple[Callable[[], Any], Any]] = {
    "ConvLSTM1D": (lambda: keras.layers.ConvLSTM1D(4, 3, bias_initializer="random_normal"), steps(6, 2)),
    "Discretization": (lambda: keras.layers.Discretization([-0.5, 0.0, 1.5]), steps()),
    "Discretization, one-hot": (lambda: keras.layers.Discretization([-0.5, 0.5], output_mode="one_hot"), steps(3)),
    "Discretization, integers": (lambda: keras.layers.Discretization([2.0, 3.0, 7.5]), ids(9)),
    "IntegerLookup": (lambda: keras.layers.IntegerLookup(vocabulary=[3, 4, 8]), ids(10, "int64")),
    "IntegerLookup, masked": (lambda: keras.layers.IntegerLookup(vocabulary=[3, 8], mask_token=0), ids(10, "int64")),
    "IntegerLookup, int32": (lambda: keras.layers.IntegerLookup(vocabulary=[3, 8]), ids(10)),
    "IntegerLookup, two more": (
        lambda: keras.layers.IntegerLookup(vocabulary=[3, 4, 8], num_oov_indices=2), ids(10, "int64"),
    ),
}  # fmt: skip


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("opset", [13, 17])
@pytest.mark.parametrize("name", KERAS)
def test_layers_of_keras_that_need_tf2onnx_agree_with_keras(name: str, opset: int) -> None:
    make, maker = KERAS[name]
    graph, model = assert_matches(make(), maker, opset=opset)
    assert [call.loops for call in graph.foreign] == [name.startswith("ConvLSTM")]
    assert model.opset_import[0].version == opset


def test_values_at_boundaries_and_nan_are_discretised_as_in_keras() -> None:
    layer, x = keras.layers.Discretization([0.0, 1.0]), np.array([[0.0, 1.0, np.nan, np.inf, -np.inf]], np.float32)
    _, model = exported(layer, [x])
    np.testing.assert_array_equal(run(model, [x])[0], layer(x))


FAILED = (
    r"^layer 'mine' \(\w+\): cannot be exported: "
    r"it could neither be taken apart into keras.ops nor converted by tf2onnx: {}\. "
    r"Write its call with keras.ops, or remove it\.$"
)
TEXT = r"^layer 'mine' \(\w+\): expected numbers, got text\. Convert text to ids before the model\.$"
DRAWS = (
    r"^layer 'mine' \(\w+\): expected the same result in every run, got random numbers at inference\. "
    r"Draw them in training only, or remove it\.$"
)
CHANGES = (
    r"^layer 'mine' \(\w+\): expected a call that changes no variables, got one that does\. "
    r"Set stateful=False if it is recurrent, or change its variables in training only\.$"
)


def fails(x: Any) -> Any:
    raise ValueError("the signal is too short. Give more.\nAnd more.")


class Noise(keras.layers.Layer):
    """Draws random numbers as Keras does, from a seed in a variable."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(1)

    def call(self, x: Any) -> Any:
        return x + keras.random.normal((3,), seed=self.seed)


def table(x: Any) -> Any:
    entries = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2], tf.string, tf.int64)
    return tf.lookup.StaticHashTable(entries, -1).lookup(tf.strings.as_string(x))


UNKNOWN = "ONNX has no operator for TensorFlow's "
REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "python": (lambda x: tf.py_function(lambda y: y, [x], tf.float32), FAILED.format(UNKNOWN + "EagerPyFunc")),
    "numpy": (lambda x: tf.numpy_function(lambda y: y, [x], tf.float32), FAILED.format(UNKNOWN + "PyFunc")),
    "unknown": (tf.math.lgamma, FAILED.format(UNKNOWN + "Lgamma")),
    "unknown in a loop": (lambda x: tf.map_fn(tf.math.lgamma, x), FAILED.format(UNKNOWN + "Lgamma")),
    "a table of texts": (table, FAILED.format(UNKNOWN + "LookupTableFindV2")),
    "text": (tf.strings.as_string, FAILED.format("it returns a tensor of type string")),
    "ragged": (lambda x: cast(Any, tf.RaggedTensor).from_tensor(x), FAILED.format("it returns a RaggedTensor")),
    "complex": (lambda x: tf.complex(x, x), FAILED.format("it returns a tensor of type complex64")),
    "if": (
        lambda x: x if x[0, 0, 0] > 0 else -x,
        FAILED.format("Using a symbolic `tf.Tensor` as a Python `bool` is not allowed"),
    ),
    "its own error": (fails, FAILED.format("the signal is too short")),
    "normal": (lambda x: x + tf.random.normal((3,)), DRAWS),
    "uniform": (lambda x: x + tf.random.uniform(tf.shape(x)), DRAWS),
    "stateless": (lambda x: x + tf.random.stateless_normal(tf.shape(x), tf.cast(x[0, 0, :2], tf.int32)), DRAWS),
    "in a loop": (lambda x: tf.map_fn(lambda row: row + tf.random.normal((3,)), x), DRAWS),
}


@pytest.mark.parametrize("name", REFUSED)
def test_calls_without_an_onnx_equivalent_are_refused(name: str) -> None:
    function, message = REFUSED[name]
    with pytest.raises(ExportError, match=message):
        exported(Layer(function, name="mine"), [steps(3)(2, 5)])


def test_random_numbers_from_a_keras_seed_are_refused() -> None:
    with pytest.raises(ExportError, match=DRAWS):
        exported(Noise(name="mine"), [steps(3)(2, 5)])


@pytest.mark.parametrize("kind", [keras.layers.StringLookup, keras.layers.TextVectorization])
def test_text_is_refused(kind: Any) -> None:
    with pytest.raises(ExportError, match=TEXT):
        foreign(Graph(17), kind(vocabulary=["a", "b"], name="mine"), Value("x", (None, 1), "string"))


@pytest.mark.parametrize("make", [
    lambda: keras.layers.ConvLSTM1D(4, 3, stateful=True, name="mine"),
    lambda: keras.layers.RNN(Minimal(), stateful=True, name="mine"),
])  # fmt: skip
def test_states_kept_between_calls_are_refused(make: Callable[[], Any]) -> None:
    layer, graph = make(), Graph(17)
    shape = (2, 5, 6, 2) if isinstance(layer, keras.layers.ConvLSTM1D) else (2, 5, 3)
    layer(np.zeros(shape, np.float32))
    with pytest.raises(ExportError, match=CHANGES):
        foreign(graph, layer, graph.input("x0", "float32", shape))


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("name", ["frame", "top_k", "several", "map in map", "condition", "split"])
@pytest.mark.parametrize("opset", [13, 23])
def test_older_and_newer_opsets_agree_with_keras(name: str, opset: int) -> None:
    function, makers, loops = CALLS[name]
    graph, model = assert_matches(Layer(function), *makers, opset=opset)
    assert [call.loops for call in graph.foreign] == [loops]
    assert model.opset_import[0].version == opset


@pytest.mark.parametrize("make", [lambda: Layer(looped), lambda: keras.layers.ConvLSTM1D(3, 2)])
def test_the_newest_opset_accepts_the_nodes(make: Callable[[], Any]) -> None:
    layer, shape = make(), (6, 2) if isinstance(make(), keras.layers.ConvLSTM1D) else (3,)
    layer(steps(*shape)(2, 5))
    assert exported(layer, [steps(*shape)(2, 5)], onnx.defs.onnx_opset_version())[1].graph.node


@pytest.mark.parametrize(
    ("kind", "old", "new", "expected"),
    [
        ("CumSum", 13, 28, True),
        ("Reshape", 13, 28, True),  # accepts more types, and has a further attribute
        ("Loop", 13, 28, True),
        ("DFT", 17, 19, True),
        ("DFT", 18, 20, False),  # an attribute became an input
        ("GridSample", 18, 20, False),  # another default
        ("GroupNormalization", 18, 21, False),  # deprecated
        ("ReduceMean", 17, 18, False),
        ("BatchNormalization", 13, 14, False),  # fewer outputs
    ],
)
def test_changes_of_operators_between_opsets_are_known(kind: str, old: int, new: int, expected: bool) -> None:
    assert still_valid(kind, old, new) is expected


def test_an_operator_changed_by_a_newer_opset_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "zoo.exporter.converters.foreign.conversion.still_valid", lambda kind, old, new: kind != "CumSum"
    )
    layer = Layer(lambda x: tf.cumsum(x, 1), name="mine")
    exported(layer, [steps(3)(2, 5)], 18)
    message = (
        r"^layer 'mine' \(Layer\): expected opset 18 or older, got 21, which changed CumSum\. "
        r"Export with --opset 18\.$"
    )
    with pytest.raises(RequestError, match=message):
        exported(layer, [steps(3)(2, 5)], 21)


def test_repeated_exports_give_the_same_bytes() -> None:
    layers = [Layer(looped, name="loop"), Scaled(name="scaled"), keras.layers.IntegerLookup(vocabulary=[9, 4, 7, 1])]
    arrays = [steps(3)(2, 5), steps(3)(2, 5), ids(9, "int64")(2, 5)]
    for layer, array in zip(layers, arrays, strict=True):
        layer(array)
        first, second = (exported(layer, [array])[1].SerializeToString() for _ in range(2))
        assert first == second


@pytest.mark.parametrize("layer", [Layer(tf.math.lgamma), keras.layers.RNN(Minimal())])
def test_tensorflow_and_tf2onnx_print_nothing(layer: Any, capfd: Any, caplog: Any) -> None:
    filters = list(warnings.filters)
    with contextlib.suppress(ExportError):
        exported(layer, [steps(3)(2, 5)])
    assert (*capfd.readouterr(), caplog.messages) == ("", "", [])
    assert logging.root.manager.disable == 0
    assert warnings.filters == filters


def chain(*nodes: onnx.NodeProto) -> onnx.GraphProto:
    value = helper.make_tensor_value_info
    return helper.make_graph(
        nodes,
        "g",
        [value("x", 1, ["a"])],
        [value("y", 1, None)],
        [numpy_helper.from_array(np.ones(2, np.float32), "w")],
    )


def test_copies_and_constants_become_no_nodes() -> None:
    graph = Graph(17)
    fragment = chain(
        helper.make_node("Identity", ["x"], ["a"]),
        helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(np.ones(2, np.float32))),
        helper.make_node("Add", ["a", "c"], ["b"]),
        helper.make_node("Mul", ["b", "w"], ["d"]),
        helper.make_node("Identity", ["d"], ["y"]),
    )
    (y,) = inline(graph, fragment, {"x": graph.input("x0", "float32", ["a"])})
    proto, _ = graph.finish("g", [("y0", y, "float32", ["a"])])
    assert [(node.op_type, list(node.input)) for node in proto.node] == [
        ("Add", ["x0", "graph/constant"]),
        ("Mul", ["graph/Add", "graph/constant"]),
    ]


def test_a_fragment_that_reads_an_unknown_value_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^z: expected the name of a value in the fragment, got an unknown name\.$"):
        inline(Graph(17), chain(helper.make_node("Relu", ["z"], ["y"])), {})


def test_nodes_are_ordered_and_dead_ones_dropped() -> None:
    nodes = [
        helper.make_node("Exp", ["x"], ["e"]),
        helper.make_node("Clip", ["x", "", "w"], ["c"]),
        helper.make_node("Sub", ["c", "e"], ["y"]),
        helper.make_node("Abs", ["x"], ["unused"]),
    ]
    for order in itertools.permutations(nodes):
        fragment = chain(*order)
        arrange(fragment)
        assert [node.op_type for node in fragment.node] == ["Clip", "Exp", "Sub"]


def test_values_that_only_a_body_reads_are_kept_and_renamed() -> None:
    value, graph = helper.make_tensor_value_info, Graph(17)
    x = graph.input("x0", "float32", ["a"])
    hidden = graph.add("Exp", x)
    outcome = [value("o", 1, None)]
    body = helper.make_graph([helper.make_node("Add", ["h", "w"], ["o"])], "b", [], outcome, [])
    else_branch = helper.make_graph([helper.make_node("Identity", ["h"], ["o"])], "b", [], outcome, [])
    fragment = chain(helper.make_node("If", ["x"], ["y"], then_branch=body, else_branch=else_branch))
    test = graph.input("x1", "bool", [])
    (y,) = inline(graph, fragment, {"x": test, "h": hidden})
    proto, _ = graph.finish("g", [("y0", y, "float32", ["a"]), ("y1", hidden, "float32", ["a"])])
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    for sign in (True, False):
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        array = np.array([1.0, 2.0], np.float32)
        got: Any = session.run(None, {"x0": array, "x1": np.array(sign)})
        np.testing.assert_allclose(got[0], np.exp(array) + sign, rtol=1e-6)
