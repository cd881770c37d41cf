"""`zoo watch` as a process: what it does when its input, its output, its disk or its life is taken away."""

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
#: Seconds after which something that is waited for will not come.
PATIENCE_S = 60
#: By which a watch is asked to stop.
ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def bundle(live_parts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_parts.write(tmp_path_factory.mktemp("exported") / "live")


@pytest.fixture(autouse=True)
def _signals_are_heard() -> Iterator[None]:
    """What `nohup` and a shell's `&` have ignored, a process hands on to those that it starts: then none would stop."""
    ignored = [one for one in ASKING if signal.getsignal(one) == signal.SIG_IGN]
    for one in ignored:
        signal.signal(one, signal.SIG_DFL)
    yield
    for one in ignored:
        signal.signal(one, signal.SIG_IGN)


@pytest.fixture
def start(bundle: Path) -> Iterator[Start]:
    """Starts a watch whose input, output and errors are pipes, and waits until it listens."""
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
                process.said = [*getattr(process, "said", []), line]  # type: ignore[attr-defined]
                assert line, "it ended at once"
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
    """Events without the moment at which they were told."""
    found = [json.loads(line) for line in out.splitlines()]
    assert all(one.pop("at").endswith("Z") for one in found)
    return found


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def write(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.flush()


def samples(state: Path) -> int:
    """How many samples a state has seen."""
    return json.loads(state.read_bytes().partition(b"\n")[2])["health"]["samples"] if state.exists() else 0


@pytest.fixture
def undisturbed(start: Start) -> list[dict[str, Any]]:
    process = start()
    out, err = process.communicate(HEADER + rows(swings()), PATIENCE_S)
    assert process.returncode == 0
    assert err.startswith("health: samples=400 invalid=0 late=0 malformed=0")
    found = events(out)
    assert [one["state"] for one in found] == ["raised", "over"] * (len(found) // 2)
    assert len(found) >= 6
    return found


def test_a_watch_that_is_killed_goes_on_where_it_was(
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
def test_a_watch_that_is_asked_to_stop_keeps_its_state(
    start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    state, values = tmp_path / "state", swings()
    process = start("--state", state, "--save-every", 0.1)
    write(process, HEADER + rows(values[:200]))
    until(lambda: samples(state) == 200)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, "Traceback" in err) == (code, False)
    again = start("--state", state)
    rest, _ = again.communicate(HEADER + rows(values[200:], 200), PATIENCE_S)
    assert events(out + rest) == undisturbed


def test_a_signal_that_was_ignored_before_does_not_stop_it(start: Start, undisturbed: list[dict[str, Any]]) -> None:
    """As under `nohup`: the watch outlives the terminal."""
    process = start("--health", 0, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    write(process, HEADER)
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(rows(swings()), PATIENCE_S)
    assert (process.returncode, events(out)) == (0, undisturbed)


def test_without_a_state_the_event_that_goes_on_is_over_when_it_stops(start: Start) -> None:
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
    rest = process.stdout.read()
    assert len(events(line + rest)) % 2 == 0


def test_a_reader_that_leaves_ends_it_quietly(start: Start, tmp_path: Path) -> None:
    process, state = start("--health", 0, "--state", tmp_path / "state"), tmp_path / "state"
    assert process.stdout is not None
    process.stdout.close()
    write(process, HEADER + rows(swings()))
    assert process.wait(PATIENCE_S) == 1
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert samples(state) == 400


def test_lines_that_cannot_be_read_do_not_stop_it(start: Start, undisturbed: list[dict[str, Any]]) -> None:
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
    assert "(33 such so far)" in err
    assert "Traceback" not in err


def test_a_full_disk_does_not_stop_it(start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path) -> None:
    state = tmp_path / "state"

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    process = start("--state", state, preexec_fn=small_files)
    out, err = process.communicate(HEADER + rows(swings()), PATIENCE_S)
    assert process.returncode == 0
    assert events(out) == undisturbed
    assert f"{state}: cannot be saved: File too large. The watch goes on and tries again." in err
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_state_is_told_in_one_line_and_moved_aside(
    start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.write_bytes(b"zoo.stream 1234\n{}\n")
    process = start("--state", state, "--health", 0)
    out, err = process.communicate(HEADER + rows(swings()), PATIENCE_S)
    assert (events(out), err) == (undisturbed, "")
    said = process.said  # type: ignore[attr-defined]
    assert said == [
        f"{state}: state: the bytes are damaged or cut short. Begin without them. Kept as state.bad; begun anew.\n"
    ]
    assert {one.name for one in tmp_path.iterdir()} == {"state", "state.bad"}


def test_a_recording_is_played_and_a_command_is_run(
    start: Start, undisturbed: list[dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(HEADER + rows(swings()))
    process = start(
        tmp_path / "a.csv", "--speed", "max", "--health", 0, "--exec", f"cat >> {tmp_path}/told; echo $ZOO_STATE"
    )
    out, err = process.communicate(timeout=PATIENCE_S)
    assert events(out) == events((tmp_path / "told").read_text()) == undisturbed
    assert err.split() == [one["state"] for one in undisturbed]


def test_a_played_recording_gives_its_first_events_before_it_is_over(
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


def test_json_lines_give_the_same(start: Start, undisturbed: list[dict[str, Any]]) -> None:
    lines = [line.split(",") for line in rows(swings()).splitlines()]
    text = "\n".join(f'{{"gyro_x": {y}, "acc_x": {x}, "time": {t}}}' for t, x, y in lines)
    out, _ = start("--format", "json").communicate(text, PATIENCE_S)
    assert events(out) == undisturbed


def test_a_wrong_header_is_refused(start: Start) -> None:
    process = start("--health", 0)
    out, err = process.communicate("acc_z,gyro_x\n1,2\n", PATIENCE_S)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("standard input:1: no column 'acc_x'")


def test_on_a_terminal_the_score_is_shown(bundle: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "zoo", "watch", str(bundle)],
        stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "200"},
    )  # fmt: skip
    os.close(theirs)
    _, err = process.communicate((HEADER + rows(swings())).encode(), PATIENCE_S)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # how Linux tells that the other side is closed
        pass
    os.close(ours)
    assert (process.returncode, err) == (0, b"")
    text = shown.decode()
    for part in ("hand-made", "threshold 0.6", "bed-exit raised, score", "ended after", "health: samples=400", "▇"):
        assert part in text
    assert '{"event"' not in text
