"""The choice between float32 and int8: the measurements and the decision."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from keras import layers as kl
from onnx import TensorProto

from zoo.core.errors import ExportError, RequestError
from zoo.core.manifest import INT8_KEY
from zoo.core.plain import from_plain
from zoo.core.predictor import Predictor
from zoo.core.provenance import Int8Report, Int8Row
from zoo.exporter import to_onnx
from zoo.exporter.int8 import choice as choosing
from zoo.exporter.int8.choice import MOST_LOST, SMALLER, choose
from zoo.exporter.int8.measuring import change, feed, latencies
from zoo.exporter.int8.report import DYNAMIC, FLOAT32, WEIGHTS, Int8Comparison, Metric
from zoo.exporter.lowering import Lowered, lower
from zoo.exporter.parity import opened

TINY = "no weight is large enough (at least 512 numbers, 8 to an output)"


def model(cell: type[kl.Layer] = kl.GRU, units: int = 64) -> keras.Model:
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((None, 9), name="input"), cell(units), kl.Dense(3, name="output")])


@pytest.fixture(scope="module")
def gru() -> Lowered:
    return lower(model())


@pytest.fixture(scope="module")
def lstm() -> Lowered:
    return lower(model(kl.LSTM, 128))


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the latency of each file, in ms, so that the machine's load has no influence."""

    def set_pace(**ms: float) -> None:
        times = {FLOAT32: ms["plain"], WEIGHTS: ms["weights"], DYNAMIC: ms.get("dynamic", 1.0)}
        monkeypatch.setattr(choosing, "latencies", lambda sessions, fed: {name: times[name] for name in sessions})

    return set_pace


def scores(*values: float, less_is_better: bool = False) -> Metric:
    """A metric that returns these values in turn, float32 first."""
    remaining = iter(values)
    return Metric("accuracy", "validation", lambda predictor: next(remaining), less_is_better)


def reasons(report: Int8Comparison) -> dict[str, str]:
    return {row.candidate: row.why for row in report.rows}


def int8_of(proto: onnx.ModelProto) -> int:
    return sum(tensor.data_type == TensorProto.INT8 for tensor in proto.graph.initializer)


def test_int8_is_chosen_if_it_is_small_and_accurate(gru: Lowered) -> None:
    proto, report = choose(gru, "auto", metric=scores(0.9, 0.899))
    assert int8_of(proto) == 2
    plain, weights = report.rows
    assert (plain.candidate, plain.chosen, plain.metric, plain.ratio, plain.change) == (FLOAT32, False, 0.9, 1.0, 0.0)
    assert (weights.candidate, weights.chosen, weights.metric) == (WEIGHTS, True, 0.899)
    assert weights.loss == pytest.approx(0.001 / 0.9)
    assert (weights.size_bytes, plain.size_bytes) == (proto.ByteSize(), gru.proto.ByteSize())
    assert weights.ratio == plain.size_bytes / weights.size_bytes > SMALLER
    assert 0 < weights.change < 0.05
    assert min(plain.latency_ms, weights.latency_ms) > 0
    assert weights.why == "runs wherever float32 runs"
    assert report.metric == "accuracy, validation"


def test_float32_is_kept_if_int8_loses_too_much(gru: Lowered) -> None:
    proto, report = choose(gru, "auto", metric=scores(0.9, 0.89))
    assert proto is gru.proto
    assert reasons(report) == {FLOAT32: "no int8 file is small and good enough", WEIGHTS: "loses more than 0.5%"}
    assert report.chosen.candidate == FLOAT32


def test_on_takes_int8_whatever_it_loses_and_reports_the_loss(gru: Lowered) -> None:
    proto, report = choose(gru, "on", metric=scores(0.9, 0.45))
    assert int8_of(proto) == 2
    assert report.chosen.loss == pytest.approx(0.5)
    assert report.chosen.why == "runs wherever float32 runs; loses much, and was asked for"


def test_float32_is_kept_if_int8_saves_little(gru: Lowered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "SMALLER", 1000)
    never = Metric(
        "accuracy", "validation", lambda predictor: pytest.fail("the metric was measured although size had decided")
    )
    _, report = choose(gru, "auto", metric=never)
    assert reasons(report)[WEIGHTS] == "less than 1000 times smaller"
    assert [(row.metric, row.loss) for row in report.rows] == [(None, None)] * 2


def test_a_model_without_weights_to_round_stays_float32_or_is_refused() -> None:
    lowered = lower(model(units=4))
    proto, report = choose(lowered, "auto")
    assert proto is lowered.proto
    assert reasons(report) == {FLOAT32: TINY}
    with pytest.raises(ExportError) as caught:
        choose(lowered, "on")
    assert str(caught.value) == f"int8: {TINY}. Export with --int8 off."


def test_a_file_that_does_not_become_smaller_is_refused(gru: Lowered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "weights_int8", lambda proto: proto)
    size = f"{gru.proto.ByteSize():,}"
    with pytest.raises(RequestError, match=rf"^int8: expected a smaller file, got {size} bytes instead of {size}\."):
        choose(gru, "on", metric=scores())
    assert reasons(choose(gru, "auto", metric=scores())[1])[WEIGHTS] == "not smaller than float32"


def test_an_unknown_setting_is_refused(gru: Lowered) -> None:
    with pytest.raises(RequestError, match=r"^int8: expected auto, on, off, got 'yes'\."):
        choose(gru, "yes")  # type: ignore[arg-type]


class TestLstm:
    def test_a_faster_file_for_onnxruntime_only_is_chosen(self, lstm: Lowered, pace: Callable[..., None]) -> None:
        pace(plain=1.25, weights=1.25, dynamic=1.0)
        for setting in ("auto", "on"):
            proto, report = choose(lstm, setting, metric=scores(0.9, 0.9, 0.9))
            assert "DynamicQuantizeLSTM" in {node.op_type for node in proto.graph.node}
            assert reasons(report) == {
                FLOAT32: "",
                DYNAMIC: "faster; runs in onnxruntime only",
                WEIGHTS: "the other is faster",
            }

    def test_it_is_not_chosen_if_it_is_hardly_faster(self, lstm: Lowered, pace: Callable[..., None]) -> None:
        pace(plain=1.24, weights=1.24, dynamic=1.0)
        for setting in ("auto", "on"):
            _, report = choose(lstm, setting, metric=scores(0.9, 0.9))
            assert report.chosen.candidate == WEIGHTS
            assert reasons(report)[DYNAMIC] == "less than 1.25 times faster, and runs in onnxruntime only"
            assert next(row for row in report.rows if row.candidate == DYNAMIC).metric is None

    def test_it_is_not_chosen_if_it_loses_more(self, lstm: Lowered, pace: Callable[..., None]) -> None:
        pace(plain=2, weights=2, dynamic=1)
        assert choose(lstm, "auto", metric=scores(0.9, 0.8, 0.9))[1].chosen.candidate == WEIGHTS
        assert choose(lstm, "on", metric=scores(0.9, 0.8, 0.85))[1].chosen.candidate == WEIGHTS
        assert choose(lstm, "on", metric=scores(0.9, 0.85, 0.8))[1].chosen.candidate == DYNAMIC


class TestMetric:
    @pytest.mark.parametrize(
        ("less_is_better", "reference", "got", "loss"),
        [
            (False, 0.8, 0.6, 0.25),
            (False, 0.8, 1.0, -0.25),
            (True, 80.0, 100.0, 0.25),
            (True, 80.0, 60.0, -0.25),
            (False, 0.0, 0.0, 0.0),
            (False, 0.0, 0.1, math.inf),
            (False, math.nan, math.nan, 0.0),
            (False, 0.8, math.nan, math.inf),
        ],
    )
    def test_loss_is_the_share_that_is_lost(
        self, less_is_better: bool, reference: float, got: float, loss: float
    ) -> None:
        assert scores(less_is_better=less_is_better).loss(reference, got) == pytest.approx(loss)

    def test_the_metric_is_measured_on_the_files_themselves(self, gru: Lowered) -> None:
        x = np.random.default_rng(0).normal(size=(2, 5, 9))  # float64: cast to the type that the file takes
        outputs: list[np.ndarray] = []

        def score(predictor: Predictor) -> float:
            outputs.append(predictor(x))
            return 1.0

        choose(gru, "auto", metric=Metric("accuracy", "validation", score))
        plain, rounded = outputs
        np.testing.assert_allclose(plain, opened(gru.proto).run(None, feed(gru.proto, [x]))[0])
        assert 0 < np.abs(plain - rounded).max() < 0.05


class TestOwnModel:
    """Without a task, the change of the outputs decides."""

    def test_int8_is_chosen_and_recorded_in_the_file(self, tmp_path: Path) -> None:
        keras_model = model(kl.GRU)
        path = tmp_path / "model.onnx"
        written = to_onnx(keras_model, path, int8="auto", metadata={"author": "me"})
        assert path.read_bytes() == written.SerializeToString()
        texts = {entry.key: entry.value for entry in written.metadata_props}
        assert set(texts) == {"author", INT8_KEY}
        report = json.loads(texts[INT8_KEY])
        assert (report["asked"], report["chosen"], report["metric"]) == ("auto", WEIGHTS, None)
        row = report["rows"][1]
        assert row["loss"] == row["change"] <= MOST_LOST
        assert int8_of(written) == 2

    def test_float32_is_kept_if_an_output_changes_too_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(choosing, "MOST_LOST", 1e-6)
        written = to_onnx(model(), int8="auto")
        assert int8_of(written) == 0
        report = json.loads(written.metadata_props[0].value)
        assert [row["why"] for row in report["rows"]] == [
            "no int8 file is small and good enough",
            "loses more than 0.0%",
        ]
        assert int8_of(to_onnx(model(), int8="on")) == 2

    def test_off_writes_no_metadata(self) -> None:
        plain = model()
        assert to_onnx(plain).SerializeToString() == to_onnx(plain, int8="off").SerializeToString()
        assert not to_onnx(plain, int8="off").metadata_props

    def test_nothing_is_written_if_int8_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(RequestError, match=r"^int8: no weight is large enough "):
            to_onnx(model(units=4), tmp_path / "model.onnx", int8="on")
        assert list(tmp_path.iterdir()) == []

    def test_models_with_a_fixed_batch_are_timed_on_it(self) -> None:
        inputs = keras.Input((7, 9), batch_size=4, name="input")
        _, report = choose(lower(keras.Model(inputs, kl.GRU(64)(inputs))), "auto")
        assert report.chosen.candidate == WEIGHTS


class TestChange:
    """The largest difference of an output as a share of its range."""

    @pytest.fixture
    def run(self) -> Callable[..., float]:
        class Fixed:
            def __init__(self, outputs: list[np.ndarray]) -> None:
                self.outputs = outputs

            def run(self, names: None, fed: dict[str, np.ndarray]) -> list[np.ndarray]:
                return self.outputs

        return lambda expected, got: change(Fixed(expected), Fixed(got), [{}])  # type: ignore[arg-type]

    def test_the_worst_output_counts(self, run: Callable[..., float]) -> None:
        expected = [np.array([0.0, 10.0]), np.array([0.0, 1.0])]
        got = [np.array([0.5, 10.0]), np.array([0.0, 0.9])]
        assert run(expected, got) == pytest.approx(0.1)

    def test_a_change_of_a_constant_output_is_infinite(self, run: Callable[..., float]) -> None:
        assert run([np.ones(3)], [np.ones(3)]) == 0
        assert run([np.ones(3)], [np.array([1, 1, 1.1])]) == math.inf

    def test_a_number_that_becomes_nan_is_an_infinite_change(self, run: Callable[..., float]) -> None:
        assert run([np.array([0, 1, np.nan])], [np.array([0, 1, np.nan])]) == 0
        assert run([np.array([0, 1, 2.0])], [np.array([0, 1, np.nan])]) == math.inf


def test_latencies_are_milliseconds_of_each_session(gru: Lowered) -> None:
    session = opened(gru.proto)
    short, long = (feed(gru.proto, [np.zeros((1, steps, 9))]) for steps in (2, 600))
    assert 0 < latencies({"only": session}, short)["only"] < latencies({"only": session}, long)["only"] < 1000


def test_states_start_at_zero() -> None:
    proto = lower(model()).proto
    state = onnx.helper.make_tensor_value_info("state.gru.h", TensorProto.FLOAT, [2, 64])
    proto.graph.input.append(state)
    fed = feed(proto, [np.ones((2, 3, 9))])
    assert (fed["input"].dtype, fed["state.gru.h"].shape, fed["state.gru.h"].any()) == (np.float32, (2, 64), False)


def test_a_report_with_any_measurements_is_valid_json() -> None:
    row = Int8Row(WEIGHTS, 100, 2.5, 1.23456, math.inf, math.nan, math.inf)
    written = Int8Comparison(
        "auto", "accuracy, validation", (replace(row, candidate=FLOAT32, chosen=True), row)
    ).facts()
    plain = asdict(written)
    assert from_plain(Int8Report, json.loads(json.dumps(plain, allow_nan=False)), "int8") == written
    assert written.chosen == FLOAT32
    assert plain["rows"][1] | {"candidate": "", "why": ""} == {
        "candidate": "",
        "size_bytes": 100,
        "ratio": 2.5,
        "latency_ms": 1.235,
        "change": None,
        "metric": None,
        "loss": None,
        "chosen": False,
        "why": "",
    }
