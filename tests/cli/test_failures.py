import errno
import os
import shlex
import subprocess
import sys
from collections.abc import Callable

import pytest

from zoo.cli import console, main
from zoo.cli.main import explain
from zoo.core.errors import FetchError, RecipeError, ZooError


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """`zoo predict` ends with this error."""

    def put(error: BaseException) -> None:
        def find(what: str) -> None:
            raise error

        monkeypatch.setattr("zoo.cli.exported.bundle_path", find)

    return put


def run(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    code = main([*options, "predict", "bundle", "input"])
    out, err = capsys.readouterr()
    assert out == ""
    return code, err


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (RecipeError("a.yaml:1: name: missing.\na.yaml:3: task: missing."), 2, None),
        (FetchError("hapt: cannot be fetched."), 1, None),
        (OSError(errno.ENOSPC, "No space left on device", "runs/x"), 1,
         "runs/x: no space left. Free some space, then run the command again."),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x" * 300), 2,
         f"{'x' * 40}…: the file name is too long. Choose a shorter one."),
        (MemoryError("Unable to allocate 297. GiB"), 1,
         "not enough memory: Unable to allocate 297. GiB. Use smaller inputs or a machine with more memory."),
        (PermissionError(errno.EACCES, "Permission denied", "exported/x"), 1, "exported/x: Permission denied."),
        (ModuleNotFoundError("No module named 'keras'", name="keras"), 2,
         'this needs keras, which is not installed. Run: pip install "sequence-zoo[train]"'),
        (ModuleNotFoundError("No module named 'yaml.nodes'", name="yaml.nodes"), 2,
         'this needs yaml.nodes, which is not installed. Run: pip install "sequence-zoo[train]"'),
        (ModuleNotFoundError("No module named 'tokenizers'", name="tokenizers"), 2,
         'this needs tokenizers, which is not installed. Run: pip install "sequence-zoo[text]"'),
        (RuntimeError("two\n  lines"), 1,
         "RuntimeError: two lines\nUnexpected error. Run again with --debug for a traceback."),
        (ModuleNotFoundError("No module named 'zoo.x'", name="zoo.x"), 1,
         "ModuleNotFoundError: No module named 'zoo.x'\nUnexpected error. Run again with --debug for a traceback."),
    ],
)  # fmt: skip
def test_every_error_becomes_one_or_two_lines(
    error: Exception,
    code: int,
    text: str | None,
    failing: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing(error)
    assert run(capsys) == (code, f"{text or error}\n")


@pytest.mark.parametrize("arguments", [["--debug", "predict", "b", "x"], ["predict", "b", "x", "--debug"]])
def test_debug_prints_a_traceback(
    arguments: list[str], failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(ZooError("no."))
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert err.endswith("no.\n")


def test_debug_after_two_dashes_is_an_argument(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(ZooError("no."))
    assert main(["predict", "b", "--", "--debug"]) == 2
    assert capsys.readouterr().err == "no.\n"


def test_ctrl_c(failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]) -> None:
    failing(KeyboardInterrupt())
    assert run(capsys) == (130, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams(closed: str) -> None:
    command = f"exec {shlex.quote(sys.executable)} -m zoo data list {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_errors_are_red_unless_colours_are_off(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    colours: list[object] = []
    monkeypatch.setattr("typer.secho", lambda text, err, fg: colours.append(fg))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    console.error("no.")
    monkeypatch.setenv(name, value)
    console.error("no.")
    assert colours == ["red", None]


def test_a_very_long_message_is_truncated() -> None:
    text, code = explain(ValueError("x" * 10_000))
    assert code == 1
    assert len(text) < 500


def test_a_broken_pipe_is_silent() -> None:
    """`zoo --help | true` prints no error, whenever the pipe breaks."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-m", "zoo", "--help"], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 1
