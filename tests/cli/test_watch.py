"""What `zoo watch` refuses before it listens, and what it shows."""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from zoo.cli import main
from zoo.cli.watch_view import LiveView, sparkline, told
from zoo.core.manifest import Feature, RecordingInput, Streaming
from zoo.edge import Event, EventRule
from zoo.edge.following import Live
from zoo.edge.tasks.event_detection import EventFollower

RULE = EventRule("bed-exit", 0.5, 0.25)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--topic", "t"], "--topic: expected a broker beside it: --mqtt HOST."),
        (["--publish", "t"], "--publish: expected a broker beside it: --mqtt HOST."),
        (["--mqtt-tls"], "--mqtt-tls: expected a broker beside it: --mqtt HOST."),
        (["--mqtt-ca", "x"], "--mqtt-ca: expected a broker beside it: --mqtt HOST."),
        (["--mqtt-credentials", "x"], "--mqtt-credentials: expected a broker beside it: --mqtt HOST."),
        (["--mqtt-id", "x"], "--mqtt-id: expected a broker beside it: --mqtt HOST."),
        (
            ["a.csv", "--mqtt", "h", "--topic", "t"],
            "expected one source of samples, got a.csv and --topic t. Leave one out.",
        ),
        (["--speed", "2"], "--speed: expected a FILE to play; live samples come when they come. Leave it out."),
        (["a.csv", "--speed", "fast"], "--speed: expected a number above 0, or max, got 'fast'."),
        (["a.csv", "--speed", "0"], "--speed: expected a number above 0, or max, got '0'."),
        (["a.csv", "--format", "json"], "--format: a FILE is CSV. Pipe JSON lines in."),
        (["--rate", "nan"], "--rate: expected samples a second, above 0, got nan."),
        ([], "exported/bed-exit/model.onnx: expected a streaming model, got one that needs its complete input. "
             "Export a causal recipe with this version of sequence-zoo."),
    ],
)  # fmt: skip
def test_what_cannot_be_watched(
    options: list[str], message: str, shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "bed-exit", *options]) == 2
    assert capsys.readouterr() == ("", f"{message}\n")


def test_a_text_model_is_no_sensor(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "sentiment"]) == 2
    assert capsys.readouterr().err == (
        "sentiment: expected a model for a sensor, got one for classification that reads texts. "
        "Ask it with: zoo predict.\n"
    )


def test_an_unknown_format_is_refused(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "bed-exit", "--format", "xml"]) == 2
    assert "Invalid value for '--format'" in capsys.readouterr().err


class Heard:
    """A stream as far as it is shown."""

    def __init__(self) -> None:
        self.score: float | None = 0.75
        self.live = Live(RecordingInput((Feature("x"),), 10.0), Streaming(()), partial(EventFollower, RULE))
        self.follower = self.live.follower(10.0)
        self.follower.push(np.array([0.75], np.float32))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def view(heard: Any) -> tuple[LiveView, Callable[[], str]]:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    made = LiveView("bed-exit", heard, console)

    def text() -> str:
        with console.capture() as capture:
            console.print(made.picture())
        return capture.get()

    return made, text


def test_the_view_shows_state_score_events_and_complaints(
    heard: Heard, view: tuple[LiveView, Callable[[], str]]
) -> None:
    made, text = view
    made.seen(np.array([0.1, 0.75], np.float32), [Event("bed-exit", 61.5, None, 0.75)])
    for number in range(9):
        made.note(f"note {number}")
    shown = text()
    assert shown.splitlines()[0].split() == ["bed-exit", "bed-exit"]
    for part in ("bed-exit", "score 0.750", "threshold 0.5", "▁▇", "1:01.5  bed-exit raised, score 0.75", "note 8"):
        assert part in shown
    assert "note 5" not in shown
    heard.follower.flush()
    heard.score = None
    assert "quiet" in text()
    assert "score -" in text()


def test_the_view_is_drawn_seldom(view: tuple[LiveView, Callable[[], str]]) -> None:
    made, _ = view
    with made.shown(lambda: "well"):
        assert made.visit(100.0) == 100.25
        assert made.visit(100.1) == 100.25
        assert made.visit(100.25) == 101.25  # nothing has changed
        made.note("x")
        assert made.visit(101.25) == 101.5


def test_the_line_of_scores_is_as_wide_as_the_screen_at_most() -> None:
    assert sparkline([], RULE.threshold).plain == "▁"
    many = np.zeros(600)
    many[123] = 1.0
    shown = sparkline(many.tolist(), RULE.threshold)
    assert shown.plain == "▁" * 12 + "█" + "▁" * 47
    assert sparkline([float("nan"), 2.0], None).plain == "▁█"


def test_an_event_that_is_over_is_told_with_its_length() -> None:
    assert told(Event("bed-exit", 10.0, 12.5, 0.9), "raised") == "0:12.5  bed-exit over after 2.5 s, score 0.90"
