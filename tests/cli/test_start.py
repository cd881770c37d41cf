import subprocess
import sys

import pytest

from zoo.cli import main
from zoo.cli.app import app

VERBS = {
    ("list",),
    ("show",),
    ("schema",),
    ("check",),
    ("data", "list"),
    ("data", "fetch"),
    ("data", "info"),
    ("train",),
    ("evaluate",),
    ("export",),
    ("run",),
    ("predict",),
    ("doctor",),
    ("bench",),
    ("watch",),
}


def registered() -> set[tuple[str, ...]]:
    """The registered verbs."""

    def name(command: object) -> str:
        return getattr(command, "name", None) or command.callback.__name__

    verbs = {(name(command),) for command in app.registered_commands}
    for group in app.registered_groups:
        assert group.typer_instance is not None
        verbs |= {(str(group.name), name(command)) for command in group.typer_instance.registered_commands}
    return verbs


def test_exactly_these_verbs_exist() -> None:
    assert registered() == VERBS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_the_help_of_each_verb_describes_it_and_ends_with_an_example(
    verb: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*verb, "--help"]) == 0
    lines = [line.strip(" │╭╮╰╯─") for line in capsys.readouterr().out.splitlines()]
    lines = [line for line in lines if line]
    assert lines[0].startswith(f"Usage: zoo {' '.join(verb)}")
    assert lines[1][0].isupper()
    assert f"Example: zoo {' '.join(verb)}" in lines[-1]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "zoo 0.2.0\n"


def test_python_m_zoo_runs_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "zoo", "tarin"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "zoo: No such command 'tarin'. Did you mean 'train'? See `zoo --help`.\n"


def test_no_verb_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert "Start here: zoo run bed-exit" in out + err
    assert "See `zoo --help`" not in err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["predict"], "zoo predict: Missing argument 'BUNDLE'. See `zoo predict --help`."),
        (["train", "x", "--epochs", "3"], "zoo train: No such option: --epochs. See `zoo train --help`."),
        (["data", "fetch"], "zoo data fetch: Missing argument 'NAME'. See `zoo data fetch --help`."),
    ],
)
def test_wrong_arguments(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == text + "\n"
