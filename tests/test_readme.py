"""The README must tell what the shelf's own manifests say, and name verbs that exist."""

import re
from pathlib import Path

from typer.main import get_command

from zoo.cli.app import app
from zoo.edge.bundle import read_bundle

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def measured(name: str) -> dict[str, float]:
    return read_bundle(ROOT / "exported" / name).manifest.metrics["test"]


def test_the_figures_are_those_of_the_committed_bundles() -> None:
    bed, mood, words = (measured(name) for name in ("bed-exit", "sentiment", "next-word"))
    assert f"event F1 **{bed['event_f1']:.3f}**" in README
    assert f"recall {bed['event_recall']:.2f}" in README
    assert f"finds {round(bed['event_recall'] * bed['events'])} of {bed['events']} exits" in README
    assert f"accuracy **{mood['accuracy']:.1%}**".replace("%", " %") in README
    assert f"top-1 **{words['top1']:.1%}**".replace("%", " %") in README
    assert f"top-3 **{words['top3']:.1%}**".replace("%", " %") in README
    assert f"({words['tokens']:,} tokens)" in README


def test_every_verb_that_the_readme_shows_exists() -> None:
    shown = set(re.findall(r"^(?:\$ )?zoo ([a-z]+)", README, re.MULTILINE))
    assert {"predict", "train", "check", "evaluate", "export"} <= shown
    assert shown <= set(get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]


def test_every_path_that_the_readme_names_exists() -> None:
    named = re.findall(r"`((?:zoo|recipes|exported|tests)/[\w./-]+)`", README)
    assert named
    missing = [path for path in named if path != "exported/NAME/card.md" and not (ROOT / path).exists()]
    assert missing == []
