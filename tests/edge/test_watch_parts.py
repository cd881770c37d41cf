"""The parts of a monitor one by one: the inbox, the notices, the saved state, the command, the sources, the loop."""

import io
import json
import math
import os
import re
import subprocess
import sys
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.core.errors import DataError, InputError
from zoo.edge import Event, Stream, load
from zoo.edge.watch import keeping, pipe, replay, vitals
from zoo.edge.watch.command import WAITING, Command
from zoo.edge.watch.inbox import Batch, Inbox
from zoo.edge.watch.lines import Lines, Wanted
from zoo.edge.watch.loop import MOST_SAMPLES, Watch, merged
from zoo.edge.watch.notices import INTERVAL_S, Notices
from zoo.edge.watch.sinks import Output, event_record

NAMES = ("acc_x", "gyro_x")


def batch(*values: float, times: bool = False) -> Batch:
    rows = np.array([[value, 0.0] for value in values]).reshape(-1, 2)
    return Batch(rows, np.arange(len(rows), dtype=float) if times else None)


def firsts(batches: list[Batch]) -> list[float]:
    return [float(value) for part in batches for value in part.values[:, 0]]


class Recorder:
    """Records notices in a list."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now = 100.0
        self.notices = Notices(self.lines.append, lambda: self.now)


@pytest.fixture
def live(live_parts: Any, tmp_path: Path) -> Stream:
    stream = load(live_parts.write(tmp_path / "bundle")).stream()
    assert isinstance(stream, Stream)
    return stream


def test_put_waits_while_the_inbox_is_full() -> None:
    inbox, done = Inbox(capacity=3), threading.Event()

    def fill() -> None:
        for number in range(4):
            inbox.put(batch(number, number))
        done.set()

    threading.Thread(target=fill, daemon=True).start()
    taken: list[float] = []
    while len(taken) < 8:
        assert inbox.waiting <= 4
        taken += firsts(inbox.take(10)[0])
    assert taken == [0, 0, 1, 1, 2, 2, 3, 3]
    assert done.wait(10)
    assert inbox.dropped == 0


def test_an_offer_to_a_full_inbox_drops_the_oldest_samples() -> None:
    inbox = Inbox(capacity=3)
    assert [inbox.offer(batch(number)) for number in range(5)] == [0, 0, 0, 1, 1]
    assert (firsts(inbox.take(0)[0]), inbox.dropped) == ([2, 3, 4], 2)


def test_the_end_and_its_error_come_after_all_batches() -> None:
    inbox = Inbox()
    inbox.put(batch(1))
    inbox.end(InputError("gone."))
    batches, ended = inbox.take(None)
    assert (firsts(batches), ended) == ([1], False)
    with pytest.raises(InputError, match="gone"):
        inbox.take(None)
    closed = Inbox(capacity=0)
    threading.Timer(0, closed.close).start()
    assert closed.put(batch(1)) is False


def test_take_returns_nothing_after_its_timeout() -> None:
    assert Inbox().take(0.0) == ([], False)


def test_waiting_batches_are_merged_and_large_ones_are_cut() -> None:
    parts = list(merged([batch(1), batch(2, 3), Batch(np.zeros((0, 2)), None, 2, "bad"), batch(4, times=True)]))
    assert [firsts([part]) for part in parts] == [[1, 2, 3], [4]]
    assert [(part.unreadable, part.complaint) for part in parts] == [(2, "bad"), (0, "")]
    cut = list(merged([Batch(np.zeros((2 * MOST_SAMPLES + 1, 2)), None, 3, "bad")]))
    assert [len(part.values) for part in cut] == [MOST_SAMPLES, MOST_SAMPLES, 1]
    assert sum(part.unreadable for part in cut) == 3


def test_complaints_of_one_kind_are_summarised_with_their_number() -> None:
    recorder = Recorder()
    recorder.notices.tell("a", "first.")
    recorder.notices.tell("a", "second.")
    recorder.notices.tell("b", "other.")
    assert recorder.lines == ["first.", "other."]
    assert recorder.notices.visit(recorder.now) == recorder.now + INTERVAL_S
    recorder.notices.tell("a", "third.", 5)
    assert recorder.notices.visit(recorder.now + INTERVAL_S) == math.inf
    assert recorder.lines[2:] == ["third. (7 so far)"]
    recorder.notices.tell("a", "fourth.")
    recorder.notices.close()
    assert recorder.lines[3:] == ["fourth. (8 so far)"]


def test_an_event_record_has_all_fields() -> None:
    at = datetime(2026, 5, 4, 3, 2, 1, 500, timezone.utc)
    assert event_record(Event("bed-exit", 1.5, None, 0.75), at) == {
        "event": "bed-exit", "state": "raised", "start_s": 1.5, "end_s": None, "score": 0.75,
        "at": "2026-05-04T03:02:01.000Z",
    }  # fmt: skip
    over = event_record(Event("bed-exit", 1.5, 2.5, math.nan))
    assert (over["state"], over["end_s"], over["score"]) == ("over", 2.5, None)
    assert json.dumps(over, allow_nan=False)


def test_a_saved_state_is_restored(live: Stream, tmp_path: Path, live_parts: Any) -> None:
    recorder, path = Recorder(), tmp_path / "state"
    keeper = keeping.Keeper(path, 10, live, recorder.notices)
    assert keeper.restore() is False
    assert keeper.visit(0) == math.inf
    live.push(np.full((7, 2), 0.5))
    keeper.changed(now=False)
    assert keeper.visit(0) == math.inf
    assert path.read_bytes() == live.save()
    live.push(np.full((1, 2), 0.5))
    keeper.changed(now=False)
    assert keeper.visit(9) == 10
    assert path.read_bytes() != live.save()
    keeper.visit(10)
    assert path.read_bytes() == live.save()
    live.push(np.full((1, 2), 0.5))
    keeper.changed(now=True)  # an event
    keeper.visit(11)
    other = load(tmp_path / "bundle").stream()
    assert isinstance(other, Stream)
    assert keeping.Keeper(path, 10, other, recorder.notices).restore() is True
    assert (other.save(), recorder.lines) == (live.save(), [])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("state")] == ["state"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"expected bytes from a stream's save\(\)"),
        (None, "the bytes are damaged or cut short"),
    ],
)
def test_an_unusable_state_is_renamed(live: Stream, tmp_path: Path, content: bytes | None, reason: str) -> None:
    recorder, path = Recorder(), tmp_path / "state"
    path.write_bytes(live.save()[:-9] if content is None else content)
    assert keeping.Keeper(path, 10, live, recorder.notices).restore() is False
    assert [path.name for path in tmp_path.glob("state*")] == ["state.bad"]
    assert len(recorder.lines) == 1
    assert re.search(reason, recorder.lines[0])
    assert "The file was renamed to state.bad, and the stream was reset." in recorder.lines[0]


def test_a_file_that_is_not_a_state_is_never_renamed(live: Stream, tmp_path: Path) -> None:
    path = tmp_path / "night.csv"
    path.write_text("acc_x,gyro_x\n")
    with pytest.raises(InputError, match=r"night\.csv: expected a state that was saved before, got another file"):
        keeping.Keeper(path, 10, live, Recorder().notices)
    assert path.read_text() == "acc_x,gyro_x\n"
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"expected a file's name, got something that is not a regular file"):
        keeping.Keeper(tmp_path / "pipe", 10, live, Recorder().notices)


def test_a_full_disk_is_reported_and_saving_is_retried(
    live: Stream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, path = Recorder(), tmp_path / "state"
    keeper = keeping.Keeper(path, 10, live, recorder.notices)
    assert keeper.save()
    before = path.read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    live.push(np.full((7, 2), 0.5))
    keeper.changed(now=True)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert keeper.visit(50) == 60
    assert recorder.lines == [f"{path}: cannot be saved: No space left on device. The watch continues and retries."]
    assert path.read_bytes() == before
    assert [path.name for path in tmp_path.glob("state*")] == ["state"]
    assert keeper.visit(60) == math.inf
    assert path.read_bytes() == live.save()


def test_a_state_needs_an_existing_folder_and_a_file_name(live: Stream, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a folder .* to write in, got none"):
        keeping.Keeper(tmp_path / "no" / "state", 10, live, Recorder().notices)
    with pytest.raises(InputError, match="expected a file's name, got a folder"):
        keeping.Keeper(tmp_path, 10, live, Recorder().notices)


EVENT = {"event": "bed-exit", "state": "raised", "start_s": 1.0, "end_s": None, "score": 0.9, "at": "now"}


def test_a_command_receives_each_event_in_turn(tmp_path: Path) -> None:
    recorder, out = Recorder(), tmp_path / "out"
    command = Command(f'read line; echo "$ZOO_EVENT $ZOO_STATE $ZOO_SCORE $line" >> {out}', 60, recorder.notices)
    for state in ("raised", "over"):
        command.send({**EVENT, "state": state})
    command.close()
    first, second = out.read_text().splitlines()
    assert first.startswith('bed-exit raised 0.9 {"event": "bed-exit", "state": "raised"')
    assert second.startswith("bed-exit over 0.9 {")
    assert (command.lost, command.failures, command.buffered, recorder.lines) == (0, 0, 0, [])


def test_a_failing_command_is_counted_and_reported() -> None:
    recorder = Recorder()
    command = Command("exit 3", 60, recorder.notices)
    for _ in range(3):
        command.send(EVENT)
    command.close()
    recorder.notices.close()
    assert command.failures == 3
    assert recorder.lines[0] == "--exec: the command exited with code 3 for bed-exit raised."
    assert recorder.lines[-1].endswith("(3 so far)")


def test_a_hanging_command_is_killed_with_its_children(tmp_path: Path) -> None:
    recorder, pids = Recorder(), tmp_path / "pids"
    command = Command(f"sleep 600 & echo $! > {pids}; wait", 0.2, recorder.notices)
    command.send(EVENT)
    while not command.failures:
        command._thread.join(0.01)
    assert recorder.lines == ["--exec: the command took more than 0.2 s and was stopped for bed-exit raised."]
    stat = Path(f"/proc/{pids.read_text().strip()}/stat")
    assert not stat.exists() or ") Z " in stat.read_text() or _gone(stat)
    command.close()


def _gone(stat: Path) -> bool:
    """Whether a killed process is gone, which may take the kernel a moment."""
    gone = threading.Event()
    for _ in range(1000):
        if not stat.exists() or ") Z " in stat.read_text():
            return True
        gone.wait(0.01)
    return False


def test_a_command_never_makes_the_stream_wait(tmp_path: Path) -> None:
    recorder, go = Recorder(), tmp_path / "go"
    os.mkfifo(go)
    command = Command(f"cat {go}", 60, recorder.notices)
    for _ in range(WAITING + 10):
        command.send(EVENT)
    assert command.lost in (9, 10)
    assert command.buffered >= WAITING
    assert recorder.lines[0] == f"--exec: {WAITING} events are waiting; the new one is lost."
    command._timeout_s = 0.05
    command.close()
    assert command.lost >= WAITING + 9 - 1


def start_pipe(data: bytes, lines: Lines, inbox: Inbox) -> int:
    """Starts to read a pipe into the inbox, writes data to it, and returns the end to write to."""
    read, write = os.pipe()
    pipe.start(read, lines, inbox)
    os.write(write, data)
    return write


def test_take_is_not_woken_for_batches_that_were_already_taken() -> None:
    inbox, lines = Inbox(), Lines(Wanted(NAMES), "pipe")
    inbox.offer(lines.read([b"1,2"]))
    assert firsts(inbox.take(10)[0]) == [1]
    later = threading.Timer(0.2, lambda: inbox.offer(lines.read([b"3,4"])))
    later.start()
    assert firsts(inbox.take(10)[0]) == [3]
    later.join()


def test_a_pipe_delivers_each_line_as_soon_as_it_is_complete() -> None:
    inbox = Inbox()
    write = start_pipe(b"1,2\n3,", Lines(Wanted(NAMES), "pipe"), inbox)
    assert firsts(inbox.take(10)[0]) == [1]
    os.write(write, b"4\n5,6")
    assert firsts(inbox.take(10)[0]) == [3]
    os.close(write)
    last: list[float] = []
    ended = False
    while not ended:
        batches, ended = inbox.take(10)
        last += firsts(batches)
    assert last == [5]


def test_a_nonblocking_pipe_is_waited_for() -> None:
    inbox = Inbox()
    read, write = os.pipe()
    os.set_blocking(read, False)
    pipe.start(read, Lines(Wanted(NAMES), "pipe"), inbox)
    os.write(write, b"1,2\n")
    assert firsts(inbox.take(10)[0]) == [1]
    os.close(write)


def test_a_wrong_header_ends_the_source() -> None:
    inbox = Inbox()
    write = start_pipe(b"acc_z,gyro_x\n1,2\n", Lines(Wanted(NAMES), "pipe"), inbox)
    with pytest.raises(DataError, match="no column 'acc_x'"):
        inbox.take(10)
    os.close(write)


def played(path: Path, pace: replay.Pace, **options: Any) -> list[Batch]:
    inbox, parts, ended = Inbox(), [], False
    replay.start(path, Lines(Wanted(NAMES, "csv", **options), str(path)), pace, inbox)
    while not ended:
        batches, ended = inbox.take(10)
        parts += batches
    return parts


def test_a_recording_is_played_sample_by_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "time_s,acc_x,gyro_x\n" + "".join(f"{5 + n},{n},0\n" for n in range(4)) + "0,9,0\n1,x,0\n0.5,10,0\n"
    )
    now, waits = [0.0], []
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def wait(self: threading.Event, timeout: float | None = None) -> bool:
        waits.append(timeout)
        now[0] += timeout or 0
        return False

    clock = replay._Clock(replay.Pace(2.0, None, 10.0))
    whole = Lines(Wanted(NAMES, "csv"), "a").read(path.read_bytes().split(b"\n"))
    closed = threading.Event()
    monkeypatch.setattr(threading.Event, "wait", wait)
    parts = list(clock.parts(whole, closed))
    # 5, 6, 7, 8 s at twice the speed; then the clock is set back, and playing continues from there.
    assert waits == [0.5, 0.5, 0.5, 0.25]
    assert [firsts([part]) for part in parts] == [[0], [1], [2], [3, 9], [10]]
    assert sum(part.unreadable for part in parts) == 1


@pytest.mark.parametrize(("speed", "rate_hz"), [(None, None), (None, 10.0), (1000.0, 10.0)])
def test_playing_does_not_change_the_recording(tmp_path: Path, speed: float | None, rate_hz: float | None) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time_s,acc_x,gyro_x\n" + "".join(f"{n / 10},{n},0\n" for n in range(50)))
    parts = played(path, replay.Pace(speed, rate_hz, 10.0), timed=rate_hz is None)
    assert firsts(parts) == list(range(50))
    assert all((part.times is None) == (rate_hz is not None) for part in parts)


def test_a_recording_that_cannot_be_played_is_refused(tmp_path: Path) -> None:
    bare, text = tmp_path / "bare.csv", tmp_path / "a.txt"
    bare.write_text("acc_x,gyro_x\n1,2\n")
    text.write_text("")
    pace = replay.Pace(1.0, None, 12.5)
    with pytest.raises(InputError, match=r"has no column time_s, time or timestamp\. .*\(--rate 12\.5\)\.$"):
        played(bare, pace)
    for path, message in (
        (tmp_path / "no.csv", "no such file"), (tmp_path, "got a folder"), (text, r"expected a \.csv"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=message):
            played(path, pace)


def test_the_health_line_contains_the_counts(live: Stream) -> None:
    live.push([[0.5, 1.0], [np.nan, 0.0]])
    watch = Watch(live, Inbox(), [], Recorder().notices)
    line = watch.health()
    assert line.startswith("health: samples=2 invalid=1 late=0 malformed=0 resets=0 stuck_s=0.0 steps=1 score=0.")
    values = dict(pair.split("=") for pair in line.removeprefix("health: ").split())
    assert 20 < float(values["resident_mb"]) < 5000
    assert {"buffered", "lost", "waiting", "dropped", "failures", "cpu_percent"} <= set(values)
    assert vitals._most_resident_mb() > 20


def test_the_health_line_is_written_regularly() -> None:
    written: list[str] = []
    line = vitals.HealthLine(5, lambda: "well", written.append, 100)
    assert [line.visit(now) for now in (100, 104, 105, 109, 200)] == [105, 105, 110, 110, 205]
    assert written == ["well", "well"]


class RecordingSink:
    """A sink that records the events; `{}` marks its end."""

    buffered, lost, failures = 0, 0, 0

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def send(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def close(self) -> None:
        self.events.append({})


def listened(live: Stream, *batches: Batch, **options: Any) -> tuple[list[dict[str, Any]], Recorder, Watch]:
    """The events, notices and watch after all batches and the end of the input."""
    recorder, inbox, sink = Recorder(), Inbox(), RecordingSink()
    for part in batches:
        inbox.put(part)
    inbox.end()
    watch = Watch(live, inbox, [sink], recorder.notices, **options)
    assert watch.run() == 0
    assert sink.events.pop() == {}
    return sink.events, recorder, watch


def test_a_watch_reports_the_events_of_the_stream(live: Stream) -> None:
    swings = np.sin(np.arange(300)[:, None] * [0.11, 0.07]) * 2
    expected = [*live.push(swings), *live.flush()]
    live.reset()
    assert len(expected) > 3
    events, _, _ = listened(live, *(Batch(part) for part in np.split(swings, [10, 11, 100])))
    assert [(event["start_s"], event["end_s"]) for event in events] == [
        (round(event.start_s, 6), None if event.end_s is None else round(event.end_s, 6)) for event in expected
    ]


def test_a_failing_sink_does_not_affect_the_other_sinks(live: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    swings = np.sin(np.arange(300)[:, None] * [0.11, 0.07]) * 2
    expected = live.push(swings)
    live.reset()
    inbox, output, other = Inbox(), Output(), RecordingSink()
    inbox.put(Batch(swings))
    inbox.end()
    monkeypatch.setattr(sys, "stdout", Gone())
    watch = Watch(live, inbox, [output, other], Recorder().notices)
    with pytest.raises(BrokenPipeError):
        watch.run()
    assert [event.get("start_s") for event in other.events] == [*(round(event.start_s, 6) for event in expected), None]
    assert output.lost == len(expected)
    assert f" lost={len(expected)} " in watch.health()


def test_unprocessed_samples_are_reported_when_the_watch_stops(live: Stream) -> None:
    class Impatient:
        """A view that requests a stop after the first scores."""

        def seen(self, scores: Any, events: Any) -> None:
            watch.stop.ask()

        def visit(self, now: float) -> float:
            return math.inf

    recorder, inbox = Recorder(), Inbox()
    inbox.put(Batch(np.zeros((2 * MOST_SAMPLES + 1, 2))))
    watch = Watch(live, inbox, [], recorder.notices, view=Impatient())
    assert watch.run() == 0
    assert live.health.samples == MOST_SAMPLES
    assert recorder.lines == [
        f"stopped while the model was behind: at least {MOST_SAMPLES + 1} samples were not processed."
    ]


def test_unreadable_lines_are_counted_and_reported(live: Stream) -> None:
    bad = Batch(np.zeros((0, 2)), None, 3, "pipe:7: expected numbers: 'x'. Skipped.")
    _, recorder, watch = listened(live, batch(0.1), bad, batch(0.2))
    assert watch.malformed == 3
    assert recorder.lines == ["pipe:7: expected numbers: 'x'. Skipped. (3 so far)"]


def test_a_state_with_times_does_not_block_samples_without_times(live: Stream, tmp_path: Path) -> None:
    path = tmp_path / "state"
    listened(live, batch(0.1, 0.2, times=True), state=path)
    again = load(tmp_path / "bundle").stream()
    assert isinstance(again, Stream)
    _, recorder, _ = listened(again, batch(0.1, 0.2, 0.3), state=path)
    assert recorder.lines == [
        "time_s: expected samples with times, like those before, got samples without times. The stream was reset."
    ]
    assert again.health.samples == 5


def test_importing_has_no_effects_and_no_optional_dependencies() -> None:
    modules = sorted(path.stem for path in Path(replay.__file__).parent.glob("[a-z]*.py"))
    assert len(modules) > 10
    program = (
        "import sys, threading, signal; before = signal.getsignal(signal.SIGTERM)\n"
        + "".join(f"import zoo.edge.watch.{name}\n" for name in modules)
        + "assert threading.active_count() == 1 and signal.getsignal(signal.SIGTERM) == before\n"
        "assert not {'paho', 'rich', 'typer', 'onnxruntime', 'resource'} & set(sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=60)


def test_notices_tolerate_a_closed_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    notices = Notices(clock=lambda: 0.0)
    notices.say("nobody reads this")
    notices.tell("kind", "nobody reads this either")
    assert notices.visit(0.0) == math.inf  # nothing is due any more


def test_the_usual_rate_of_a_recording_is_estimated_from_its_first_times(tmp_path: Path) -> None:
    file = tmp_path / "night.csv"
    file.write_text("time_s,x,y\n" + "".join(f"{n / 50 + (5.0 if n > 30 else 0.0)},1,2\n" for n in range(60)))
    assert replay.usual_rate_hz(file, Lines(Wanted(("x", "y")), "night.csv")) == pytest.approx(50.0)
    assert replay.usual_rate_hz(file, Lines(Wanted(("x", "y"), timed=False), "night.csv")) is None
    file.write_text("x,y\n1,2\n1,2\n")
    assert replay.usual_rate_hz(file, Lines(Wanted(("x", "y")), "night.csv")) is None
    with pytest.raises(InputError, match=r"no such file\. Give a \.csv file, or pipe the samples in\."):
        replay.usual_rate_hz(tmp_path / "day.csv", Lines(Wanted(("x", "y")), "day.csv"))
