"""Operations of `keras.ops`: properties that the table of models cannot express."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from model_cases.making import FEATURES
from model_cases.operations import operations_cases

from zoo.core.errors import ExportError
from zoo.exporter.converters.operations import elementwise as operations
from zoo.exporter.converters.operations import products, shapes
from zoo.exporter.converters.operations.einsum import read_product
from zoo.exporter.converters.operations.operands import declared
from zoo.exporter.graph import Graph, Value
from zoo.exporter.lowering import lower
from zoo.exporter.parity import verify

ROWS = {**operations.OPERATIONS, **shapes.OPERATIONS, **products.OPERATIONS}
RANDOM = np.random.default_rng(0)
NEWEST = onnx.defs.onnx_opset_version()


def run(model: keras.Model, *arrays: np.ndarray, **options: Any) -> list[np.ndarray]:
    """The outputs of the exported model in onnxruntime, without verification."""
    session = ort.InferenceSession(
        lower(model, **options).proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {port.name: array for port, array in zip(session.get_inputs(), arrays, strict=True)})


def written(function: Callable[..., Any], *shapes_of: tuple[int | None, ...]) -> list[str]:
    """The operators of the nodes that a function of tensors becomes."""
    inputs = [keras.Input(shape) for shape in shapes_of]
    return [node.op_type for node in lower(keras.Model(inputs, function(*inputs))).proto.graph.node]


def test_the_table_of_models_covers_every_operation() -> None:
    reached: set[str] = set()
    for build in operations_cases().values():
        reached |= {type(operation).__name__ for operation in build().operations}
    assert set(ROWS) - reached <= NOT_IN_A_MODEL
    assert set(ROWS) & reached


#: An alias of Absolute; operations that Keras cannot run in a model; operations missing from its older versions.
NOT_IN_A_MODEL = {"Abs", "ConvTranspose", "AdaptiveAveragePool", "AdaptiveMaxPool", "Erfc", "Ptp", "Rad2deg"}

TYPES = ("bool", "int32", "int64", "float32")
NUMBERS = (True, 3, 2.5)
MIXED = (
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "power",
    "floor_divide",
    "mod",
    "equal",
    "less",
    "where",
    "matmul",
)


def mixed(name: str, left: Any, right: Any) -> Any:
    if name == "where":
        return ops.where(ops.equal(left, 1), left, right)
    return getattr(ops, name)(left, right)


def sample(dtype: str) -> np.ndarray:
    return (RANDOM.integers(1, 4, (2, 3, 3)) if dtype != "bool" else RANDOM.integers(0, 2, (2, 3, 3))).astype(dtype)


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("other", [*TYPES, *NUMBERS])
def test_types_are_promoted_as_keras_promotes_them(dtype: str, other: Any) -> None:
    arrays = [sample(dtype), *([sample(other)] if isinstance(other, str) else [])]
    names = [name for name in MIXED if computable(name, arrays, other)]
    inputs = [keras.Input((3, 3), dtype=str(array.dtype)) for array in arrays]
    operands = [*inputs, other][:2]
    model = keras.Model(inputs, [mixed(name, *operands) for name in names])
    assert len(names) >= 3
    for name, got, symbol in zip(names, run(model, *arrays), model.outputs, strict=True):
        expected = ops.convert_to_numpy(
            mixed(name, *[ops.convert_to_tensor(a) for a in arrays], *operands[len(arrays) :])
        )
        assert str(got.dtype) == symbol.dtype, name
        np.testing.assert_allclose(got, expected, rtol=1e-6, err_msg=name)


def computable(name: str, arrays: list[np.ndarray], other: Any) -> bool:
    """Whether TensorFlow itself computes this."""
    if name == "matmul" and len(arrays) == 1:
        return False
    try:
        mixed(name, *[ops.convert_to_tensor(array) for array in arrays], *([] if len(arrays) == 2 else [other]))
    except Exception:  # errors of many classes: no kernel, or an unsupported type
        return False
    return True


#: One row for each form that depends on the opset.
ON_EVERY_OPSET = [
    "norm-1",
    "logsumexp-max-prod",
    "moments-kept",
    "split-open",
    "split",
    "ops-layer-norm",
    "pad-value",
    "item-backwards",
    "cumprod",
    "attention-masked-causal",
    "take-along-widened",
    "roll",
    "top-k",
    "isclose-nan",
    "ops-average-pool-same-2",
]


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("opset", [13, 18, 21])
@pytest.mark.parametrize("name", ON_EVERY_OPSET)
def test_every_opset_agrees(make: Callable[..., keras.Model], name: str, opset: int) -> None:
    lowered = lower(make(name), opset=opset)
    assert lowered.proto.opset_import[0].version == opset
    assert verify(lowered).largest_absolute <= 1e-5


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("name", ON_EVERY_OPSET)
def test_the_newest_opset_is_written(make: Callable[..., keras.Model], name: str) -> None:
    onnx.checker.check_model(lower(make(name), opset=NEWEST).proto, full_check=True)


def items(length: int) -> st.SearchStrategy[Any]:
    ends = st.none() | st.integers(-length - 2, length + 2)
    steps = st.none() | st.integers(-3, 3).filter(bool)
    return st.integers(-length, length - 1) | st.builds(slice, ends, ends, steps)


@st.composite
def keys(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """A key for a tensor of this shape: numbers, slices, new axes, `...` for some of the axes."""
    first = draw(st.integers(0, len(shape)))
    last = draw(st.integers(first, len(shape)))
    front = [draw(items(length)) for length in shape[:first]]
    back = [draw(items(length)) for length in shape[last:]]
    key = [*front, ..., *back] if first < last or draw(st.booleans()) else [*front, *back]
    for place in sorted(draw(st.lists(st.integers(0, len(key)), max_size=2)), reverse=True):
        key.insert(place, None)
    return tuple(key)


@settings(max_examples=60, deadline=None)
@given(key=keys((3, 4, 5)), free=st.booleans())
def test_any_key_gives_the_item_that_numpy_gives(key: tuple[Any, ...], free: bool) -> None:
    array = RANDOM.normal(size=(3, 4, 5)).astype(np.float32)
    graph = Graph(17)
    x = graph.input("x", "float32", ["a", "b", "c"] if free else [3, 4, 5])
    model = keras.Model(one := keras.Input(batch_shape=(3, 4, 5)), one[0])
    y = ROWS["GetItem"](graph, model.operations[-1], x, key)
    expected = array[key]
    sizes = [f"y.{axis}" for axis in range(expected.ndim)]
    proto, _ = graph.finish("items", [("y", y, "float32", sizes)])
    file = onnx.helper.make_model(proto, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    (got,) = ort.InferenceSession(file.SerializeToString()).run(None, {"x": array})
    np.testing.assert_array_equal(got, expected)


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_a_transposed_convolution_is_as_long_as_in_keras(size: int, stride: int, padding: str) -> None:
    kernel = RANDOM.normal(size=(size, 4, FEATURES)).astype(np.float32)
    array = RANDOM.normal(size=(2, 6, FEATURES)).astype(np.float32)
    for output_padding in (None, *range(1, stride)):
        options = {"strides": stride, "padding": padding, "output_padding": output_padding}
        x = keras.Input((None, FEATURES))
        (got,) = run(keras.Model(x, ops.conv_transpose(x, kernel, **options)), array)
        expected = ops.convert_to_numpy(ops.conv_transpose(array, kernel, **options))
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_attention_between_different_lengths_agrees_with_keras(causal: bool, groups: int) -> None:
    query = keras.Input((None, 4, 8))
    key = keras.Input((None, groups, 8))
    model = keras.Model([query, key], ops.dot_product_attention(query, key, key * 2, is_causal=causal))
    arrays = [RANDOM.normal(size=shape).astype(np.float32) for shape in ((2, 3, 4, 8), (2, 5, groups, 8))]
    (got,) = run(model, *arrays)
    wide = np.repeat(arrays[1], 4 // groups, axis=2)
    expected = ops.convert_to_numpy(ops.dot_product_attention(arrays[0], wide, wide * 2, is_causal=causal))
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("equation", "shapes_of"),
    [
        ("abc,cd->abd", [(None, 3), (3, 4)]),
        ("abc,cde->abde", [(None, 3), (3, 2, 4)]),
        ("abcd,cde->abe", [(None, 3, 2), (3, 2, 4)]),
        ("aecd,abcd->acbe", [(None, 3, 2), (None, 3, 2)]),
        ("acbe,aecd->abcd", [(3, None, 5), (5, 3, 2)]),
    ],
)
def test_equations_of_layers_become_matrix_products(equation: str, shapes_of: list[tuple[int | None, ...]]) -> None:
    second = shapes_of[1]
    if None in second or (len(second) == len(shapes_of[0]) and equation.startswith("ac")):
        nodes = written(lambda x, y: ops.einsum(equation, x, y), *shapes_of)
    else:
        weight = RANDOM.normal(size=second).astype(np.float32)
        nodes = written(lambda x: ops.einsum(equation, x, weight), shapes_of[0])
    assert nodes.count("MatMul") == 1
    assert "Einsum" not in nodes


@pytest.mark.parametrize(
    ("equation", "ranks"),
    [
        ("abc", [3]),
        ("aab,bc->ac", [3, 2]),
        ("ab,cd->ad", [2, 2]),
        ("...a,...a->...", [2, 3]),
        ("a,b,c->abc", [1, 1, 1]),
    ],
)
def test_other_equations_are_left_to_einsum(equation: str, ranks: list[int]) -> None:
    assert read_product(equation, ranks) is None


def test_dots_stand_for_the_same_axes_everywhere() -> None:
    product = read_product("...ab,bc->...ac", [4, 2])
    assert product is not None
    assert (len(product.rows), product.summed, product.columns, product.shared) == (3, "b", "c", "")


@pytest.mark.parametrize("axes", [[[2], [0]], [[1, 0], [1, 0]], [[-1, 0], [0, -1]], 0, 1])
def test_any_axes_are_summed_in_pairs(axes: Any) -> None:
    arrays = [RANDOM.normal(size=(3, 4, 3)).astype(np.float32) for _ in range(2)]
    x, y = keras.Input(batch_shape=(3, 4, 3)), keras.Input(batch_shape=(3, 4, 3))
    (got,) = run(keras.Model([x, y], ops.tensordot(x, y, axes=axes)), *arrays)
    np.testing.assert_allclose(got, np.tensordot(*arrays, axes=axes), atol=1e-5)


class Heads(keras.layers.Layer):
    """Reshapes by the sizes of its input, as Keras's own layers do."""

    def call(self, x: Any) -> Any:
        batch, time, features = ops.shape(x)
        split = ops.reshape(x, (batch, time, 2, features // 2))
        merged = ops.reshape(ops.transpose(split, (1, 2, 0, 3)), (time, -1, features // 2))
        return ops.reshape(split, (-1, time, features)), merged

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], shape[1], shape[2]), (shape[1], None, shape[2] // 2)


def test_sizes_that_a_layer_reads_are_those_at_run_time() -> None:
    x = keras.Input((None, 4), name="input")
    assert verify(lower(keras.Model(x, Heads()(x)))).largest_absolute <= 1e-5


REFUSED = {
    r"operation 'pad' \(Pad\): mode: expected 'constant' or 'reflect', got 'symmetric'\. Use one of them\.": (
        lambda x: ops.pad(x, [[0, 0], [1, 1], [0, 0]], mode="symmetric")
    ),
    r"operation 'norm' \(Norm\): ord: expected None or 'fro' for matrices, got nuc\. Use one of them\.": (
        lambda x: ops.norm(x, ord="nuc", axis=(1, 2))
    ),
    r"operation 'diagonal' \(Diagonal\): axes: expected known sizes, got \(None, 3\)": (
        lambda x: ops.diagonal(x, axis1=1, axis2=2)
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_operations_that_onnx_cannot_express_are_refused(message: str) -> None:
    x = keras.Input((None, FEATURES), name="input")
    with pytest.raises(ExportError, match=message):
        lower(keras.Model(x, REFUSED[message](x)))


def test_result_types_come_from_keras() -> None:
    x = keras.Input((None, FEATURES), dtype="int32")
    operation = keras.Model(x, ops.mean(x, axis=1)).operations[-1]
    spec = declared(operation, Value("x", (None, None, FEATURES), "int32"))
    assert (spec.shape, spec.dtype) == ((None, FEATURES), "float32")
