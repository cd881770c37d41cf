"""int8 weights: close to the float32 ones, stored once, and accepted by every runtime."""

import logging
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers as kl
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from zoo.exporter import to_onnx
from zoo.exporter.int8.dynamic import dynamic_int8
from zoo.exporter.int8.weights import LARGEST, rounded, weights_int8

CELLS = (kl.SimpleRNN, kl.GRU, kl.LSTM)
NEWEST = onnx.defs.onnx_opset_version()
WORDS = 200


def randomised(model: keras.Model) -> keras.Model:
    random = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(random.normal(0, 0.1, weight.shape))
    return model


def sensor(*layers: kl.Layer) -> keras.Model:
    return randomised(keras.Sequential([keras.Input((None, 9), name="input"), *layers]))


def text(*layers: kl.Layer) -> keras.Model:
    embedding = kl.Embedding(WORDS, 24, mask_zero=True, name="words")
    return randomised(keras.Sequential([keras.Input((None,), dtype="int32", name="input"), embedding, *layers]))


def tied() -> keras.Model:
    ids = keras.Input((None,), dtype="int32", name="input")
    words = kl.ReversibleEmbedding(WORDS, 24, name="words")
    return randomised(keras.Model(ids, words(kl.GRU(24, return_sequences=True)(words(ids)), reverse=True)))


def values(batch: int = 3, steps: int = 17) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(batch, steps, 9)).astype(np.float32)


def ids(batch: int = 3, steps: int = 17) -> np.ndarray:
    """Rows that end early, padded with 0."""
    array = np.random.default_rng(1).integers(1, WORDS, (batch, steps)).astype(np.int32)
    array[1, 5:] = 0
    return array


def ran(proto: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"input": x})[0])


def apart(expected: np.ndarray, got: np.ndarray) -> float:
    """The largest difference, as a share of the range."""
    return float(np.abs(expected - got).max() / np.ptp(expected))


def constants(proto: onnx.ModelProto) -> dict[str, onnx.TensorProto]:
    return {tensor.name: tensor for tensor in proto.graph.initializer}


def quantised(proto: onnx.ModelProto) -> onnx.ModelProto:
    result = weights_int8(proto)
    assert result is not None
    onnx.checker.check_model(result, full_check=True)
    return result


@given(st.integers(0, 2**32 - 1), st.sampled_from([(0,), (1,), (0, 2), (-1,)]))
def test_a_rounded_weight_differs_by_at_most_half_a_scale(seed: int, axes: tuple[int, ...]) -> None:
    random = np.random.default_rng(seed)
    weight = (random.normal(0, 1, (4, 5, 6)) * 10.0 ** random.integers(-6, 6)).astype(np.float32)
    q, scale = rounded(weight, axes)
    assert (q.dtype, scale.dtype, q.shape) == (np.int8, np.float32, weight.shape)
    assert np.abs(q.astype(int)).max() == LARGEST  # the largest of each channel uses the complete range
    assert (np.abs(weight - q * scale) <= scale * (0.5 + 1e-4)).all()


def test_a_channel_of_zeros_stays_zero() -> None:
    q, scale = rounded(np.zeros((2, 3), np.float32), (1,))
    assert not q.any()
    np.testing.assert_array_equal(scale, [[1], [1]])


@pytest.mark.parametrize("cell", CELLS)
def test_a_two_layer_model_becomes_over_three_times_smaller_and_changes_little(cell: type[kl.Layer]) -> None:
    plain = to_onnx(sensor(cell(64, return_sequences=True), cell(64)))
    small = quantised(plain)
    assert plain.ByteSize() > 3 * small.ByteSize()
    stored = {tensor.data_type for name, tensor in constants(small).items() if name.endswith(".int8")}
    assert stored == {TensorProto.INT8}
    assert sum(name.endswith(".int8") for name in constants(small)) == 4
    assert 0 < apart(ran(plain, values()), ran(small, values())) < 0.02
    assert [info.name for info in (*small.graph.input, *small.graph.output)] == [
        info.name for info in (*plain.graph.input, *plain.graph.output)
    ]


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("opset", [13, NEWEST])
@pytest.mark.parametrize("cell", CELLS)
def test_masked_models_in_both_directions_run_in_every_opset(cell: type[kl.Layer], opset: int) -> None:
    plain = to_onnx(text(kl.Bidirectional(cell(32)), kl.Dense(20)), opset=opset)
    small = quantised(plain)
    assert (small.opset_import, small.ir_version) == (plain.opset_import, plain.ir_version)
    expected, got = ran(plain, ids()), ran(small, ids())
    assert 0 < apart(expected, got) < 0.03
    # Right padding changes nothing in int8 either.
    np.testing.assert_allclose(got[1], ran(small, ids()[1:2, :5])[0], atol=1e-6)
    full = ids()[[0, 2]]  # onnx's reference implementation ignores the lengths of rows
    np.testing.assert_allclose(ReferenceEvaluator(small).run(None, {"input": full})[0], got[[0, 2]], atol=1e-5)


def test_convolutions_and_dense_layers_have_a_scale_for_each_output() -> None:
    plain = to_onnx(sensor(kl.Conv1D(16, 5, padding="causal", name="conv"), kl.Dense(40, name="dense")))
    small = quantised(plain)
    scales = {name: list(tensor.dims) for name, tensor in constants(small).items() if name.endswith(".scale")}
    assert scales == {"conv/kernel.scale": [16, 1, 1], "dense/kernel.scale": [1, 40]}
    assert apart(ran(plain, values()), ran(small, values())) < 0.01


@pytest.mark.parametrize(("turned", "scale"), [(0, [1, 32]), (1, [32, 1])])
def test_a_gemm_weight_may_be_transposed(turned: int, scale: list[int]) -> None:
    weight = np.random.default_rng(0).normal(size=(32, 64) if turned else (64, 32)).astype(np.float32)
    proto = made([helper.make_node("Gemm", ["input", "w"], ["output"], transB=turned)], {"w": weight}, 32)
    small = quantised(proto)
    assert list(constants(small)["w.scale"].dims) == scale
    x = np.random.default_rng(1).normal(size=(5, 64)).astype(np.float32)
    assert apart(ran(proto, x), ran(small, x)) < 0.01


def test_an_embedding_looks_up_int8_rows() -> None:
    small = quantised(to_onnx(text(kl.GRU(4))))
    assert list(constants(small)["words/embeddings.int8"].dims) == [WORDS, 24]
    assert list(constants(small)["words/embeddings.scale"].dims) == [WORDS, 1]
    (gather,) = [node for node in small.graph.node if node.input[:1] == ["words/embeddings.int8"]]
    assert gather.op_type == "Gather"  # no node converts the complete table to float32
    assert not [name for name in constants(small) if name.startswith("words/") and name.endswith("embeddings")]


def test_a_tied_embedding_is_stored_once() -> None:
    plain = to_onnx(tied())
    small = quantised(plain)
    tables = [tensor for tensor in constants(small).values() if np.prod(tensor.dims) == WORDS * 24]
    assert [(table.name, table.data_type) for table in tables] == [("words/embeddings.int8", TensorProto.INT8)]
    readers = [node.op_type for node in small.graph.node if "words/embeddings.int8" in node.input]
    assert sorted(readers) == ["Cast", "Gather"]
    assert apart(ran(plain, ids()), ran(small, ids())) < 0.02


def test_a_layer_that_is_called_twice_is_stored_once() -> None:
    x = keras.Input((None, 32), name="input")
    layer = kl.LSTM(32, return_sequences=True)
    plain = to_onnx(randomised(keras.Model(x, layer(layer(x)))))
    given_ = np.random.default_rng(1).normal(size=(2, 9, 32)).astype(np.float32)
    small = quantised(plain)
    assert sorted(name for name in constants(small) if name.endswith(".int8")) == ["lstm/R.int8", "lstm/W.int8"]
    assert apart(ran(plain, given_), ran(small, given_)) < 0.03
    assert dynamic_int8(plain) is None  # onnxruntime's quantiser writes a file that does not run


def test_a_weight_with_other_readers_is_restored_for_them() -> None:
    weight = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["input", "w"], ["product"]),
        helper.make_node("Add", ["product", "w"], ["output"]),
    ]
    proto = made(nodes, {"w": weight, "w.int8": np.zeros(2, np.float32)}, 64)
    small = quantised(proto)
    assert "w.int8_2" in constants(small)  # the name without a number was taken
    x = np.random.default_rng(1).normal(size=(64, 64)).astype(np.float32)
    assert apart(ran(proto, x), ran(small, x)) < 0.01


def test_a_weight_that_is_transposed_first_has_a_scale_for_each_output() -> None:
    weight = np.random.default_rng(0).normal(size=(32, 64)).astype(np.float32)
    nodes = [
        helper.make_node("Transpose", ["w"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["input", "turned"], ["output"]),
    ]
    assert list(constants(quantised(made(nodes, {"w": weight}, 32)))["w.scale"].dims) == [32, 1]


def test_biases_and_small_weights_stay_float32() -> None:
    small = quantised(to_onnx(sensor(kl.GRU(200), kl.Dense(2))))
    kept = {name for name, tensor in constants(small).items() if tensor.data_type == TensorProto.FLOAT}
    assert {"gru/B", "dense/kernel", "dense/bias"} <= kept


def test_a_univariate_kernel_stays_float32() -> None:
    model = randomised(keras.Sequential([keras.Input((None, 1), name="input"), kl.LSTM(256, use_bias=False)]))
    small = quantised(to_onnx(model))
    assert "lstm/W" in constants(small)  # one number per scale
    assert "lstm/R.int8" in constants(small)


def test_without_weights_to_round_there_is_no_int8_model() -> None:
    assert weights_int8(to_onnx(sensor(kl.GRU(4)))) is None


def test_rounding_is_deterministic_and_does_not_change_its_argument() -> None:
    plain = to_onnx(text(kl.Bidirectional(kl.LSTM(32))))
    before = plain.SerializeToString()
    for small in (weights_int8, dynamic_int8):
        first, second = small(plain), small(plain)
        assert first is not None
        assert second is not None
        assert first.SerializeToString() == second.SerializeToString()
    assert plain.SerializeToString() == before


def test_a_session_with_default_options_converts_the_weights_once(tmp_path: Path) -> None:
    """The optimised graph, which runs every time, has no conversion left."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 3
    content = quantised(to_onnx(sensor(kl.GRU(32, return_sequences=True), kl.Dense(40)))).SerializeToString()
    onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    optimised = onnx.load(options.optimized_model_filepath)
    assert not {"Cast", "Mul", "DequantizeLinear"} & {node.op_type for node in optimised.graph.node}
    (gru,) = [node for node in optimised.graph.node if node.op_type == "GRU"]
    assert {constants(optimised)[name].data_type for name in gru.input[1:3]} == {TensorProto.FLOAT}


class TestDynamic:
    @pytest.mark.parametrize("opset", [13, NEWEST])
    def test_an_lstm_computes_in_int8(self, opset: int) -> None:
        plain = to_onnx(text(kl.Bidirectional(kl.LSTM(32)), kl.Dense(20)), opset=opset)
        small = dynamic_int8(plain)
        assert small is not None
        kinds = [node.op_type for node in small.graph.node]
        assert "DynamicQuantizeLSTM" in kinds
        assert "LSTM" not in kinds
        assert {used.domain: used.version for used in small.opset_import} == {"": opset, "com.microsoft": 1}
        assert (small.ir_version, small.producer_name) == (plain.ir_version, "sequence-zoo")
        assert "words/embeddings.int8" in constants(small)  # the other weights are rounded as well
        assert plain.ByteSize() > 2.5 * small.ByteSize()
        assert 0 < apart(ran(plain, ids()), ran(small, ids())) < 0.05

    @pytest.mark.parametrize("cell", [kl.GRU, kl.SimpleRNN])
    def test_without_an_lstm_there_is_no_dynamic_model(self, cell: type[kl.Layer]) -> None:
        assert dynamic_int8(to_onnx(sensor(cell(64)))) is None

    def test_the_quantiser_prints_nothing_and_does_not_change_logging(
        self, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plain = to_onnx(sensor(kl.LSTM(64)))
        capfd.readouterr()
        caplog.clear()
        before = logging.root.manager.disable
        monkeypatch.setattr(logging.root, "handlers", [])  # as in a program that never set up logging
        assert dynamic_int8(plain) is not None
        assert logging.root.handlers == []
        assert logging.root.manager.disable == before
        assert capfd.readouterr() == ("", "")
        assert caplog.records == []


def made(nodes: list[onnx.NodeProto], weights: dict[str, np.ndarray], units: int) -> onnx.ModelProto:
    """A small handwritten graph."""
    tensors = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    x = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 64])
    y = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", units])
    graph = helper.make_graph(nodes, "made", [x], [y], tensors)
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
