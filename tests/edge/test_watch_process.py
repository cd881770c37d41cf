"""`zoo watch` as a process that loses its input, output or disk, or is killed."""

import contextlib
import itertools
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
HEADER = "time_s,acc_x,gyro_x\n"
#: Seconds after which waiting fails.
PATIENCE_S = 60
#: Signals that stop a watch.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def bundle(live_parts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_parts.write(tmp_path_factory.mktemp("exported") / "live")


@pytest.fixture(autouse=True)
def _signals_are_not_ignored() -> Iterator[None]:
    """Restores signals ignored by `nohup` or a shell's `&`: child processes would inherit that and never stop."""
    ignored = [number for number in STOP_SIGNALS if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture
def start(bundle: Path) -> Iterator[Start]:
    """Starts a watch whose input, output and errors are pipes, and waits until it is ready."""
    started: list[subprocess.Popen[str]] = []

    def begin(*options: object, **settings: Any) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "zoo", "watch", str(bundle), *map(str, options)],
            text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, **pipes,
        )  # fmt: skip
        started.append(process)
        if process.stderr is not None:
            while "watching" not in (line := process.stderr.readline()):
                process.notices = [*getattr(process, "notices", []), line]  # type: ignore[attr-defined]
                assert line, "the process ended at start"
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def swings(count: int = 400) -> np.ndarray:
    random = np.random.default_rng(3)
    return np.sin(np.arange(count)[:, None] * [0.11, 0.07]) * 2 + 0.3 * random.standard_normal((count, 2))


def rows(values: np.ndarray, first: int = 0) -> str:
    return "".join(f"{(first + n) / 10:.1f},{x:.4f},{y:.4f}\n" for n, (x, y) in enumerate(values))


def events(out: str) -> list[dict[str, Any]]:
    """Events without the time of the report."""
    records = [json.loads(line) for line in out.splitlines()]
    assert all(record.pop("at").endswith("Z") for record in records)
    return records


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.02)


def write(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.flush()


def samples(state: Path) -> int:
    """The number of samples that a saved state has counted."""
    return json.loads(state.read_bytes().partition(b"\n")[2])["health"]["samples"] if state.exists() else 0


@pytest.fixture
def undisturbed(start: Start) -> list[dict[str, Any]]:
    process = start()
    out, err = process.communicate(HEADER + rows(swings()), PATIENCE_S)
    assert process.returncode == 0
    assert err.startswith("health: samples=400 invalid=0 late=0 malformed=0")
    records = events(out)
    assert [record["state"] for record in records] == ["raised", "over"] * (len(records) // 2)
    assert len(records) >= 6
    return records


def test_a_killed_watch_continues_from_its_state(
    start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path
) -> None:
    state, values, out = tmp_path / "state", swings(), tmp_path / "out"
    cuts = (0, 90, 91, 203, 310, 400)
    with open(out, "w") as file:
        for first, end in itertools.pairwise(cuts):
            process = start("--state", state, "--save-every", 0.1, "--health", 0, stdout=file)
            write(process, HEADER + rows(values[first:end], first))
            until(lambda end=end: samples(state) == end)
            if end < 400:
                process.send_signal(signal.SIGKILL)
                assert process.wait(PATIENCE_S) == -signal.SIGKILL
            else:
                assert process.communicate(timeout=PATIENCE_S)[1] == ""
    assert events(out.read_text()) == undisturbed


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0)])
def test_a_stopped_watch_saves_its_state(
    start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    state, values = tmp_path / "state", swings()
    process = start("--state", state, "--save-every", 0.1)
    write(process, HEADER + rows(values[:200]))
    until(lambda: samples(state) == 200)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, "Traceback" in err) == (code, False)
    restarted = start("--state", state)
    second_out, _ = restarted.communicate(HEADER + rows(values[200:], 200), PATIENCE_S)
    assert events(out + second_out) == undisturbed


def test_an_ignored_signal_does_not_stop_the_watch(start: Start, undisturbed: list[dict[str, Any]]) -> None:
    """As under `nohup`, where the watch outlives the terminal."""
    process = start("--health", 0, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    write(process, HEADER)
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(rows(swings()), PATIENCE_S)
    assert (process.returncode, events(out)) == (0, undisturbed)


def test_without_a_state_the_event_in_progress_ends_when_the_watch_stops(start: Start) -> None:
    process = start("--health", 0)
    assert process.stdout is not None
    write(process, HEADER)
    values = swings()
    for number in range(0, 400, 10):  # until something is raised
        write(process, rows(values[number : number + 10], number))
    line = process.stdout.readline()
    assert json.loads(line)["state"] == "raised"
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    assert len(events(line + process.stdout.read())) % 2 == 0


def test_a_closed_output_ends_the_watch_quietly(start: Start, tmp_path: Path) -> None:
    process, state = start("--health", 0, "--state", tmp_path / "state"), tmp_path / "state"
    assert process.stdout is not None
    process.stdout.close()
    write(process, HEADER + rows(swings()))
    assert process.wait(PATIENCE_S) == 1
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert samples(state) == 400


def test_unreadable_lines_do_not_stop_the_watch(start: Start, undisturbed: list[dict[str, Any]]) -> None:
    lines = (HEADER + rows(swings())).splitlines()
    rubbish = ["1,2", "1,2,3,4", "half,a,line", "\x00\x01", "7" * 100_000, "{}", "[", '"']
    for place in (380, 200, 150, 1):
        lines[place:place] = rubbish
    process = start()
    process.stdin.reconfigure(encoding="latin-1")  # type: ignore[union-attr]
    out, err = process.communicate("\n".join(lines) + "\n\xff\xfe,\xff,\xff\n", PATIENCE_S)
    assert process.returncode == 0
    assert events(out) == undisturbed
    assert "malformed=33" in err
    assert "(33 so far)" in err
    assert "Traceback" not in err


def test_a_full_disk_does_not_stop_the_watch(start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path) -> None:
    state = tmp_path / "state"

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    process = start("--state", state, preexec_fn=small_files)
    out, err = process.communicate(HEADER + rows(swings()), PATIENCE_S)
    assert process.returncode == 0
    assert events(out) == undisturbed
    assert f"{state}: cannot be saved: File too large. The watch continues and retries." in err
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_state_is_reported_in_one_line_and_renamed(
    start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.write_bytes(b"zoo.stream 1234\n{}\n")
    process = start("--state", state, "--health", 0)
    out, err = process.communicate(HEADER + rows(swings()), PATIENCE_S)
    assert (events(out), err) == (undisturbed, "")
    notices = process.notices  # type: ignore[attr-defined]
    assert notices == [
        f"{state}: state: the bytes are damaged or cut short. Start without them. The file was "
        "renamed to state.bad, and the stream was reset.\n"
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"state", "state.bad"}


def test_a_recording_is_played_and_a_command_is_run(
    start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(HEADER + rows(swings()))
    process = start(
        tmp_path / "a.csv", "--speed", "max", "--health", 0, "--exec", f"cat >> {tmp_path}/received; echo $ZOO_STATE"
    )
    out, err = process.communicate(timeout=PATIENCE_S)
    assert events(out) == events((tmp_path / "received").read_text()) == undisturbed
    assert err.split() == [record["state"] for record in undisturbed]


def test_a_played_recording_reports_its_first_events_before_it_ends(
    start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(HEADER + rows(swings()) + "9999,0,0\n")
    process = start(tmp_path / "a.csv", "--speed", "100", "--health", 0)
    assert process.stdout is not None
    first = [process.stdout.readline() for _ in range(4)]
    assert process.poll() is None
    assert events("".join(first)) == undisturbed[:4]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130


def test_json_lines_give_the_same_events(start: Start, undisturbed: list[dict[str, Any]]) -> None:
    lines = [line.split(",") for line in rows(swings()).splitlines()]
    text = "\n".join(f'{{"gyro_x": {y}, "acc_x": {x}, "time": {t}}}' for t, x, y in lines)
    out, _ = start("--format", "json").communicate(text, PATIENCE_S)
    assert events(out) == undisturbed


def test_a_wrong_header_is_refused(start: Start) -> None:
    process = start("--health", 0)
    out, err = process.communicate("acc_z,gyro_x\n1,2\n", PATIENCE_S)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("standard input:1: no column 'acc_x'")


def test_on_a_terminal_the_score_is_displayed(bundle: Path) -> None:
    pty = pytest.importorskip("pty")
    reader, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "zoo", "watch", str(bundle)],
        stdin=subprocess.PIPE, stdout=terminal, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "200"},
    )  # fmt: skip
    os.close(terminal)
    _, err = process.communicate((HEADER + rows(swings())).encode(), PATIENCE_S)
    output = b""
    try:
        while chunk := os.read(reader, 65536):
            output += chunk
    except OSError:  # on Linux, the other side is closed
        pass
    os.close(reader)
    assert (process.returncode, err) == (0, b"")
    text = output.decode()
    for part in ("hand-made", "threshold 0.6", "bed-exit raised, score", "ended after", "health: samples=400", "▇"):
        assert part in text
    assert '{"event"' not in text
