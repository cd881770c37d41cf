"""Percentiles, medians and ratios of made-up numbers; the timed calls of hand-made bundles. No real time."""

import dataclasses
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from zoo.core.errors import BundleError, InputError
from zoo.core.manifest import Feature
from zoo.edge import machine
from zoo.edge.bundle import read_bundle
from zoo.edge.device.bench import ROUNDS, STARTS, bench
from zoo.edge.device.cold import Cold
from zoo.edge.device.timing import WARM_UP, percentile, ratio, summarised, time_in_turns, time_round
from zoo.edge.device.trial import of_bundle, open_trial
from zoo.edge.runner import load


class FakeClock:
    """A clock that only the calls advance."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def call(self, *seconds: float) -> Callable[[], None]:
        """A call that takes these seconds in turn, and the last of them from then on."""
        remaining = list(seconds)

        def run() -> None:
            self.now += remaining.pop(0) if len(remaining) > 1 else remaining[0]

        return run


def ticking(step: float = 0.001) -> Callable[[], float]:
    """A clock that advances by `step` whenever it is read."""
    now = 0.0

    def read() -> float:
        nonlocal now
        now += step
        return now

    return read


def starts(*memory: int | None) -> Callable[..., Cold]:
    """Fresh processes that take 1 s, 2 s, 3 s ... and use these amounts of memory."""
    count = 0

    def start(path: str, *, runs: int, idle_s: float) -> Cold:
        nonlocal count
        assert (runs, idle_s) == (0, 0.0)
        count += 1
        return Cold(float(count), count / 4, count / 2, count / 8, memory[(count - 1) % len(memory)], 0, None, None)

    return start


def quick(path: Path, **options: Any) -> Any:
    return bench(path, **{"seconds": 0.05, "clock": ticking(), "start": starts(5_000_000), **options})


@given(st.lists(st.floats(0, 1e3), min_size=1), st.floats(0, 100))
def test_percentiles_equal_those_of_numpy(values: list[float], percent: float) -> None:
    assert percentile(values, percent) == pytest.approx(np.percentile(values, percent), abs=1e-9)


def test_percentiles_of_known_numbers() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile(range(101), 95) == 95
    assert percentile([7.0], 99) == 7.0


def test_a_round_lasts_its_time_but_has_at_least_one_call() -> None:
    clock = FakeClock()
    assert time_round(clock.call(0.25), 1.0, clock) == [0.25] * 4
    assert time_round(clock.call(5.0), 1.0, clock) == [5.0]
    assert time_round(clock.call(0.5, 1.0, 0.25), 1.6, clock) == [0.5, 1.0, 0.25]


def test_turns_alternate_in_order_after_a_warm_up() -> None:
    clock, order = FakeClock(), []

    def recorded(name: str) -> Callable[[], None]:
        def call() -> None:
            order.append(name)
            clock.now += 1.0

        return call

    turns = []
    rounds = time_in_turns({"a": recorded("a"), "b": recorded("b")}, 3.0, 3, clock, lambda: turns.append(1))
    assert order == ["a"] * WARM_UP + ["b"] * WARM_UP + ["a", "b", "b", "a", "a", "b"]
    assert rounds == {"a": [[1.0]] * 3, "b": [[1.0]] * 3}
    assert len(turns) == 6


def test_a_disturbed_round_does_not_affect_the_medians() -> None:
    calm, disturbed = [1.0, 1.0, 2.0], [50.0, 60.0, 70.0]
    times = summarised([calm, disturbed, calm])
    assert (times.p50, times.calls, times.per_second) == (1.0, 9, 0.75)
    assert times.p95 == pytest.approx(1.9)
    assert times.p99 == pytest.approx(1.98)


def test_a_ratio_compares_adjacent_rounds() -> None:
    # Both are twice as slow in the second round: the ratio is not.
    factor = ratio([[3.0], [6.0], [3.0]], [[1.0], [2.0], [1.0]])
    assert (factor.median, factor.p10, factor.p90) == (3.0, 3.0, 3.0)
    factor = ratio([[float(value)] for value in range(11)], [[1.0]] * 11)
    assert (factor.median, factor.p10, factor.p90) == (5.0, 1.0, 9.0)


def test_a_sensor_bundle_is_timed_as_answers_and_windows(threshold_parts, tmp_path: Path) -> None:
    benchmark = quick(threshold_parts.write(tmp_path / "b"))
    assert [(row.what, row.threads, row.batch, row.steps) for row in benchmark.rows] == [
        ("answer", 1, 1, 2),
        ("window", 1, 1, 2),
        ("window", 1, 8, 2),
    ]
    # The clock advances by 1 ms whenever it is read: a call takes 1 ms, and 3 fit into a round of 5 ms.
    for row in benchmark.rows:
        assert (row.times.p50, row.times.p99) == (pytest.approx(1e-3), pytest.approx(1e-3))
        assert row.times.calls == ROUNDS * 3
        assert row.windows_per_second == pytest.approx(1000 * row.batch)
        assert row.steps_per_second == pytest.approx(2000 * row.batch)
    assert benchmark.compared == ()


def test_start_up_costs_are_medians_over_fresh_processes(threshold_parts, tmp_path: Path) -> None:
    path = threshold_parts.write(tmp_path / "b")
    cost = quick(path, start=starts(7, 5, 6)).costs[0]
    assert (cost.start_s, cost.import_s, cost.load_s, cost.loaded_bytes) == (2.0, 0.5, 1.0, 6)
    assert cost.size_bytes == (path / "model.onnx").stat().st_size
    assert cost.input == "golden input"
    assert quick(path, start=starts(None)).costs[0].loaded_bytes is None


def test_streaming_models_are_also_timed_sample_by_sample(live_parts, tmp_path: Path) -> None:
    benchmark = quick(live_parts.write(tmp_path / "b"))
    assert [(row.what, row.batch, row.steps) for row in benchmark.rows][-1] == ("sample", 1, 1)
    assert benchmark.costs[0].input == "made-up input"


def test_text_bundles_are_timed_with_their_tokeniser_and_word_by_word(typing_parts, tmp_path: Path) -> None:
    case = {"input": "Thank you very ++ much", "label": "x", "score": 0.0}
    benchmark = quick(dataclasses.replace(typing_parts, selftest=[case]).write(tmp_path / "b"))
    assert [(row.what, row.batch, row.steps) for row in benchmark.rows] == [
        ("answer", 1, 5),
        ("window", 1, 5),
        ("window", 8, 5),
        ("word", 1, 1),
    ]
    benchmark = quick(typing_parts.write(tmp_path / "none"))
    assert [row.what for row in benchmark.rows] == ["window", "window"]


def test_a_window_of_another_length_is_timed(threshold_parts, tmp_path: Path) -> None:
    benchmark = quick(threshold_parts.write(tmp_path / "b"), steps=5)
    assert {row.steps for row in benchmark.rows} == {5}
    assert benchmark.costs[0].input == "golden input, repeated or cut to 5 steps"


def test_a_bundle_with_windows_is_timed_on_one_window(window_parts, tmp_path: Path) -> None:
    path = window_parts.write(tmp_path / "b")
    benchmark = quick(path)
    assert [(row.what, row.batch, row.steps) for row in benchmark.rows] == [
        ("answer", 1, 10),
        ("window", 1, 10),
        ("window", 8, 10),
    ]
    answer = open_trial(path).answer
    assert answer is not None
    assert len(answer().windows) == 1  # pyright: ignore[reportAttributeAccessIssue]
    assert {row.steps for row in quick(path, steps=4).rows} == {4}
    message = (
        r"^window: expected at most 10 time steps, the length of the model's windows, got 11\. Use that or fewer\.$"
    )
    with pytest.raises(InputError, match=message):
        quick(path, steps=11)


def test_threads_reach_onnxruntime(threshold_parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thread_counts: list[int] = []

    class Session(onnxruntime.InferenceSession):
        def __init__(self, model: bytes, options: Any, **rest: Any) -> None:
            thread_counts.append(options.intra_op_num_threads)
            super().__init__(model, options, **rest)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    benchmark = quick(threshold_parts.write(tmp_path / "b"), threads=(1, 2))
    assert thread_counts == [1, 2]
    assert [row.threads for row in benchmark.rows] == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("low", "high", "middle"),
    [(None, None, 0), (-4, 10, 3), (2, None, 2), (-2, None, 0), (None, -5, -5), (-3e38, 3e38, 0)],
)
def test_a_made_up_sample_is_within_the_sensors_limits(
    low: float | None, high: float | None, middle: float, live_parts, tmp_path: Path
) -> None:
    features = (Feature("acc_x", "g", low, high), Feature("gyro_x", "rad/s"))
    spec = dataclasses.replace(live_parts.manifest.input, features=features)
    manifest = dataclasses.replace(live_parts.manifest, input=spec)
    runner = load(dataclasses.replace(live_parts, manifest=manifest).write(tmp_path / "b"))
    fed: list[np.ndarray] = []
    runner.predict = fed.append  # pyright: ignore[reportAttributeAccessIssue]
    trial = of_bundle(runner, read_bundle(tmp_path / "b"))
    assert trial.answer is not None
    trial.answer()
    assert fed[0].tolist() == [[middle, 0]] * trial.steps


def test_two_files_are_timed_in_turns(threshold_parts, live_parts, tmp_path: Path) -> None:
    first, second = threshold_parts.write(tmp_path / "a"), live_parts.write(tmp_path / "b")
    benchmark = quick(first, versus=second)
    assert [row.file for row in benchmark.rows[:4]] == [str(first), str(second)] * 2
    assert [(each.what, each.batch) for each in benchmark.compared] == [("answer", 1), ("window", 1), ("window", 8)]
    assert benchmark.compared[0].ratio.median == pytest.approx(1.0)
    assert len(benchmark.costs) == 2


def test_a_file_against_itself_keeps_two_names(threshold_parts, tmp_path: Path) -> None:
    path = threshold_parts.write(tmp_path / "a")
    benchmark = quick(path, versus=path)
    assert [cost.file for cost in benchmark.costs] == [str(path), f"{path} (again)"]
    assert len(benchmark.rows) == 6


def plain(path: Path, batch: int | str) -> Path:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, "time", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [batch])
    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Identity", ["ids"], ["same"])]
    same = helper.make_tensor_value_info("same", TensorProto.INT64, None)
    graph = helper.make_graph(nodes, "plain", [x, ids], [y, same])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def test_a_file_of_another_origin_is_timed_on_windows_only(tmp_path: Path) -> None:
    benchmark = quick(plain(tmp_path / "free.onnx", "batch"), steps=7)
    assert [(row.what, row.batch, row.steps) for row in benchmark.rows] == [("window", 1, 7), ("window", 8, 7)]


def test_a_file_with_a_fixed_batch_is_timed_with_that_batch(tmp_path: Path) -> None:
    benchmark = quick(plain(tmp_path / "fixed.onnx", 3))
    assert [(row.what, row.batch) for row in benchmark.rows] == [("window", 3)]


def test_a_batch_size_that_the_graph_cannot_run_is_skipped(tmp_path: Path) -> None:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [1, 2])
    graph = helper.make_graph([helper.make_node("Reshape", ["x", "shape"], ["y"])], "plain", [x], [y], [shape])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    benchmark = quick(tmp_path / "m.onnx")
    assert [(row.what, row.batch, row.steps) for row in benchmark.rows] == [("window", 1, 1)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 0.0}, r"^seconds: expected more than 0, got 0\.$"),
        ({"seconds": float("nan")}, r"^seconds: expected more than 0, got nan\.$"),
        ({"threads": ()}, r"^threads: expected at least 1, got none\.$"),
        ({"threads": (1, 0)}, r"^threads: expected at least 1, got 1, 0\.$"),
        ({"steps": 0}, r"^window: expected at least 1 time step, got 0\.$"),
    ],
)
def test_invalid_options_are_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        quick(tmp_path, **options)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"got a folder without model\.onnx\. Copy it there\.$"):
        open_trial(tmp_path)


def test_progress_receives_every_turn_and_start(threshold_parts, tmp_path: Path) -> None:
    reports: dict[str, list[float]] = {}

    class Recorder:
        def note(self, text: str) -> None:
            raise AssertionError(text)

        @contextmanager
        def bar(self, description: str, total: float | None, unit: str):
            reports[description] = [total or 0, 0]

            def advance(step: float) -> None:
                reports[description][1] += step

            yield advance

    quick(threshold_parts.write(tmp_path / "b"), progress=Recorder())
    assert reports == {"timing": [3 * ROUNDS] * 2, "starting fresh processes": [STARTS] * 2}


def test_the_machine_is_described() -> None:
    facts = machine.machine_facts()
    assert all(facts.values()), facts
    assert machine.version("no-such-package") is None


def test_the_processor_name_is_read_from_cpuinfo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\n\nModel\t\t: Raspberry Pi 4 Model B\n")
    monkeypatch.setattr(machine, "_CPU_INFO", tmp_path / "cpuinfo")
    assert machine.processor() == "Raspberry Pi 4 Model B"
    monkeypatch.setattr(machine, "_CPU_INFO", tmp_path / "none")
    assert machine.processor()


def test_resident_memory_without_proc_is_the_peak_or_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_MEMORY", tmp_path / "none")
    most = machine.resident_bytes()
    assert most is None or most > 1e6


def test_a_bundle_with_sample_ages_as_input_is_timed(live_parts, tmp_path: Path) -> None:
    spec = dataclasses.replace(live_parts.manifest.input, features=(Feature("acc_x", "g"),), fill="hold", gaps=True)
    manifest = dataclasses.replace(live_parts.manifest, input=spec)
    benchmark = quick(dataclasses.replace(live_parts, manifest=manifest).write(tmp_path / "b"))
    assert {row.what for row in benchmark.rows} == {"answer", "window", "sample"}
