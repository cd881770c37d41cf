"""The parts of the live benchmark: its readings, its samples, its faults and its page."""

import itertools
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.live import __main__ as live
from benchmarks.live.faults import Ended, Trial, compared, outcome, provoked
from benchmarks.live.file_faults import FILE_FAULTS, newer_bundle, newer_state, tampered, truncated
from benchmarks.live.input_faults import input_faults
from benchmarks.live.picture import draw
from benchmarks.live.process import Hangs, Monitor, counted, cpu_s, resident_mb
from benchmarks.live.report import page
from benchmarks.live.results import Fault, Idle, Results, Soak, from_json
from benchmarks.live.samples import endless, header, lines, walk
from zoo.core.errors import InputError
from zoo.core.manifest import Feature, RecordingInput
from zoo.edge import load, saved

FEATURES = (Feature("a", "g", -8.0, 8.0), Feature("b", "", 10.0, 20.0), Feature("c"))
SPEC = RecordingInput(FEATURES, 12.5)


@pytest.fixture(scope="module")
def bundle(live_parts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_parts.write(tmp_path_factory.mktemp("exported") / "live")


@pytest.fixture
def trial(bundle: Path, tmp_path: Path) -> Trial:
    manifest = load(bundle).manifest
    assert isinstance(manifest.input, RecordingInput)
    assert manifest.streaming is not None
    return Trial(bundle, manifest.input, manifest.streaming.reset_after_s, 1.0, tmp_path)


@pytest.fixture
def results() -> Results:
    about = {
        "date": "2030-01-02", "machine": {"cpu": "A", "cores": 2, "system": "Linux", "load": 0.1},
        "versions": {"Python": "3.11"}, "bundle": "bed-exit", "settings": {"quick": False, "cores": 1},
    }  # fmt: skip
    readings = ((50_000, 80.0), (100_000, 94.0), (150_000, 96.0), (200_000, 95.0))
    soak = Soak(200_000, 200_000, 7, 4.0, 2.0, 100_000, readings, 0)
    faults = (
        Fault("NaN", "20 | samples", "counts: invalid=20", "nothing", True),
        Fault("broker unavailable", "killed", "not tested: mosquitto is not installed", "-", None),
    )
    return Results(about, soak, Idle(50.0, 60.0, 2.44, 72.1, 72.6), faults)


def test_memory_and_processor_time_are_read_from_proc(tmp_path: Path) -> None:
    process = tmp_path / "7"
    process.mkdir()
    (process / "status").write_text("Name:\tzoo\nVmPeak:\t 9000 kB\nVmRSS:\t    1000 kB\n")
    ticks = os.sysconf("SC_CLK_TCK")
    fields = " ".join(["S", *("0",) * 10, str(3 * ticks), str(ticks), "99", "99"])
    (process / "stat").write_text(f"7 (a name) with) {fields}\n")
    assert resident_mb(7, tmp_path) == 1.024
    assert cpu_s(7, tmp_path) == 4.0
    (process / "status").write_text("Name:\tzoo\n")
    with pytest.raises(ValueError, match=r"7/status: expected a line VmRSS, got none\. Is the process still running\?"):
        resident_mb(7, tmp_path)
    assert resident_mb(os.getpid()) > 10
    assert cpu_s(os.getpid()) > 0


def test_the_numbers_of_a_health_line_are_read() -> None:
    line = "health: samples=12 invalid=0 stuck_s=1.5 score=- resident_mb=80.1 cpu_percent=2.0"
    assert counted(line) == {"samples": 12, "invalid": 0, "stuck_s": 1.5, "resident_mb": 80.1, "cpu_percent": 2}


def test_the_walk_is_reproducible_and_within_the_limits() -> None:
    values = walk(FEATURES, 5000)
    np.testing.assert_array_equal(values, walk(FEATURES, 5000))
    assert not np.array_equal(values, walk(FEATURES, 5000, seed=1))
    assert (values.min(0) >= [-2, 13.75, -0.25]).all()
    assert (values.max(0) <= [2, 16.25, 0.25]).all()
    assert (np.ptp(values, axis=0) > [3.5, 2, 0.4]).all()
    assert np.abs(np.diff(values, axis=0)).max() < 1  # no jumps where it is reflected


def test_endless_lines_repeat_the_walk_forwards_and_backwards_with_increasing_times() -> None:
    values = walk(FEATURES, 3)
    rows = list(itertools.islice(endless(values, 10.0), 8))
    assert [row.partition(",")[0] for row in rows] == [f"{number / 10:.4f}" for number in range(8)]
    cells = [row.partition(",")[2] for row in rows]
    assert cells == [*cells[:3], *cells[2::-1], *cells[:2]]
    assert rows[:3] == lines(values, 10.0)
    assert lines(values, 10.0, 5)[0].startswith("0.5000,")
    assert header(SPEC) == "time_s,a,b,c\n"


def test_results_survive_json(results: Results) -> None:
    assert from_json(results.to_json()) == results


def test_the_page_shows_memory_processor_time_and_faults(results: Results) -> None:
    text = page(results)
    for part in (
        "all 1 provoked faults were handled as expected",
        "| samples per second | 50,000 |",
        "| processor time per sample | 10.0 µs |",
        "| memory after 100,000 samples, smallest | 94.0 MB |",
        "| spread | 2.0 MB |",
        "stays within ±1.0 MB; over the second half of that time it changes by -1.0 MB.",
        "| processor | 2.4 % of one core |",
        "| memory | 72.1 to 72.6 MB |",
        "| NaN | 20 \\| samples | counts: invalid=20 | nothing |",
        "| broker unavailable | killed | not tested: mosquitto is not installed | - |",
        "share one core.",
    ):
        assert part in text
    assert draw(results).startswith(b"\x89PNG")


def test_the_page_shows_unexpected_results(results: Results) -> None:
    wrong = Fault("killed", "-", "it did not end", "unknown", False)
    leak = Soak(2, 2, 0, 1.0, 1.0, 0, ((1, 80.0), (2, 90.0)), 0)
    about = {**results.about, "settings": {"quick": True, "cores": 2}}
    text = page(replace(results, about=about, soak=leak, faults=(*results.faults, wrong)))
    assert "\n1 of 2 faults were handled as expected; the exceptions: killed.\n" in text
    assert "| **not as expected**: it did not end |" in text
    assert "varies by more than 2 MB: within ±5.0 MB; over the second half of that time it changes by +0.0 MB" in text
    assert "\n\n**A quick run: its numbers are only rough.**\n\nThe memory" in text
    assert "may use 2 cores." in text


def test_the_outcome_of_a_monitor_is_described_in_words(tmp_path: Path) -> None:
    end = Ended(2, [], [f"{tmp_path}/a: damaged."], {"samples": 3})
    assert outcome(end, "samples", folder=tmp_path) == "exit code 2; message: `a: damaged.`; counts: samples=3"
    assert outcome(Ended(0, [], [], {})) == "exit code 0; no message"
    assert outcome(Ended(0, [], ["x" * 200], {})).endswith("xx…`")
    assert not Ended(1, [], ["Traceback (most recent call last):"], {}).clean
    assert compared([{"a": 1}], [{"a": 1}]) == "all 1 events as without the fault"
    assert compared([{"a": 1}], []) == "1 events, 0 without the fault"


def test_a_monitor_reads_input_and_its_output_is_recorded(bundle: Path) -> None:
    monitor = Monitor(bundle)
    assert resident_mb(monitor.process.pid) > 10
    assert monitor.write("acc_x,gyro_x\n0.1,0.2\nrubbish\n0.2,0.3\n")
    assert monitor.end() == 0
    assert (monitor.counts["samples"], monitor.counts["malformed"]) == (2, 1)
    assert monitor.messages == ["standard input:3: expected 2 cells, got 1: 'rubbish'. Skipped."]
    assert not monitor.write("1,2\n")


def test_a_monitor_that_does_not_end_is_killed_and_reported(bundle: Path) -> None:
    monitor = Monitor(bundle, limit_s=0.01)
    with pytest.raises(Hangs, match="did not end by itself and was killed"):
        monitor.end()
    assert monitor.process.returncode == -signal.SIGKILL


def test_a_fault_that_hangs_has_a_row(trial: Trial) -> None:
    def no_answer(trial: Trial) -> Fault:
        raise Hangs("did not end")

    reports: list[str] = []
    (fault,) = provoked([no_answer], trial, reports.append)
    assert fault == Fault("no answer", "-", "it did not end", "unknown", False)
    assert reports == ["  no answer: it did not end"]


def test_faults_of_lines_and_files_are_handled_as_expected(trial: Trial) -> None:
    prepared = trial.prepared()
    assert len(prepared.undisturbed) > 2
    names = {"NaN", "clock set back", "too few channels", "tampered bundle", "newer state"}
    provokers = [provoke for provoke in (*input_faults(prepared), *FILE_FAULTS) if provoke.__name__ in names]
    faults = provoked(provokers, prepared, [].append)
    assert {fault.fault for fault in faults} == names
    assert [fault for fault in faults if not fault.expected] == []


def test_files_are_changed_as_described(bundle: Path) -> None:
    data = (bundle / "model.onnx").read_bytes()
    assert len(truncated(data)) == len(data) // 2
    assert sum(a != b for a, b in zip(data, tampered(data), strict=True)) == 1
    assert newer_bundle(data) != data
    with pytest.raises(InputError, match=r"expected at most version 1, got 99"):
        saved.read(newer_state(saved.write({}, "m")), "m", "model")


@pytest.mark.parametrize(
    ("arguments", "samples", "out"),
    [
        ([], 5_000_000, Path("docs/measured")),
        (["--quick"], 300_000, Path("build/benchmarks")),
        (["--samples", "200000"], 200_000, Path("build/benchmarks")),
        (["--samples", "200000", "--out", "x"], 200_000, Path("x")),
    ],
)
def test_a_short_run_does_not_write_to_the_documentation(arguments: list[str], samples: int, out: Path) -> None:
    options = live.parse(arguments)
    assert (options.samples, options.out, options.bundle) == (samples, out, Path("exported/bed-exit"))


def test_wrong_options_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        live.parse(["--samples", "7"])
    assert "--samples: expected 100000 or more, got 7." in capsys.readouterr().err
    assert live.main(["--redraw", "--out", str(tmp_path)]) == 2
    assert "expected the numbers of an earlier run, got no file." in capsys.readouterr().err
    assert live.main([str(tmp_path / "no"), "--out", str(tmp_path)]) == 2
    assert "expected a bundle's folder or .onnx file, got nothing there." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_rewritten_from_its_numbers(results: Results, tmp_path: Path) -> None:
    live.write(results, tmp_path)
    first = (tmp_path / "live.md").read_bytes()
    (tmp_path / "live.md").unlink()
    assert live.main(["--redraw", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "live.md").read_bytes() == first
    assert {path.name for path in tmp_path.iterdir()} == {"live.md", "live.json", "live.png"}
