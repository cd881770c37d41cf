"""The live benchmark's own parts: what it reads, what it feeds, what it writes down."""

import itertools
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.live import __main__ as live
from benchmarks.live.faults import Ended, Trial, compared, happened, provoked
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
        Fault("NaN", "20 | samples", "counted invalid=20", "nothing", True),
        Fault("broker gone", "killed", "not tried: no mosquitto here", "-", None),
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


def test_the_numbers_of_a_line_about_health_are_read() -> None:
    line = "health: samples=12 invalid=0 stuck_s=1.5 score=- resident_mb=80.1 cpu_percent=2.0"
    assert counted(line) == {"samples": 12, "invalid": 0, "stuck_s": 1.5, "resident_mb": 80.1, "cpu_percent": 2}


def test_the_walk_stays_within_the_limits_and_is_the_same_again() -> None:
    values = walk(FEATURES, 5000)
    np.testing.assert_array_equal(values, walk(FEATURES, 5000))
    assert not np.array_equal(values, walk(FEATURES, 5000, seed=1))
    assert (values.min(0) >= [-2, 13.75, -0.25]).all()
    assert (values.max(0) <= [2, 16.25, 0.25]).all()
    assert (np.ptp(values, axis=0) > [3.5, 2, 0.4]).all()
    assert np.abs(np.diff(values, axis=0)).max() < 1  # no jumps where it is reflected


def test_endless_lines_go_there_and_back_while_the_time_goes_on() -> None:
    values = walk(FEATURES, 3)
    found = list(itertools.islice(endless(values, 10.0), 8))
    assert [line.partition(",")[0] for line in found] == [f"{number / 10:.4f}" for number in range(8)]
    rests = [line.partition(",")[2] for line in found]
    assert rests == [*rests[:3], *rests[2::-1], *rests[:2]]
    assert found[:3] == lines(values, 10.0)
    assert lines(values, 10.0, 5)[0].startswith("0.5000,")
    assert header(SPEC) == "time_s,a,b,c\n"


def test_results_come_back_from_their_file(results: Results) -> None:
    assert from_json(results.to_json()) == results


def test_the_page_tells_memory_cost_and_faults(results: Results) -> None:
    text = page(results)
    for part in (
        "all 1 faults that were provoked went as they should",
        "| samples a second | 50,000 |",
        "| processor time a sample | 10.0 µs |",
        "| memory after 100,000 samples, smallest | 94.0 MB |",
        "| spread | 2.0 MB |",
        "stays within ±1.0 MB; in its second half -1.0 MB.",
        "| processor | 2.4 % of one core |",
        "| memory | 72.1 to 72.6 MB |",
        "| NaN | 20 \\| samples | counted invalid=20 | nothing |",
        "| broker gone | killed | not tried: no mosquitto here | - |",
        "were allowed one core together.",
    ):
        assert part in text
    assert draw(results).startswith(b"\x89PNG")


def test_what_went_wrong_is_not_hidden(results: Results) -> None:
    wrong = Fault("killed", "-", "it did not end", "not known", False)
    leak = Soak(2, 2, 0, 1.0, 1.0, 0, ((1, 80.0), (2, 90.0)), 0)
    about = {**results.about, "settings": {"quick": True, "cores": 2}}
    text = page(replace(results, about=about, soak=leak, faults=(*results.faults, wrong)))
    assert "\n1 of 2 faults went as they should, but not: killed.\n" in text
    assert "| **not as it should be**: it did not end |" in text
    assert "moves by more than 2 MB: within ±5.0 MB; in its second half +0.0 MB" in text
    assert "\n\n**A quick run: its numbers are for a first look only.**\n\nWhat" in text
    assert "were allowed 2 cores." in text


def test_what_happened_is_told_in_words(tmp_path: Path) -> None:
    one = Ended(2, [], [f"{tmp_path}/a: damaged."], {"samples": 3})
    assert happened(one, "samples", folder=tmp_path) == "exit code 2; said: `a: damaged.`; counted samples=3"
    assert happened(Ended(0, [], [], {})) == "exit code 0; said nothing"
    assert happened(Ended(0, [], ["x" * 200], {})).endswith("xx…`")
    assert not Ended(1, [], ["Traceback (most recent call last):"], {}).clean
    assert compared([{"a": 1}], [{"a": 1}]) == "all 1 events as undisturbed"
    assert compared([{"a": 1}], []) == "1 events, undisturbed 0"


def test_a_monitor_is_fed_and_heard(bundle: Path) -> None:
    monitor = Monitor(bundle)
    assert resident_mb(monitor.process.pid) > 10
    assert monitor.write("acc_x,gyro_x\n0.1,0.2\nrubbish\n0.2,0.3\n")
    assert monitor.end() == 0
    assert (monitor.counts["samples"], monitor.counts["malformed"]) == (2, 1)
    assert monitor.said == ["standard input:3: expected 2 cells, got 1: 'rubbish'. Skipped."]
    assert not monitor.write("1,2\n")


def test_a_monitor_that_does_not_end_is_killed_and_told(bundle: Path) -> None:
    monitor = Monitor(bundle, limit_s=0.01)
    with pytest.raises(Hangs, match="did not end by itself and was killed"):
        monitor.end()
    assert monitor.process.returncode == -signal.SIGKILL


def test_a_fault_that_hangs_is_a_row_like_the_others(trial: Trial) -> None:
    def no_answer(trial: Trial) -> Fault:
        raise Hangs("did not end")

    told: list[str] = []
    assert provoked([no_answer], trial, told.append) == (Fault("no answer", "-", "it did not end", "not known", False),)
    assert told == ["  no answer: it did not end"]


def test_faults_of_lines_and_files_are_provoked(trial: Trial) -> None:
    ready = trial.prepared()
    assert len(ready.undisturbed) > 2
    wanted = {"NaN", "clock set back", "too few channels", "tampered bundle", "newer state"}
    chosen = [one for one in (*input_faults(ready), *FILE_FAULTS) if one.__name__ in wanted]
    found = provoked(chosen, ready, [].append)
    assert {fault.fault for fault in found} == wanted
    assert [fault for fault in found if not fault.expected] == []


def test_files_are_changed_as_is_said(bundle: Path) -> None:
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
def test_a_short_try_does_not_write_to_the_documents(arguments: list[str], samples: int, out: Path) -> None:
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


def test_a_page_is_drawn_again_from_its_numbers(results: Results, tmp_path: Path) -> None:
    live.write(results, tmp_path)
    first = (tmp_path / "live.md").read_bytes()
    (tmp_path / "live.md").unlink()
    assert live.main(["--redraw", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "live.md").read_bytes() == first
    assert {one.name for one in tmp_path.iterdir()} == {"live.md", "live.json", "live.png"}
