"""Recurrent layers become as few native nodes as possible, whatever their outputs, initial states and statefulness."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import onnxruntime as ort
import pytest
from keras import layers as kl
from model_cases.making import randomised
from onnx import helper

from zoo.core.errors import ExportError
from zoo.core.operators import RECURRENT
from zoo.exporter.cases import random_cases
from zoo.exporter.converters.recurrent.cells import OPERATORS, is_native, weights
from zoo.exporter.converters.recurrent.layers import recurrent
from zoo.exporter.graph import Graph
from zoo.exporter.lowering import Lowered, lower
from zoo.exporter.parity import verify
from zoo.fast.cells import CELLS

Make = Callable[..., keras.Model]


def nodes(model: keras.Model, **options: Any) -> Counter[str]:
    return Counter(node.op_type for node in lower(model, **options).proto.graph.node)


def native(count: Counter[str]) -> dict[str, int]:
    return {op: count[op] for op in ("RNN", "LSTM", "GRU") if count[op]}


def session(lowered: Lowered) -> ort.InferenceSession:
    return ort.InferenceSession(lowered.proto.SerializeToString(), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LSTM-sequence-both", {"LSTM": 1}),
        ("GRU-last-both-states", {"GRU": 1}),
        ("LSTM-sequence-both-masked", {"LSTM": 2}),  # the valid steps of a row in order, and reversed
        ("SimpleRNN-last-of-cell", {"RNN": 1}),
        ("GRU-last-of-cell-both-masked", {"GRU": 2}),
        ("cells-last", {"RNN": 1, "LSTM": 1, "GRU": 1}),
        ("cells-sequence-both-masked", {"RNN": 2, "LSTM": 2, "GRU": 2}),
        ("merge-sum-True-of-two-kinds", {"LSTM": 1, "GRU": 1}),
        ("merge-sum-True-backwards-first", {"GRU": 2}),
        ("GRU-reset-before-and-after", {"GRU": 2}),
        ("both-of-two-sizes", {"LSTM": 2}),
        ("GRU-sequence-unrolled-both-masked", {"GRU": 2}),  # their outputs are zeroed at different steps
        ("GRU-stateful-twice", {"GRU": 2}),
    ],
)
def test_like_directions_share_a_node(make: Make, name: str, expected: dict[str, int]) -> None:
    assert native(nodes(make(name))) == expected


def test_a_sequence_is_compacted_once_for_all_layers_under_one_mask(make: Make, make_text: Make) -> None:
    assert nodes(make("stacked-given-mask"))["ScatterElements"] == 1
    model = make_text(kl.GRU(4, return_sequences=True), kl.LSTM(5, return_sequences=True), kl.SimpleRNN(6))
    count = nodes(model)
    assert (count["ScatterElements"], count["GatherND"]) == (1, 2)  # the valid steps to the front; the last output
    assert count["Transpose"] == 2  # and time stays in front between the layers


def test_no_node_gets_the_lengths_of_rows(make: Make) -> None:
    """OpenVINO silently ignores them."""
    for name in ("stacked-given-mask", "GRU-last-states-masked", "LSTM-sequence-both-masked"):
        keras.backend.clear_session(free_memory=False)
        graph = lower(make(name)).proto.graph
        assert {node.input[4] for node in graph.node if node.op_type in ("RNN", "LSTM", "GRU")} == {""}, name


@pytest.mark.parametrize("name", ["LSTM-last-states-masked", "LSTM-sequence-both-states-masked", "encoder-decoder"])
def test_a_runtime_that_ignores_lengths_is_correct(make: Make, name: str) -> None:
    """OpenVINO is such a runtime."""
    lowered = lower(make(name))
    with_lengths = [node for node in lowered.proto.graph.node if node.op_type == "LSTM" and node.input[4]]
    assert with_lengths
    feed = dict(zip([tensor.name for tensor in lowered.subject.inputs], random_cases(lowered)[2].inputs, strict=True))
    expected = session(lowered).run(None, feed)
    for node in with_lengths:
        node.input[4] = ""
    for got, right in zip(session(lowered).run(None, feed), expected, strict=True):
        np.testing.assert_allclose(got, right, rtol=0, atol=1e-6)


def test_padding_is_not_computed(make: Make) -> None:
    model = make("GRU-last-masked")
    lowered = lower(model)
    (node,) = [node for node in lowered.proto.graph.node if node.op_type == "GRU"]
    lowered.proto.graph.output.extend([helper.make_empty_tensor_value_info(node.input[0])])
    _, steps = session(lowered).run(None, {"input": np.array([[1, 2, 3] + [0] * 500, [4, 0, 5] + [0] * 500], np.int32)})
    assert steps.shape[0] == 3


def test_the_promise_of_right_padding_avoids_moving_steps(make: Make) -> None:
    count = nodes(make("stacked-masked"), right_padded=True)
    assert not {"ScatterElements", "GatherND", "CumSum"} & set(count)
    assert native(count) == {"LSTM": 1, "GRU": 1, "RNN": 1}


def test_stacked_cells_stay_time_major_between_them(make: Make) -> None:
    assert nodes(make("cells-last"))["Transpose"] == 1
    assert nodes(make("cells-sequence"))["Transpose"] == 2


def test_a_backward_sequence_stays_time_major(make_sensor: Make) -> None:
    model = make_sensor(kl.GRU(4, return_sequences=True, go_backwards=True), kl.LSTM(5))
    assert nodes(model)["Transpose"] == 1
    assert verify(lower(randomised(model))).largest_absolute <= 1e-5


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SimpleRNN-last-stateful", {"state.simple_rnn.h": [5, 4]}),
        ("LSTM-last-stateful", {"state.lstm.h": [5, 4], "state.lstm.c": [5, 4]}),
        ("GRU-last-stateful-both", {"state.forward_gru.h": [5, 4], "state.backward_gru.h": [5, 4]}),
        (
            "cells-last-stateful",
            {"state.rnn.0.h": [5, 4], "state.rnn.0.c": [5, 4], "state.rnn.1.h": [5, 6], "state.rnn.2.h": [5, 8]},
        ),
        ("GRU-stateful-twice", {"state.gru.h": [5, 3]}),
    ],
)
def test_states_have_the_names_of_their_layers(make: Make, name: str, expected: dict[str, list[int]]) -> None:
    running = session(lower(make(name)))
    states = {value.name: value.shape for value in running.get_inputs() if value.name.startswith("state.")}
    assert states == expected
    after = {value.name: value.shape for value in running.get_outputs() if value.name.startswith("state.")}
    assert after == {f"{state}.next": shape for state, shape in expected.items()}


@pytest.mark.parametrize("name", ["LSTM-sequence-stateful", "GRU-last-stateful-both", "cells-last-stateful"])
def test_states_fed_back_continue_as_in_keras(make: Make, name: str) -> None:
    model = make(name)
    running = session(lower(model))
    random = np.random.default_rng(0)
    states = {value.name: np.zeros(value.shape, np.float32) for value in running.get_inputs()[1:]}
    for length in (3, 1, 6):
        x = random.standard_normal((5, length, 3)).astype(np.float32)
        got = running.run(None, {"input": x, **states})
        expected = np.asarray(keras.ops.convert_to_numpy(model(keras.ops.convert_to_tensor(x), training=False)))
        outputs = [np.asarray(output) for output in got]
        np.testing.assert_allclose(outputs[0], expected, atol=1e-5)
        states = dict(zip(states, outputs[1:], strict=True))
    assert all(state.any() for state in states.values())


def test_layers_of_equal_names_in_two_models_keep_separate_states() -> None:
    def half() -> keras.Model:
        return keras.Sequential([kl.GRU(3, stateful=True, return_sequences=True, name="mine")])

    x = keras.Input((None, 3), batch_size=2, name="input")
    running = session(lower(randomised(keras.Model(x, half()(half()(x))))))
    assert [value.name for value in running.get_inputs()] == ["input", "state.mine.h", "state.mine_2.h"]


class Mine(kl.LSTMCell):
    """A custom cell."""

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        return super().call(inputs, states, training)


class Named(kl.GRU):
    """Computes the same as its parent."""


class Noisy(kl.GRU):
    """Computes something else."""

    def call(self, sequences: Any, **options: Any) -> Any:
        return super().call(sequences * 2.0, **options)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (lambda: kl.GRU(4), True),
        (lambda: Named(4), True),
        (lambda: Noisy(4), False),
        (lambda: kl.RNN(kl.LSTMCell(4)), True),
        (lambda: kl.RNN([kl.LSTMCell(4), kl.GRUCell(4)]), True),
        (lambda: kl.RNN(Mine(4)), False),
        (lambda: kl.RNN([kl.LSTMCell(4), Mine(4)]), False),
        (lambda: kl.Bidirectional(kl.RNN(kl.LSTMCell(4))), True),
        (lambda: kl.Bidirectional(kl.LSTM(4), backward_layer=kl.RNN(Mine(4), go_backwards=True)), False),
        (lambda: kl.Dense(4), False),
    ],
)
def test_only_the_cells_of_keras_are_native(layer: Callable[[], keras.Layer], expected: bool) -> None:
    assert is_native(layer()) is expected


def test_a_custom_cell_is_refused() -> None:
    graph = Graph(17)
    with pytest.raises(ExportError, match=r"^layer 'mine' \(RNN\): expected SimpleRNN, LSTM or GRU, or RNN over their"):
        recurrent(graph, kl.RNN(Mine(4), name="mine"), graph.input("x", "float32", ["batch", "time", 3]))


def test_an_activation_that_no_operator_has_is_refused() -> None:
    x = keras.Input((None, 3))
    model = keras.Model(x, kl.GRU(4, recurrent_activation="gelu", name="g")(x))
    with pytest.raises(ExportError, match=r"^layer 'g' \(GRU\): recurrent_activation: expected one of .*got 'gelu'"):
        lower(model)


def test_directions_with_different_numbers_of_states_are_refused() -> None:
    x = keras.Input((None, 3))
    backward = kl.LSTM(4, return_state=True, go_backwards=True)
    layer = kl.Bidirectional(kl.GRU(4, return_state=True), backward_layer=backward, name="b")
    with pytest.raises(ExportError, match=r"^layer 'b' \(Bidirectional\): return_state: .* got 1 and 2\."):
        lower(keras.Model(x, layer(x)))


def test_every_cell_has_an_operator_with_all_its_gates() -> None:
    assert tuple(operator.op for operator in OPERATORS) == RECURRENT
    assert [operator.cell for operator in OPERATORS] == list(CELLS.values())
    for operator in OPERATORS:
        assert sorted(operator.gates) == sorted(operator.cell.gates)
        assert len(operator.rest) in (0, len(operator.gates))
        options = {*operator.activations, *operator.flags.values()}
        assert options <= operator.cell.layer(4).get_config().keys()
    assert {operator.op: operator.order for operator in OPERATORS} == {
        "RNN": (0,),
        "LSTM": (0, 3, 1, 2),
        "GRU": (0, 1, 2),
    }


def test_weights_have_the_layout_of_onnx() -> None:
    layer = kl.LSTM(2)
    layer.build((None, None, 3))
    kernel = np.arange(24, dtype=np.float32).reshape(3, 8)
    layer.set_weights([kernel, np.zeros((2, 8)), np.arange(8)])
    w, r, b = weights(layer)
    np.testing.assert_array_equal(w[:, 0], [0, 1, 6, 7, 2, 3, 4, 5])  # i f c o becomes i o f c
    assert r.shape == (8, 2)
    np.testing.assert_array_equal(b, [0, 1, 6, 7, 2, 3, 4, 5] + [0] * 8)
    np.testing.assert_array_equal(weights(layer.cell)[0], w)
