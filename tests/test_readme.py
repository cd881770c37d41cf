"""The README is short, and names verbs, files and pages that exist."""

import re
from pathlib import Path

from typer.main import get_command

from zoo.cli.app import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_it_is_short() -> None:
    assert len(README.encode()) <= 8000


def test_every_verb_that_it_shows_exists() -> None:
    shown = set(re.findall(r"(?:^\$ |`)zoo ([a-z]+)", README, re.MULTILINE))
    assert {"run", "train", "check", "evaluate", "export", "predict", "doctor", "watch"} <= shown
    assert shown <= set(get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]


def test_every_file_that_it_links_to_exists() -> None:
    linked = re.findall(r"\]\(([^)#]+)[^)]*\)", README)
    assert len(linked) > 15
    assert [path for path in linked if not path.startswith("https://") and not (ROOT / path).exists()] == []


def test_it_has_an_example_for_each_reader() -> None:
    parts = re.findall(r"^## (.+)$", README, re.MULTILINE)
    assert parts[:5] == [
        "Start",
        "Train a recipe by name",
        "Use your own data",
        "Export your own Keras model",
        "Run a file on a device",
    ]
    for part in parts[:5]:
        assert "\n```" in README.split(f"\n## {part}\n")[1].split("\n## ")[0], part
