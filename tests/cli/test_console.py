import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from zoo.cli import console
from zoo.cli.bars import Bars
from zoo.cli.console import PlainLines
from zoo.core.events import clock
from zoo.core.words import amount, duration, measure, size


class Clock:
    """A clock that the test controls."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_plain_lines_appear_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    time = Clock()
    with PlainLines(time).bar("epoch 1/2", 40, "steps") as advance:
        for _ in range(40):
            time.now += 0.6
            advance(1)
    assert capsys.readouterr().err.splitlines() == [
        "epoch 1/2: 17/40 steps",
        "epoch 1/2: 34/40 steps",
        "epoch 1/2: 40/40 steps in 24 s",
    ]


def test_a_short_step_prints_no_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = PlainLines(Clock())
    with lines.bar("scoring", 3, "texts") as advance:
        advance(3)
    lines.note("done")
    assert capsys.readouterr().err == "done\n"


def test_bars_on_a_terminal() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=100)
    bars = Bars(screen)
    with bars.bar("outer", 2, "epochs") as outer:
        with bars.bar("inner", None, "B") as inner:
            inner(2_500_000)
            bars.note("loss [0.5]")
            bars._bars.refresh()
        outer(2)
        bars._bars.refresh()
    assert isinstance(screen.file, io.StringIO)
    output = screen.file.getvalue()
    assert "loss [0.5]" in output
    assert "2.5 MB" in output
    assert "2/2 epochs" in output


def test_a_bar_disappears_after_an_error() -> None:
    bars = Bars(Console(file=io.StringIO(), force_terminal=True, width=100))

    def fail() -> None:
        with bars.bar("outer", 2, "epochs"):
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert not bars._bars.tasks
    assert not bars._bars.live.is_started


def test_progress_is_plain_in_a_pipe() -> None:
    assert isinstance(console.progress(), PlainLines)


def test_a_stopped_run_explains_how_to_resume(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), console.resumable("zoo train bed-exit"):
        raise KeyboardInterrupt
    text = "Stopped. To continue after the last complete epoch, run: zoo train bed-exit --resume\n"
    assert capsys.readouterr().err == text


def test_the_users_tensorflow_settings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.setenv("KERAS_BACKEND", "")
    monkeypatch.delenv("KERAS_BACKEND")
    console.load_tensorflow()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (amount(3, 24, "epochs"), "3/24 epochs"),
        (amount(3, None, "texts"), "3 texts"),
        (amount(4_200_000, 18_800_000, "B"), "4.2/18.8 MB"),
        (clock(83.44), "1:23.4"),
        (clock(59.96), "1:00.0"),
        (clock(3723.4), "1:02:03.4"),
        (duration(8.2), "8 s"),
        (duration(312), "5 min 12 s"),
        (duration(7 * 3600 + 3 * 60 + 40), "7 h 4 min"),
        (duration(59.7), "1 min 0 s"),
        (duration(25_380), "7 h 3 min"),
        (size(640_000), "640 kB"),
        (size(18_821_729), "18.8 MB"),
        (measure(0.93456), "0.9346"),
        (measure(25_000), "25,000"),
        (measure(float("nan")), "-"),
        (measure(None), "-"),
        (measure("lie-to-sit"), "lie-to-sit"),
    ],
)
def test_numbers_are_formatted_for_people(written: str, text: str) -> None:
    assert written == text


DIVERT = """
import os, sys
from zoo.cli import console
diverted = console._divert_native_stderr()
os.write(2, b"chatter of native code")
print("for the user", file=sys.stderr)
assert diverted() == "chatter of native code"
"""


def test_only_the_output_of_native_code_is_diverted() -> None:
    done = subprocess.run([sys.executable, "-c", DIVERT], capture_output=True, text=True, check=True)
    assert done.stderr == "for the user\n"


def test_a_failed_import_of_keras_shows_the_diverted_output(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("import os\nos.write(2, b'no libcuda')\nraise ImportError('broken')\n")
    command = "import sys; sys.path.insert(0, sys.argv[1]); from zoo.cli import console; console.load_tensorflow()"
    done = subprocess.run([sys.executable, "-c", command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no libcuda" in done.stderr
    assert "ImportError: broken" in done.stderr
