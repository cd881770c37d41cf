"""The README must give the figures of the committed manifests, and name verbs that exist."""

import json
import re
from pathlib import Path

from typer.main import get_command

from benchmarks.tables import digits
from benchmarks.training_speed.results import from_json
from zoo.cli.app import app
from zoo.edge.bundle import read_bundle

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
MEASURED = ROOT / "docs" / "measured"


def measured(name: str) -> dict[str, float]:
    return read_bundle(ROOT / "exported" / name).manifest.metrics["test"]


def test_the_figures_match_the_committed_bundles() -> None:
    bed, tag, mood, words = (measured(name) for name in ("bed-exit", "bed-exit-rfid", "sentiment", "next-word"))
    scores = (
        f"event F1 **{tag['event_f1']:.3f}** (precision {tag['event_precision']:.2f}, recall {tag['event_recall']:.2f})"
    )
    assert f"{scores}, median delay {tag['delay_median_s']:.1f} s" in README
    assert f"event F1 **{bed['event_f1']:.3f}**" in README
    assert f"recall {bed['event_recall']:.2f}" in README
    assert f"finds {round(bed['event_recall'] * bed['events'])} of {bed['events']} exits" in README
    assert f"accuracy **{mood['accuracy']:.1%}**".replace("%", " %") in README
    assert f"top-1 **{words['top1']:.1%}**".replace("%", " %") in README
    assert f"top-3 **{words['top3']:.1%}**".replace("%", " %") in README
    assert f"({words['tokens']:,} tokens)" in README


def test_the_training_speeds_match_their_page() -> None:
    results = from_json((MEASURED / "training_speed.json").read_text("utf-8"))
    rates = {(row.workload, row.cell, row.contender): row for row in results.measurements}
    rows = 0
    for workload, cell in {key[:2] for key in rates}:
        zoo, keras = rates[workload, cell, "zoo"], rates[workload, cell, "keras"]
        ratio = digits(zoo.times_as_fast_as(keras).median)
        assert f"{keras.rate:.1f} → {zoo.rate:.1f} (**{ratio}x**)" in README
        rows += 1
    assert rows == 12


def test_the_figures_of_live_use_match_their_pages() -> None:
    soak, idle = (json.loads((MEASURED / "live.json").read_text("utf-8"))[part] for part in ("soak", "idle"))
    warm = [mb for samples, mb in soak["readings"] if samples >= soak["warm_up"]]
    assert f"memory stays between {min(warm):.1f} and {max(warm):.1f} MB" in README
    assert f"it takes {idle['cpu_percent']:.1f} % of a\ncore" in README
    cells = json.loads((MEASURED / "streaming_step.json").read_text("utf-8"))["cells"]
    steps = sorted(1e6 * cell["step"][0] for cell in cells)
    times = sorted(cell["ratio"][0] for cell in cells)
    sentence = f"takes {steps[0]:.0f} to {steps[-1]:.0f} µs, {times[0]:.0f} to {times[-1]:.0f} times less"
    assert sentence in README
    scores = json.loads((MEASURED / "bed_exit_rfid.json").read_text("utf-8"))["scores"]
    recalls = [row["right"] / (row["right"] + row["missed"]) for row in scores if row["row"].startswith("room-2, ")]
    assert f"in room 2 recall {min(recalls):.2f} to {max(recalls):.2f}" in README


def test_every_verb_in_the_readme_exists() -> None:
    verbs = set(re.findall(r"^(?:\$ )?zoo ([a-z]+)", README, re.MULTILINE))
    assert {"predict", "train", "check", "evaluate", "export"} <= verbs
    assert verbs <= set(get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]


def test_every_path_in_the_readme_exists() -> None:
    paths = re.findall(r"`((?:zoo|recipes|exported|tests)/[\w./-]+)`", README)
    assert paths
    missing = [path for path in paths if path != "exported/NAME/card.md" and not (ROOT / path).exists()]
    assert missing == []
