"""The training benchmark: its workloads, the turns of its contenders, and its page."""

import dataclasses
import json
import subprocess
import sys
from importlib.util import find_spec
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.training_speed import __main__ as training_speed
from benchmarks.training_speed import race as training_race
from benchmarks.training_speed.picture import COLORS, draw, relative
from benchmarks.training_speed.products import Product, layer, products, time_products
from benchmarks.training_speed.race import WARM_UP, LossError, check_losses, measured, race, rotated
from benchmarks.training_speed.report import page
from benchmarks.training_speed.results import InputTimes, Measurement, ProductTimes, Results, from_json
from benchmarks.training_speed.turns import CONTENDERS, KEEP_MEMORY, Burst, Contender, Ready, Turn, Turns
from benchmarks.training_speed.workloads import EPOCH, ROWS, WORKLOADS, Row, rows_named

ROW = Row("W1", "lstm")
FAST = (0.1, 0.2, 0.1)
SLOW = (0.2, 0.6, 0.4)

#: A module of contenders, whose ways of training behave differently.
WAYS = """
import os

def prepare(row, way):
    if way == "refuses":
        raise ValueError(f"cannot train {row.name}")

    def train(turns):
        print("noise")
        turns.begin()
        number = 0
        while True:
            number += 1
            if way == "dies" and number == 4:
                os._exit(3)
            if way == "stumbles" and number == 4:
                raise ValueError("cannot go on")
            turns.stepped(float(os.environ.get("LOSS", 1 / number)))
    return train
"""


@pytest.fixture
def contenders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Contender]:
    (tmp_path / "ways_of_training.py").write_text(WAYS)
    monkeypatch.syspath_prepend(tmp_path)
    ways = ("steady", "refuses", "stumbles", "dies")
    return {way: Contender(way, "ways_of_training", way) for way in ways}


@pytest.fixture
def results() -> Results:
    about = {
        "date": "2030-01-02",
        "machine": {"cpu": "A", "cores": 2, "system": "Linux x86_64", "load": 0.1},
        "versions": {"Python": "3.11", "torch": None},
        "settings": {"rounds": 3, "seconds": 0.5, "core": 1, "quick": False},
    }
    measurements = [
        timed("W1", "lstm", "zoo", FAST),
        timed("W1", "lstm", "keras", SLOW),
        timed("W1", "lstm", "pytorch", (0.08, 0.1, 0.05)),
        timed("W1", "lstm", "pytorch-tuned", (0.09, 0.1, 0.2)),
        Measurement("W1", "lstm", "keras-jit", "skipped", "it refuses"),
        timed("W2-masked", "gru", "zoo", FAST),
        timed("W2-masked", "gru", "keras", SLOW),
    ]
    inputs = (InputTimes("bed-exit", None, 16, 2.0, 80.0), InputTimes("sentiment", "no data"))
    products = (ProductTimes("W1", "lstm", 20.0, 125.0), ProductTimes("W2", "rnn", 8.0, 110.0))
    titles = {key: contender.title for key, contender in CONTENDERS.items()}
    return Results(about, titles, tuple(measurements), inputs, products)


def timed(workload: str, cell: str, contender: str, seconds: tuple[float, ...]) -> Measurement:
    return Measurement(workload, cell, contender, "timed", None, 1.234, 1.8, 1.7, 1.0, 30, seconds)


def test_a_name_selects_a_row_or_all_rows_that_begin_with_it() -> None:
    assert rows_named("W2-masked-gru") == (Row("W2-masked", "gru"),)
    assert {row.workload for row in rows_named("W2")} == {"W2", "W2-masked"}
    assert len(rows_named("W2")) == 6
    assert rows_named("W") == rows_named("lstm") == ()
    assert len(ROWS) == 12


@pytest.mark.parametrize("workload", WORKLOADS)
def test_the_data_are_reproducible_and_have_one_epoch_of_full_batches(workload: str) -> None:
    x, y = WORKLOADS[workload].make_data()
    assert len(x) == len(y) == EPOCH * WORKLOADS[workload].batch
    again = WORKLOADS[workload].make_data()
    np.testing.assert_array_equal(x, again[0])
    np.testing.assert_array_equal(y, again[1])


def test_texts_are_padded_on_the_right_and_targets_are_the_next_words() -> None:
    full, padded = WORKLOADS["W2"].make_data()[0], WORKLOADS["W2-masked"].make_data()[0]
    assert full.min() > 0
    lengths = (padded != 0).sum(1)
    assert lengths.min() >= 50
    assert len(set(lengths)) > 50
    assert all((row[:length] != 0).all() for row, length in zip(padded, lengths, strict=True))
    x, y = WORKLOADS["W3"].make_data()
    np.testing.assert_array_equal(x[:, 1:], y[:, :-1])


#: Prints PyTorch's model of every row, and its loss before the first step of every workload; for a separate process,
#: because PyTorch and TensorFlow cannot share one.
IN_PYTORCH = """
import json, torch
from benchmarks.training_speed.in_pytorch import build
from benchmarks.training_speed.workloads import ROWS, WORKLOADS, Row

rows = {}
for row in ROWS:
    module, _, optimizer = build(row, {})
    weights = {name: array.numel() for name, array in module.named_parameters()}
    rate = optimizer.param_groups[0]["lr"]
    rows[row.name] = {"weights": weights, "optimizer": type(optimizer).__name__, "rate": rate}
losses = {}
for name, workload in WORKLOADS.items():
    module, loss, _ = build(Row(name, "rnn"), {})
    x, y = (torch.from_numpy(array[: workload.batch]) for array in workload.make_data())
    losses[name] = loss(module(x), y if y.is_floating_point() else y.long()).item()
print(json.dumps({"rows": rows, "losses": losses}))
"""


@pytest.fixture(scope="module")
def in_pytorch() -> dict[str, Any]:
    if find_spec("torch") is None:
        pytest.skip("torch is not installed: pip install -e '.[bench]'")
    process = subprocess.run(
        [sys.executable, "-c", IN_PYTORCH], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_keras_and_pytorch_build_the_same_model(row: Row, in_pytorch: dict[str, Any]) -> None:
    from benchmarks.training_speed import in_keras

    model, _, optimizer = in_keras.build(row)
    peer = in_pytorch["rows"][row.name]
    one_bias = row.cell != "gru"  # Keras's GRU has both biases
    weights = sum(size for name, size in peer["weights"].items() if not (one_bias and "bias_hh" in name))
    assert weights == model.count_params()
    assert type(optimizer).__name__ == peer["optimizer"]
    assert float(np.asarray(optimizer.learning_rate)) == pytest.approx(peer["rate"])


def loss_of_guessing(workload: str) -> float:
    return {"windows": np.log(6), "texts": np.log(2), "language": np.log(10_000)}[WORKLOADS[workload].kind]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_keras_starts_near_the_loss_of_guessing(workload: str) -> None:
    from benchmarks.training_speed import in_keras

    in_keras.keras.utils.set_random_seed(0)  # as `prepare` does
    model, loss, _ = in_keras.build(Row(workload, "rnn"))
    x, y = (array[: WORKLOADS[workload].batch] for array in WORKLOADS[workload].make_data())
    assert float(loss(y, model(x))) == pytest.approx(loss_of_guessing(workload), rel=0.25)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_pytorch_starts_near_the_loss_of_guessing(workload: str, in_pytorch: dict[str, Any]) -> None:
    assert in_pytorch["losses"][workload] == pytest.approx(loss_of_guessing(workload), rel=0.25)


def test_a_turn_counts_its_steps_except_the_first_and_those_between_epochs() -> None:
    parent, child = Pipe()
    for turn in (Turn(steps=1), Turn(steps=2, uncounted=1), Turn(steps=99), Turn(steps=99)):
        parent.send(turn)
    turns = Turns(child)
    turns.begin()
    for number, counted in enumerate((True, True, False, True, True)):
        turns.stepped(float(number), counted)
    assert isinstance(parent.recv(), Ready)
    bursts = [parent.recv(), parent.recv()]
    assert [(burst.steps, burst.loss) for burst in bursts] == [(1, 0.0), (2, 4.0)]
    assert all(burst.seconds > 0 for burst in bursts)
    assert not parent.poll()


def test_a_training_ends_when_the_parent_closes_the_connection() -> None:
    parent, child = Pipe()
    turns = Turns(child)
    parent.send(Turn(steps=1))
    turns.begin()
    parent.close()
    with pytest.raises((EOFError, BrokenPipeError)):
        turns.stepped(1.0)


def test_every_round_begins_with_the_next_contender() -> None:
    assert ["".join(rotated("abc", number)) for number in range(4)] == ["abc", "bca", "cab", "abc"]


def test_a_race_times_working_contenders_and_records_why_others_fail(contenders: dict[str, Contender], capfd) -> None:
    times = {time.contender: time for time in race(ROW, 3, 0.0, None, contenders)}
    steady = times.pop("steady")
    assert steady.status == "timed"
    assert (steady.first_loss, steady.loss) == (1.0, 1 / WARM_UP)
    assert (steady.steps, len(steady.rounds_s)) == (3 * training_race.FEWEST, 3)
    assert {key: (time.status, time.reason) for key, time in times.items()} == {
        "refuses": ("skipped", "ValueError: cannot train W1-lstm"),
        "stumbles": ("skipped", "ValueError: cannot go on"),
        "dies": ("skipped", "its process ended with code 3"),
    }
    assert capfd.readouterr() == ("", "")


def test_a_contender_that_does_not_answer_is_skipped(
    contenders: dict[str, Contender], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_race, "TIMEOUT_S", 0)
    (time,) = race(ROW, 1, 0.0, None, {"steady": contenders["steady"]})
    assert (time.status, time.reason) == ("skipped", "no answer within 0 s")


def test_a_child_has_its_own_environment_and_its_loss_is_checked(contenders: dict[str, Contender]) -> None:
    steady = contenders["steady"]
    equal = {key: dataclasses.replace(steady, environment={"LOSS": "2"}) for key in ("zoo", "keras")}
    assert [time.loss for time in race(ROW, 1, 0.0, None, equal)] == [2.0, 2.0]
    with pytest.raises(LossError, match=r"W1, LSTM: expected the zoo's loss .* within 0.001 of Keras's 2.000000, got "):
        race(ROW, 1, 0.0, None, {**equal, "zoo": steady})


@pytest.mark.parametrize("loss", [1.7011, float("nan")])
def test_different_losses_are_refused(results: Results, loss: float) -> None:
    times = {time.contender: time for time in results.measurements if time.workload == "W1"}
    check_losses(ROW, times)
    with pytest.raises(LossError, match="Their times are not comparable"):
        check_losses(ROW, {**times, "zoo": dataclasses.replace(times["zoo"], loss=loss)})


def test_the_time_of_a_round_is_its_seconds_divided_by_its_steps() -> None:
    bursts = [Burst(1, 3.0, 3.0, 1.9), Burst(7, 1.0, 1.0, 1.8), Burst(4, 1.0, 0.5, 1.0), Burst(2, 1.0, 1.0, 0.9)]
    time = measured(ROW, "zoo", bursts, None)
    assert (time.first_s, time.first_loss, time.loss, time.steps) == (3.0, 1.9, 1.8, 6)
    assert time.rounds_s == (0.25, 0.5)
    assert time.cpu == pytest.approx(0.75)
    assert time.rate == pytest.approx(1 / 0.375)


def test_ratios_are_computed_within_each_round() -> None:
    ratio = timed("W1", "lstm", "zoo", FAST).times_as_fast_as(timed("W1", "lstm", "keras", SLOW))
    assert (ratio.median, ratio.low, ratio.high) == pytest.approx((3.0, 2.2, 3.8))


def test_the_page_shows_rates_ratios_and_missing_times(results: Results) -> None:
    text = page(results)
    assert "| W1, LSTM | 10.0 | 2.5 | - | **12.5** | 10.0 |" in text
    assert "| W1, LSTM | **3.0x** (2.2 to 3.8) | - | **0.50x** (0.50 to 0.74) | **0.90x** (0.58 to 1.78) |" in text
    assert "| W1, LSTM | 1.23 | 1.23 | - | 1.23 | 1.23 |" in text
    assert "| W1, LSTM | 1.8000, 1.7000 | 1.8000, 1.7000 | - |" in text
    assert "* W1, LSTM: Keras jit was not timed: it refuses\n" in text
    assert "* W2 masked: texts of 50 to 200 tokens: " in text
    assert "W3: the next word" not in text
    assert "| bed-exit | 2.0 | 80 | 2.5 % |" in text
    assert "* sentiment was not timed: no data\n" in text
    assert "the input takes at most 2.5 % of a step: it does not slow the training down" in text
    assert "pinned to core 1" in text
    assert all(f"`{name}={value}`" in text for name, value in KEEP_MEMORY.items())
    assert "quick" not in text
    assert "busy" not in text


def test_the_page_shows_the_limit_that_the_products_set(results: Results) -> None:
    text = page(results)
    assert "| W1, LSTM | 20.0 | 125 | 100.0 | 400.0 | 20x |" in text
    assert "| W2, SimpleRNN | 8.0 | 110 | - | - | - |" in text


def test_a_layer_has_three_products_of_inputs_and_three_of_states() -> None:
    assert layer(batch=2, time=3, features=5, units=7, gates=4) == [
        Product(6, 5, 28),
        Product(5, 6, 28),
        Product(6, 28, 5),
        Product(2, 7, 28, count=3),
        Product(2, 28, 7, count=3),
        Product(7, 6, 28),
    ]
    assert Product(6, 28, 5) not in layer(2, 3, 5, 7, 4, inputs_learn=False)


def test_products_grow_with_the_gates_and_are_timed() -> None:
    operations = {
        row: sum(product.count * product.rows * product.inner * product.columns for product in products(row))
        for row in ROWS
    }
    for workload in ("W1", "W2", "W2-masked"):
        assert operations[Row(workload, "lstm")] == 4 * operations[Row(workload, "rnn")]
        assert operations[Row(workload, "gru")] == 3 * operations[Row(workload, "rnn")]
    softmax = 3 * 20 * 35 * 200 * 10_000
    assert operations[Row("W3", "lstm")] - softmax == 4 * (operations[Row("W3", "rnn")] - softmax)
    times = time_products(Row("W1", "rnn"), None)
    assert times.products_ms > 0
    assert times.gflops == pytest.approx(2e-6 * operations[Row("W1", "rnn")] / times.products_ms)


def section(text: str, heading: str) -> str:
    """The text between a heading and the next one."""
    return text.split(f"\n## {heading}\n\n")[1].split("\n\n## ")[0]


def test_the_page_lists_each_row_on_which_another_contender_is_faster(results: Results) -> None:
    assert section(page(results), "Where others are faster") == (
        "* W1, LSTM: PyTorch is faster than the zoo, with 12.5 steps per second against 10.0: the zoo reaches 0.50 of "
        "its speed (0.50 to 0.74).\n"
        "* W1, LSTM: PyTorch tuned is about as fast as the zoo, with 10.0 steps per second against 10.0: the zoo "
        "reaches 0.90 of its speed (0.58 to 1.78)."
    )
    masked = tuple(time for time in results.measurements if time.workload != "W1")
    nowhere, untimed = (
        page(dataclasses.replace(results, measurements=measurements)) for measurements in (masked, masked[1:])
    )
    assert section(nowhere, "Where others are faster") == "Nowhere in this run."
    assert section(untimed, "Where others are faster") == "* W2 masked, GRU: the zoo was not timed."


def test_a_run_of_only_the_input_has_no_tables_of_contenders(results: Results) -> None:
    text = page(dataclasses.replace(results, measurements=(), products=(), inputs=results.inputs[1:]))
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# Training speed",
        "## Input",
        "## How it was measured",
    ]
    assert section(text, "Input") == "* sentiment was not timed: no data"


def test_the_page_warns_about_a_quick_run_and_a_busy_machine(results: Results) -> None:
    busy = tuple(dataclasses.replace(time, cpu=0.6) for time in results.measurements)
    about = {**results.about, "settings": {**results.about["settings"], "quick": True, "core": None}}
    text = page(dataclasses.replace(results, about=about, measurements=busy))
    assert "**A quick run" in text
    assert "**The machine was busy" in text
    assert "on any core" in text


def test_results_survive_json(results: Results) -> None:
    assert from_json(results.to_json()) == results


def test_the_figure_has_bars_for_all_contenders_except_keras(results: Results) -> None:
    assert draw(results).startswith(b"\x89PNG")
    assert draw(dataclasses.replace(results, measurements=())).startswith(b"\x89PNG")
    assert set(COLORS) == set(CONTENDERS) - {"keras"}
    assert relative(results, ROW)["zoo"].median == pytest.approx(3.0)
    assert "keras-jit" not in relative(results, ROW)


def test_a_partial_run_does_not_overwrite_the_published_numbers() -> None:
    assert training_speed.parse([]).out == Path("docs/measured")
    assert training_speed.parse(["--quick"]).out == Path("build/benchmarks")
    assert training_speed.parse(["--rows", "W1", "input"]).out == Path("build/benchmarks")
    options = training_speed.parse(["--quick", "--rounds", "4", "--seconds", "0"])
    assert (options.rounds, options.seconds) == (4, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--rows", "W4"],
            "--rows: expected W1, W2, W2-masked, W3, one of their rows such as W1-rnn, or input, got 'W4'",
        ),
        (["--rounds", "0"], "--rounds: expected 1 or more, got 0."),
        (["--seconds", "-1"], "--seconds: expected 0 or more, got -1."),
    ],
)
def test_invalid_options_are_refused(arguments: list[str], message: str, capsys) -> None:
    with pytest.raises(SystemExit):
        training_speed.parse(arguments)
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [(LossError("They differ."), 1, "They differ. Nothing was written."), (KeyboardInterrupt(), 130, "Interrupted")],
)
def test_a_run_that_ends_early_writes_nothing(
    error: BaseException, code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def ends(*_: object) -> None:
        raise error

    monkeypatch.setattr(training_speed, "set_environment", lambda: None)
    monkeypatch.setattr(training_speed, "race", ends)
    assert training_speed.main(["--rows", "W1-rnn", "--out", str(tmp_path)]) == code
    assert list(tmp_path.iterdir()) == []
    assert message in capsys.readouterr().err


def test_redrawing_requires_earlier_numbers(
    tmp_path: Path, results: Results, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(training_speed, "set_environment", lambda: None)
    assert training_speed.main(["--redraw", "--out", str(tmp_path)]) == 2
    assert "expected the numbers of an earlier run, got no file" in capsys.readouterr().err
    (tmp_path / "training_speed.json").write_text(results.to_json())
    assert training_speed.main(["--redraw", "--out", str(tmp_path)]) == 0
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".md", ".png"]


@pytest.mark.thorough("of the contenders of a benchmark, each of which trains")
def test_every_contender_trains_a_row() -> None:
    times = {time.contender: time for time in race(Row("W1", "rnn"), 1, 0.0, None)}
    missing = [key for key, time in times.items() if time.status != "timed"]
    assert missing == ([] if find_spec("torch") else ["pytorch", "pytorch-tuned"])
    assert all(time.reason is None or time.reason.startswith("torch is not installed") for time in times.values())
    assert times["zoo"].loss == pytest.approx(times["keras-jit"].loss, abs=1e-3)
    assert times["zoo"].loss != times["zoo"].first_loss
