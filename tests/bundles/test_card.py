"""The cards of the committed bundles, rendered again."""

from dataclasses import replace
from pathlib import Path

import pytest

from zoo.bundles.card import TASKS, card
from zoo.core.manifest import Manifest
from zoo.edge import tasks as tables
from zoo.edge.bundle import read_bundle

SHELF = Path(__file__).parents[2] / "exported"
BUNDLES = sorted(path.parent for path in SHELF.glob("*/card.md"))


def manifest_of(name: str) -> Manifest:
    return read_bundle(SHELF / name).manifest


def test_every_committed_bundle_has_a_card() -> None:
    assert {path.name for path in BUNDLES} == {"bed-exit", "bed-exit-rfid", "next-word", "sentiment"}


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_a_committed_card_is_what_its_manifest_gives(folder: Path) -> None:
    assert card(manifest_of(folder.name)) == (folder / "card.md").read_text("utf-8")


def test_every_task_has_its_texts() -> None:
    assert set(TASKS) == set(tables.TASKS)


def test_what_was_not_recorded_is_said() -> None:
    manifest = replace(manifest_of("bed-exit"), data=None, metrics={}, made_with={}, streaming=None)
    text = card(manifest)
    for said in (
        "## Data\nNot recorded.\n\n## Use and limits\nIt was measured on data like its training data only.",
        "## Measured\nNothing was recorded.\n\n## Input",
        "print(model.predict(values))  # values: (time, features) float32\n```\n\n## How it was checked",
        "- Made with versions that were not recorded.\n",
    ):
        assert said in text


def test_a_card_is_markdown_in_which_nothing_is_escaped() -> None:
    summary = "Tells <b> from {{ b }} & \"two\" 'quotes'."
    assert card(replace(manifest_of("sentiment"), summary=summary)).startswith(f"# sentiment\n\n{summary}\n\n## What")
