"""The options that `zoo watch` refuses, and its live view."""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from zoo.cli import main
from zoo.cli.watch_view import LiveView, event_line, sparkline
from zoo.core.manifest import Feature, RecordingInput, Streaming
from zoo.edge import Event, EventRule
from zoo.edge.following import Live
from zoo.edge.tasks.event_detection import EventFollower

RULE = EventRule("bed-exit", 0.5, 0.25)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--topic", "t"], "--topic: expected an MQTT broker, got none. Add --mqtt HOST."),
        (["--publish", "t"], "--publish: expected an MQTT broker, got none. Add --mqtt HOST."),
        (["--mqtt-tls"], "--mqtt-tls: expected an MQTT broker, got none. Add --mqtt HOST."),
        (["--mqtt-ca", "x"], "--mqtt-ca: expected an MQTT broker, got none. Add --mqtt HOST."),
        (["--mqtt-credentials", "x"], "--mqtt-credentials: expected an MQTT broker, got none. Add --mqtt HOST."),
        (["--mqtt-id", "x"], "--mqtt-id: expected an MQTT broker, got none. Add --mqtt HOST."),
        (
            ["a.csv", "--mqtt", "h", "--topic", "t"],
            "expected one source of samples, got a.csv and --topic t. Leave one out.",
        ),
        (["--speed", "2"], "--speed: expected a FILE to replay, got live samples. Leave the option out."),
        (["a.csv", "--speed", "fast"], "--speed: expected a number above 0, or max, got 'fast'."),
        (["a.csv", "--speed", "0"], "--speed: expected a number above 0, or max, got '0'."),
        (["a.csv", "--format", "json"], "--format: expected csv for a FILE, got json. Pipe JSON lines in."),
        (["--rate", "nan"], "--rate: expected more than 0 samples per second, got nan."),
        ([], "exported/bed-exit/model.onnx: expected a model for streams, got one that needs the whole of its input. "
             "Export a causal recipe with this version of sequence-zoo."),
    ],
)  # fmt: skip
def test_invalid_requests_are_refused(
    options: list[str], message: str, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "bed-exit", *options]) == 2
    assert capsys.readouterr() == ("", f"{message}\n")


def test_a_text_model_is_refused(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "sentiment"]) == 2
    assert capsys.readouterr().err == (
        "sentiment: expected a model for a sensor, got one for classification that reads texts. "
        "Run it with: zoo predict.\n"
    )


def test_an_unknown_format_is_refused(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "bed-exit", "--format", "xml"]) == 2
    assert "Invalid value for '--format'" in capsys.readouterr().err


class FakeStream:
    """The parts of a stream that the view uses."""

    def __init__(self) -> None:
        self.score: float | None = 0.75
        self.live = Live(RecordingInput((Feature("x"),), 10.0), Streaming(()), partial(EventFollower, RULE))
        self.follower = self.live.follower(10.0)
        self.follower.push(np.array([0.75], np.float32))


@pytest.fixture
def stream() -> FakeStream:
    return FakeStream()


@pytest.fixture
def view(stream: Any) -> tuple[LiveView, Callable[[], str]]:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    live_view = LiveView("bed-exit", stream, console)

    def text() -> str:
        with console.capture() as capture:
            console.print(live_view.picture())
        return capture.get()

    return live_view, text


def test_the_view_shows_state_score_events_and_notices(
    stream: FakeStream, view: tuple[LiveView, Callable[[], str]]
) -> None:
    live_view, text = view
    live_view.seen(np.array([0.1, 0.75], np.float32), [Event("bed-exit", 61.5, None, 0.75)])
    for number in range(9):
        live_view.note(f"note {number}")
    screen = text()
    assert screen.splitlines()[0].split() == ["bed-exit", "bed-exit"]
    for part in ("bed-exit", "score 0.750", "threshold 0.5", "▁▇", "1:01.5  bed-exit raised, score 0.75", "note 8"):
        assert part in screen
    assert "note 5" not in screen
    stream.follower.flush()
    stream.score = None
    assert "quiet" in text()
    assert "score -" in text()


def test_the_view_is_redrawn_only_when_due(view: tuple[LiveView, Callable[[], str]]) -> None:
    live_view, _ = view
    with live_view.shown(lambda: "well"):
        assert live_view.visit(100.0) == 100.25
        assert live_view.visit(100.1) == 100.25
        assert live_view.visit(100.25) == 101.25  # nothing has changed
        live_view.note("x")
        assert live_view.visit(101.25) == 101.5


def test_the_sparkline_has_at_most_sixty_columns() -> None:
    assert sparkline([], RULE.threshold).plain == "▁"
    scores = np.zeros(600)
    scores[123] = 1.0
    line = sparkline(scores.tolist(), RULE.threshold)
    assert line.plain == "▁" * 12 + "█" + "▁" * 47
    assert sparkline([float("nan"), 2.0], None).plain == "▁█"


def test_the_line_of_an_ended_event_gives_its_duration() -> None:
    line = event_line(Event("bed-exit", 10.0, 12.5, 0.9), "raised")
    assert line == "0:12.5  bed-exit ended after 2.5 s, score 0.90"
