"""The latency benchmark: its page, its figure, and contenders that cannot or must not be timed."""

import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks.elsewhere import Elsewhere
from benchmarks.export_latency import __main__ as export_latency
from benchmarks.export_latency import contenders
from benchmarks.export_latency.contenders import CONTENDERS, TOLERANCE, Contender, start
from benchmarks.export_latency.exporters import EXPORTERS, Exporter, count_nodes, export
from benchmarks.export_latency.picture import COLORS, draw
from benchmarks.export_latency.report import page
from benchmarks.export_latency.results import FileFacts, Measurement, Results, from_json
from benchmarks.models import Case, build, expected, make_input
from benchmarks.reasons import LONGEST, Unmeasured, why
from benchmarks.timing import Timed, compare, interleave, take_turn

OUTPUT = np.array([[0.25, 0.75]], np.float32)
SETTINGS = {"batches": (1, 32), "fill_s": 0.001, "rounds": 2, "quick": True}
OPENVINO_MESSAGE = """Exception from src/inference/src/cpp/core.cpp:132:
Check 'false' failed at src/frontends/common_translators/src/unconverted_ops_report.cpp:151:
FrontEnd API failed with OpConversionFailure:
Model wasn't fully converted. Failed operations detailed log:
-- Loop-15 with a message:
Summary:
-- Conversion is failed for: Loop-15
"""


@pytest.fixture(scope="module")
def masked() -> Case:
    return build("rnn", "masked")


@pytest.fixture
def results() -> Results:
    about = {
        "date": "2030-01-02",
        "machine": {"cpu": "A | B", "cores": 2, "system": "Linux x86_64", "load": 0.1},
        "versions": {"Python": "3.11", "openvino": None},
        "settings": {**SETTINGS, "batches": [1, 32]},
    }
    measurements = [
        Measurement("rnn", "plain", 1, "ours", "timed", None, 1e-7, ms=0.5, cpu=1.0, rounds_ms=(0.5, 0.5)),
        Measurement("rnn", "plain", 1, "keras", "timed", None, 1e-7, ms=5.5, ratio=11.04, low=9.96, high=12.5, cpu=1.0),
        Measurement("rnn", "plain", 1, "openvino", "wrong", "differs", 0.3),
        Measurement("rnn", "plain", 1, "pytorch", "skipped", "torch is not installed"),
        Measurement("rnn", "plain", 32, "ours", "timed", None, 1e-7, ms=19.2, cpu=1.0),
        Measurement("rnn", "plain", 32, "keras", "timed", None, 1e-7, ms=9.1, ratio=0.474, low=0.45, high=0.5, cpu=1.0),
        Measurement("gru", "masked", 32, "ours", "skipped", "differs"),
        Measurement("gru", "masked", 32, "keras", "timed", None, 1e-7, ms=9.1, cpu=1.0),
    ]
    files = [
        FileFacts("rnn", "plain", "ours", None, None, 55_400, 0.031, 8, 0, 2, "right"),
        FileFacts("rnn", "plain", "litert", 32, "no converter"),
    ]
    titles = {key: contender.title for key, contender in CONTENDERS.items()}
    return Results(about, titles, tuple(files), tuple(measurements))


def test_ratios_are_computed_within_each_round() -> None:
    ours = Timed((1.0, 10.0, 100.0), cpu=1.0)
    theirs = Timed((2.0, 30.0, 400.0), cpu=1.0)
    ratio = compare(theirs, ours)
    assert (ratio.median, ratio.low, ratio.high) == pytest.approx((3.0, 2.2, 3.8))


def test_every_contender_has_a_turn_in_every_round_in_rotating_order() -> None:
    turns: list[str] = []

    def runner(key: str):
        return lambda: turns.append(key) or OUTPUT

    timed = interleave({key: runner(key) for key in "abc"}, rounds=3, fill_s=0.0)
    assert {key: len(times.seconds) for key, times in timed.items()} == {"a": 3, "b": 3, "c": 3}
    turns = turns[3 * 6 :]  # after the warm-up of each contender
    order = "".join(key for key, previous in zip(turns, ["", *turns[:-1]], strict=True) if key != previous)
    assert order == "abcbcacab"  # abc, bca, cab


def test_a_table_shows_times_ratios_and_reasons_for_missing_times(results: Results) -> None:
    table = page(results).split("## Batch 1\n\n")[1].split("\n## ")[0]
    assert "| SimpleRNN | 0.50 ms | - | 5.50 ms, **11x** (10 to 12) | - | - | wrong (1) | - | skipped (2) |" in table
    assert table.endswith("\n1. differs\n2. torch is not installed\n")


def test_the_page_lists_faster_contenders_and_warns_about_a_quick_run(results: Results) -> None:
    text = page(results)
    assert "* SimpleRNN, batch 32: Keras export, 9.10 ms, 0.47 of our time" in text
    assert "is slower than the `Loop` at batch 32 (0.47 of our time)" in text
    assert "SimpleRNN: 0.50 ms for one row, 0.60 ms per row in a batch of 32" in text
    assert "| SimpleRNN | ours | 55 | 8 | 2 | 0 | 0.03 | right |" in text
    assert "| SimpleRNN | LiteRT, batch 32 | - | - | - | - | - | no file: no converter |" in text
    assert "openvino missing" in text
    assert "quick run" in text
    assert "busy" not in text


def test_the_page_warns_if_openvino_continues_through_padding(results: Results) -> None:
    fixed = Measurement("rnn", "plain", 1, "openvino-fixed", "timed", ms=0.5)
    warning = "OpenVINO respects `sequence_lens`, which end masked rows, only if the batch size is fixed."
    assert warning in page(replace(results, measurements=(*results.measurements, fixed)))
    assert warning not in page(results)


def test_the_page_warns_about_a_busy_machine(results: Results) -> None:
    busy = Measurement("rnn", "plain", 1, "ours", "timed", ms=0.5, cpu=0.6)
    assert "The machine was busy" in page(Results(results.about, results.contenders, (), (busy,)))


def test_results_survive_json(results: Results) -> None:
    assert from_json(results.to_json()) == results


def test_the_figure_is_drawn_if_times_are_missing(results: Results) -> None:
    assert draw(results).startswith(b"\x89PNG")
    assert set(COLORS) == set(CONTENDERS) - {"ours"}


def test_a_reason_has_one_line() -> None:
    assert why(Unmeasured("this version cannot")) == "this version cannot"
    assert why(ModuleNotFoundError("No module", name="torch")).startswith("torch is not installed; pip install")
    assert why(RuntimeError(OPENVINO_MESSAGE)) == "RuntimeError: Conversion is failed for: Loop-15"
    assert why(ValueError("\n\n  first\nsecond")) == "ValueError: first"
    assert why(ValueError("")) == "ValueError:"
    assert len(why(ValueError("long " * 100))) == LONGEST


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (OUTPUT + TOLERANCE / 2, None),
        (OUTPUT + 0.1, "differ from Keras's by 0.1"),
        (OUTPUT * np.nan, "differ from Keras's by nan"),
        (OUTPUT[0], "its output has shape (2,), Keras's (1, 2)"),
    ],
)
def test_only_contenders_with_correct_output_are_timed(masked: Case, output: np.ndarray, reason: str | None) -> None:
    prepared = start(masked, Contender("a", lambda *_: lambda: output, None), 1, {}, OUTPUT, OUTPUT)
    assert prepared.fit == (reason is None)
    assert reason is None or reason in str(prepared.reason)


def test_the_error_of_a_contender_is_its_reason(masked: Case) -> None:
    def refuse(*_: object):
        raise RuntimeError("cannot do this")

    prepared = start(masked, Contender("a", refuse, None), 1, {}, OUTPUT, OUTPUT)
    assert (prepared.run, prepared.reason) == (None, "RuntimeError: cannot do this")


def test_the_error_of_an_exporter_is_its_reason(
    masked: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    def noisy(*_: object) -> None:
        print("noise")
        raise ValueError("cannot write this")

    monkeypatch.setitem(EXPORTERS, "noisy", Exporter("noisy", noisy))
    path, facts = export(masked, "noisy", 1, tmp_path)
    assert (path, facts.reason) == (None, "ValueError: cannot write this")
    assert capfd.readouterr() == ("", "")


def test_nodes_inside_loops_are_counted(tmp_path: Path) -> None:
    from onnx import helper, save

    inner = helper.make_graph([helper.make_node("Identity", ["c"], ["d"])], "inner", [], [])
    graph = helper.make_graph([helper.make_node("Loop", [], [], body=inner)], "outer", [], [])
    save(helper.make_model(graph), tmp_path / "model.onnx")
    assert count_nodes(tmp_path / "model.onnx") == (2, 1, 0)


def test_masked_input_is_padded_on_the_right(masked: Case) -> None:
    x = make_input(masked, 5)
    lengths = (x != 0).sum(1)
    assert lengths[0] == 70
    assert len(set(lengths)) > 1
    assert all((row[:length] != 0).all() for row, length in zip(x, lengths, strict=True))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("variant", ["bidirectional", "masked"])
def test_pytorch_computes_the_same_output(cell: str, variant: str) -> None:
    if find_spec("torch") is None:
        pytest.skip("torch is not installed: pip install -e '.[bench]'")
    case = build(cell, variant)
    x = make_input(case, 3)
    prepared = start(case, CONTENDERS["pytorch"], 3, {}, x, expected(case, x))
    try:
        assert prepared.reason is None
        assert prepared.run is not None
        turn = take_turn(prepared.run, 4)
        assert len(turn.seconds) == 4
        assert 0 < sum(turn.seconds) <= turn.wall
        assert "torch" not in sys.modules
    finally:
        prepared.close()


#: A runtime for a separate process: returns its process id, refuses, or ends its process.
PEER = """
import os
import numpy as np

def load(behaviour):
    if behaviour == "refuse":
        raise ValueError("cannot run this")
    if behaviour == "import":
        import no_such_runtime

    def run():
        if behaviour == "die":
            os._exit(3)
        return np.full(2, os.getpid())
    return run
"""


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "a_peer.py").write_text(PEER)
    monkeypatch.syspath_prepend(tmp_path)
    return "a_peer"


def test_a_runtime_in_a_separate_process_answers_and_times_itself(peer: str) -> None:
    run = Elsewhere(peer, "answer")
    try:
        assert run()[0] != os.getpid()
        assert take_turn(run, 3).wall > 0
        assert interleave({"peer": run, "here": lambda: OUTPUT}, rounds=2, fill_s=0.0)["peer"].seconds
        assert peer not in sys.modules
    finally:
        run.close()


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("refuse", "ValueError: cannot run this"),
        ("import", "no_such_runtime is not installed; pip install"),
        ("die", "its process ended with code 3"),
    ],
)
def test_the_failure_of_a_separate_process_is_its_reason(peer: str, behaviour: str, reason: str, masked: Case) -> None:
    def load(*_: object) -> Elsewhere:
        return Elsewhere(peer, behaviour)

    prepared = start(masked, Contender("a", load, None), 1, {}, OUTPUT, OUTPUT)
    assert prepared.run is None
    assert str(prepared.reason).startswith(reason)


def no_openvino() -> np.ndarray:
    raise RuntimeError("not this one")


def test_a_model_is_measured_from_file_to_ratio(masked: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twin = {"ours": CONTENDERS["ours"], "keras": Contender("twin", CONTENDERS["ours"].load, "ours")}
    monkeypatch.setattr(contenders, "CONTENDERS", twin)
    monkeypatch.setattr(contenders, "EXPORTERS", {"ours": EXPORTERS["ours"]})
    monkeypatch.setattr(contenders, "in_openvino", lambda *_: no_openvino)
    files, measurements = export_latency.measure(masked, SETTINGS, tmp_path)
    assert [(file.native, file.loops) for file in files] == [(2, 0)]
    assert files[0].openvino == "refused: RuntimeError: not this one"
    assert [(time.batch, time.contender, time.status) for time in measurements] == [
        (batch, key, "timed") for batch in (1, 32) for key in twin
    ]
    assert all(time.ms and len(time.rounds_ms) == 2 for time in measurements)
    assert [time.ratio is None for time in measurements] == [True, False, True, False]


def test_an_interrupted_run_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def interrupted(options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(export_latency, "set_environment", lambda: None)
    monkeypatch.setattr(export_latency, "run", interrupted)
    assert export_latency.main(["--out", str(tmp_path)]) == 130
    assert list(tmp_path.iterdir()) == []
    assert "nothing was written" in capsys.readouterr().err


def test_redrawing_requires_earlier_numbers(
    tmp_path: Path, results: Results, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(export_latency, "set_environment", lambda: None)
    assert export_latency.main(["--redraw", "--out", str(tmp_path)]) == 2
    assert "expected the numbers of an earlier run, got no file" in capsys.readouterr().err
    (tmp_path / "export_latency.json").write_text(results.to_json())
    assert export_latency.main(["--redraw", "--out", str(tmp_path)]) == 0
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".md", ".png"]


def test_a_partial_run_does_not_overwrite_the_published_numbers() -> None:
    assert export_latency.parse([]).out == Path("docs/measured")
    assert export_latency.parse(["--quick"]).out == Path("build/benchmarks")
    assert export_latency.parse(["--only", "gru"]).out == Path("build/benchmarks")
    assert export_latency.parse(["--quick", "--rounds", "7"]).rounds == 7
