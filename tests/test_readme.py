"""The README must tell what the shelf's own manifests say, and name verbs that exist."""

import re
from pathlib import Path

from typer.main import get_command

from benchmarks.report import digits
from benchmarks.training_results import from_json
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


def test_the_training_speeds_are_those_of_the_page() -> None:
    results = from_json((ROOT / "docs" / "training_speed.json").read_text("utf-8"))
    rates = {(one.workload, one.cell, one.contender): one for one in results.measurements}
    rows = 0
    for workload, cell in {key[:2] for key in rates}:
        zoo, keras = rates[workload, cell, "zoo"], rates[workload, cell, "keras"]
        ratio = digits(zoo.times_as_fast_as(keras).median)
        assert f"{keras.rate:.1f} → {zoo.rate:.1f} (**{ratio}x**)" in README
        rows += 1
    assert rows == 12


def test_every_verb_that_the_readme_shows_exists() -> None:
    shown = set(re.findall(r"^(?:\$ )?zoo ([a-z]+)", README, re.MULTILINE))
    assert {"predict", "train", "check", "evaluate", "export"} <= shown
    assert shown <= set(get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]


def test_every_path_that_the_readme_names_exists() -> None:
    named = re.findall(r"`((?:zoo|recipes|exported|tests)/[\w./-]+)`", README)
    assert named
    missing = [path for path in named if path != "exported/NAME/card.md" and not (ROOT / path).exists()]
    assert missing == []
