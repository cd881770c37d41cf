"""The committed bundles, as a device meets them."""

import json
from pathlib import Path

import pytest

from zoo.edge import load
from zoo.edge.bundle import read_bundle

SHELF = Path(__file__).parents[2] / "exported"
BUNDLES = sorted(path.parent for path in SHELF.glob("*/model.onnx"))


def test_the_shelf_holds_the_three_tasks() -> None:
    assert {"bed-exit", "next-word", "sentiment"} <= {path.name for path in BUNDLES}
    assert {load(path).manifest.task for path in BUNDLES} == {"event-detection", "next-word", "sentiment"}


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_a_bundle_on_the_shelf_computes_here_what_it_computed_at_export(folder: Path) -> None:
    assert load(folder).self_test() == []
    assert load(folder / "model.onnx").manifest == load(folder).manifest


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_a_bundle_on_the_shelf_is_small_native_measured_and_described(folder: Path) -> None:
    manifest = read_bundle(folder).manifest
    assert sum(path.stat().st_size for path in folder.iterdir()) < 8_000_000
    nodes = manifest.runtime["nodes"]
    assert nodes.keys() & {"GRU", "LSTM", "RNN"}
    assert not nodes.keys() & {"Loop", "Scan", "If"}
    assert manifest.metrics["test"]
    assert manifest.parity["largest_absolute"] <= 1e-5
    assert manifest.data["licence"]
    card = (folder / "card.md").read_text("utf-8")
    assert manifest.model_sha256 in card
    assert manifest.recipe_sha256 in card
    assert (folder / "tokenizer.json").exists() == (manifest.tokenizer_sha256 is not None)
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["name"] == folder.name


def test_what_the_readme_asks_of_the_texts() -> None:
    assert load(SHELF / "sentiment").predict("what a waste of two hours").label == "negative"
    proposals = load(SHELF / "next-word").predict("thank you very")
    assert proposals.label == "much"
    assert len(proposals.scores) == 3
