"""Verification detects and locates errors, and keeps a wrong file from being written."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from keras import layers as kl

from zoo.core.errors import ExportError, ParityError
from zoo.exporter import parity, to_onnx
from zoo.exporter.cases import random_cases
from zoo.exporter.converters.recurrent import layers as recurrent
from zoo.exporter.converters.recurrent.cells import OPERATOR_OF
from zoo.exporter.graph import Graph, Value
from zoo.exporter.lowering import Lowered, lower

Make = Callable[..., keras.Model]


@pytest.fixture
def wrong_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras's gate order of an LSTM, as if ONNX had the same."""
    monkeypatch.setitem(OPERATOR_OF, kl.LSTM, replace(OPERATOR_OF[kl.LSTM], gates="ifco"))


@pytest.mark.parametrize("name", ["LSTM-last", "LSTM-sequence-both-masked"])
def test_a_wrong_gate_order_is_detected(make: Make, wrong_gates: None, tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.onnx"
    with pytest.raises(ParityError, match=r"expected the values of Keras within 1e-05, got a difference of 0\.\d+ on "):
        to_onnx(make(name), path)
    assert list(tmp_path.iterdir()) == []


def test_the_first_layer_that_differs_is_named(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATOR_OF, kl.GRU, replace(OPERATOR_OF[kl.GRU], gates="rzh"))
    with pytest.raises(ParityError, match=r"^layer 'gru' \(GRU\): .* on batch \d, time \d+\. Nothing was written\."):
        to_onnx(make("stacked-masked"))


def test_a_wrong_layer_is_detected_behind_a_softmax_that_hides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    keras.utils.set_random_seed(1)
    ids = keras.Input((None,), dtype="int32", name="input")
    x = kl.LSTM(4, return_sequences=True, name="hidden")(kl.Embedding(11, 3, embeddings_initializer="normal")(ids))
    small = keras.initializers.RandomNormal(stddev=1e-5)
    model = keras.Model(ids, kl.Dense(1000, "softmax", kernel_initializer=small)(x))
    rightly = lower(model).subject.run([np.array([[1, 2, 3]], np.int32)])[0]
    monkeypatch.setitem(OPERATOR_OF, kl.LSTM, replace(OPERATOR_OF[kl.LSTM], gates="ifco"))
    assert np.ptp(rightly) < parity.ABSOLUTE  # the outputs alone would agree in any case
    with pytest.raises(ParityError, match=r"^layer 'hidden' \(LSTM\): expected the values of Keras"):
        to_onnx(model)


def test_a_wrong_mask_is_detected(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    original = recurrent.last_output

    def of_all_steps(graph: Graph, y: Value, mask: Value, otherwise: np.ndarray) -> Value:
        return original(graph, y, graph.add("Or", mask, graph.add("Not", mask)), otherwise)

    monkeypatch.setattr(recurrent, "last_output", of_all_steps)
    with pytest.raises(ParityError, match=r"^layer 'gru' \(GRU\)"):
        to_onnx(make("GRU-last-masked"))


def test_without_verification_the_file_is_not_run(make: Make, wrong_gates: None, tmp_path: Path) -> None:
    to_onnx(make("LSTM-last"), tmp_path / "model.onnx", verify=False)
    assert (tmp_path / "model.onnx").exists()


def rows_of(lowered: Lowered) -> list[np.ndarray]:
    """Masks of the valid steps in every row of every case that is not zeros only."""
    return [row != 0 for case in random_cases(lowered)[:-1] for row in case.inputs[0]]


def test_random_ids_reach_the_last_one_and_masks_have_every_pattern(make: Make) -> None:
    lowered = lower(make("GRU-last-masked"))
    *arrays, zeros = [case.inputs[0] for case in random_cases(lowered)]
    assert [ids.shape for ids in arrays] == [(5, 1), (1, 2), (6, 7), (2, 33)]
    assert not zeros.any()
    assert {ids.dtype for ids in arrays} == {np.dtype(np.int32)}
    assert {int(ids.max()) for ids in arrays} <= {0, 10}
    rows = rows_of(lowered)
    assert any(row.all() for row in rows)
    assert not all(row.any() for row in rows)
    assert any(row[-1] and not row[0] for row in rows)
    assert any(row[0] and not row[-1] for row in rows)
    assert any((np.diff(row.astype(int)) != 0).sum() > 1 for row in rows)


def test_random_masks_keep_the_promise_of_right_padding(make: Make) -> None:
    rows = rows_of(lower(make("GRU-last-masked"), right_padded=True))
    assert len({int(row.sum()) for row in rows}) > 3
    assert not any((~row[:-1] & row[1:]).any() for row in rows)


def test_random_values_have_masked_steps(make_sensor: Make) -> None:
    arrays = [case.inputs[0] for case in random_cases(lower(make_sensor(kl.Masking(2.5), kl.GRU(4))))]
    assert any(0 < (rows == 2.5).all(-1).mean() < 1 for rows in arrays)


def test_a_long_window_gets_longer_inputs(make_sensor: Make) -> None:
    model = make_sensor(kl.Conv1D(4, 20))
    shapes = [case.inputs[0].shape for case in random_cases(lower(model))]
    assert [shape[1] for shape in shapes] == [33, 64, 129, 513, 64]


def test_a_window_longer_than_every_input_is_refused(make_sensor: Make) -> None:
    with pytest.raises(
        ExportError,
        match=r"^model 'sequential': expected a model that accepts one of \(1, 2, .*\) steps, got one that accepts",
    ):
        parity.verify(lower(make_sensor(kl.Conv1D(4, 600))))


def test_random_inputs_keep_a_fixed_batch() -> None:
    model = keras.Sequential([keras.Input(batch_shape=(3, 4, 2)), kl.GRU(2)])
    assert {case.inputs[0].shape for case in random_cases(lower(model))} == {(3, 4, 2)}


def test_real_rows_are_compared_as_well(make: Make) -> None:
    lowered = lower(make("GRU-sequence"))
    rows = [np.ones((9, 3), np.float32), np.zeros((4, 3), np.float32)]
    result = parity.verify(lowered, rows)
    assert (result.rows, result.cases) == (2, parity.verify(lowered).cases + 2)
    assert result.facts().patterns == ("full", "right-padded", "left-padded", "holes", "empty")


def test_a_real_row_that_does_not_fit_is_refused(make: Make) -> None:
    with pytest.raises(ExportError, match=r"^rows\[0\]: expected one input of 2 axes, got \(9,\)"):
        parity.verify(lower(make("GRU-sequence")), [np.ones(9, np.float32)])
    with pytest.raises(ExportError, match=r"^rows\[0\]: expected shape \(None, 3\) \(None: any\), got \(9, 2\)"):
        parity.verify(lower(make("GRU-sequence")), [np.ones((9, 2), np.float32)])


def test_rows_of_a_model_with_several_inputs_are_refused() -> None:
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    lowered = lower(keras.Model([left, right], keras.layers.Add()([left, right])))
    with pytest.raises(ExportError, match=r"^rows: expected a model with one input, got 2 inputs\. Omit rows"):
        parity.verify(lowered, [[np.ones(3), np.ones(3)]])  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        ([1.0], [1.0 + 1e-6], True),
        ([1.0], [1.0 + 1e-4], False),
        ([1000.0], [1000.005], True),
        ([np.nan], [np.nan], True),
        ([np.nan], [1.0], False),
        ([1.0, 1.0], [1.0], False),
    ],
)
def test_arrays_agree_within_the_tolerance(got: list[float], expected: list[float], same: bool) -> None:
    assert parity.agree(np.array(got), np.array(expected)) is same


def test_the_error_of_a_runtime_that_refuses_the_file_is_reported(make: Make) -> None:
    lowered = lower(make("GRU-last"))
    lowered.proto.ir_version = 99
    with pytest.raises(
        ExportError, match=r"^model 'sequential': needs opset 17 and ONNX IR version 99, this onnxruntime"
    ):
        parity.verify(lowered)


def test_the_file_holds_the_returned_model(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "model.onnx"
    proto = to_onnx(make("GRU-last"), path, metadata={"note": "mine"}, opset=18)
    assert onnx.load(path) == proto
    assert {entry.key: entry.value for entry in proto.metadata_props} == {"note": "mine"}
    assert proto.opset_import[0].version == 18
    assert [entry.name for entry in path.parent.iterdir()] == ["model.onnx"]


def test_a_path_that_cannot_be_written_is_refused(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match=r"file/model\.onnx: cannot be written: .*\. Choose another place\.$"):
        to_onnx(make("GRU-last"), tmp_path / "file" / "model.onnx", verify=False)
