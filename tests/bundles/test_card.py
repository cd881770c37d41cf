"""The cards, rendered from the manifests of the committed bundles."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from zoo.bundles.card import card
from zoo.core.manifest import Manifest
from zoo.core.provenance import DataFacts, MetricPair, ModelFacts, SplitFacts
from zoo.edge.bundle import read_bundle
from zoo.recipe import catalogue

EXPORTED = Path(__file__).parents[2] / "exported"
BUNDLES = sorted(path.parent for path in EXPORTED.glob("*/card.md"))


def manifest_of(name: str) -> Manifest:
    return read_bundle(EXPORTED / name).manifest


def test_every_committed_bundle_has_a_card() -> None:
    assert {path.name for path in BUNDLES} == set(catalogue())


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_a_committed_card_matches_its_manifest(folder: Path) -> None:
    assert card(manifest_of(folder.name)) == (folder / "card.md").read_text("utf-8")


def test_the_card_states_what_was_not_recorded() -> None:
    manifest = replace(manifest_of("bed-exit"), data=None, metrics={}, made_with={}, streaming=None)
    text = card(manifest)
    for passage in (
        "## Data\nNot recorded.\n\n## Use and limits\nThe model was measured only on data like its training data.",
        "## Measured\nNo metrics were recorded.\n\n## Input",
        "print(model.predict(values))  # values: (time, features) float32\n```\n\n## How it was checked",
        "- Made with versions that were not recorded.\n",
    ):
        assert passage in text


def test_a_model_without_facts_has_a_card() -> None:
    text = card(replace(manifest_of("bed-exit"), runtime=None, model=ModelFacts(), data=None, parity=None))
    assert "A RECURRENT model.\n\n## Data\nNot recorded.\n" in text
    assert "## How it was checked\nNot recorded.\n\n## Origin\n" in text


def test_a_metric_that_is_not_a_number_is_shown_as_none() -> None:
    manifest = manifest_of("bed-exit")
    assert manifest.parity is not None
    parity = replace(manifest.parity, metrics={"delay_s": MetricPair(None, math.nan), "events": MetricPair(36, 36)})
    text = card(replace(manifest, metrics={"test": {"delay_s": None, "events": 123_456}}, parity=parity))
    assert "| | test |\n|---|---|\n| delay_s | none |\n| events | 123456 |\n" in text
    assert "Keras / ONNX: delay_s none / none, events 36 / 36.\n" in text


def test_every_rule_has_a_line() -> None:
    manifest = manifest_of("bed-exit")
    rules = (*manifest.events, replace(manifest.events[0], label="fall", merge_s=2.0))
    lines = [line for line in card(replace(manifest, events=rules)).splitlines() if line.startswith("- Event ")]
    assert [line.split("`")[1] for line in lines] == ["bed-exit", "fall"]
    assert lines[1].endswith("; continues if the score is high again within 2 s of its end.")


def test_the_card_lists_only_the_settings_of_the_split_that_are_set() -> None:
    split = SplitFacts("subject", 0.25, 0.2, 3, test_parts=("room-1", "room-2"))
    text = card(replace(manifest_of("bed-exit"), data=DataFacts("mine", split=split)))
    assert "- split: by subject, validation 0.25, test 0.2, seed 3, test_parts room-1 room-2\n" in text


def test_nothing_in_a_card_is_escaped() -> None:
    summary = "Tells <b> from {{ b }} & \"two\" 'quotes'."
    assert card(replace(manifest_of("sentiment"), summary=summary)).startswith(f"# sentiment\n\n{summary}\n\n## What")
