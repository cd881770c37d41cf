"""Each committed page is generated from its template and the committed numbers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.bed_exit_rfid import report as bed_exit_rfid
from benchmarks.bed_exit_rfid.score import Score
from benchmarks.export_latency import report as export_latency
from benchmarks.export_latency import results as export_latency_results
from benchmarks.footprint import report as footprint
from benchmarks.footprint import results as footprint_results
from benchmarks.held_out import report as held_out
from benchmarks.live import report as live
from benchmarks.live import results as live_results
from benchmarks.streaming_step import report as streaming_step
from benchmarks.training_speed import report as training_speed
from benchmarks.training_speed import results as training_speed_results

DOCS = Path(__file__).parents[2] / "docs" / "measured"


def bed_exit_rfid_page(numbers: str) -> str:
    stored = json.loads(numbers)
    return bed_exit_rfid.page(stored["about"], [Score(**score) for score in stored["scores"]])


def held_out_page(numbers: str) -> str:
    stored = json.loads(numbers)
    return held_out.page(stored["about"], stored["scores"])


def streaming_step_page(numbers: str) -> str:
    stored = json.loads(numbers)
    cells = [streaming_step.Measured(**cell) for cell in stored["cells"]]
    return streaming_step.page(stored["about"], cells, stored["rounds"])


#: Name of a page -> function that generates it from the text of its JSON file.
PAGES: dict[str, Callable[[str], str]] = {
    "bed_exit_rfid": bed_exit_rfid_page,
    "footprint": lambda numbers: footprint.page(footprint_results.from_json(numbers)),
    "held_out": held_out_page,
    "live": lambda numbers: live.page(live_results.from_json(numbers)),
    "streaming_step": streaming_step_page,
    "training_speed": lambda numbers: training_speed.page(training_speed_results.from_json(numbers)),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_matches_the_numbers_in_its_json_file(name: str) -> None:
    page = PAGES[name]((DOCS / f"{name}.json").read_text("utf-8"))
    assert page.encode() == (DOCS / f"{name}.md").read_bytes()


def test_the_latency_page_matches_its_numbers_and_describes_its_former_method() -> None:
    """The numbers are older than PyTorch's separate process: until the next run, the page describes the old method."""
    numbers = (DOCS / "export_latency.json").read_text("utf-8")
    page = export_latency.page(export_latency_results.from_json(numbers))
    committed = (DOCS / "export_latency.md").read_text("utf-8")
    (tables, method), (committed_tables, committed_method) = (
        text.split("\n## How it was measured\n") for text in (page, committed)
    )
    assert tables == committed_tables
    assert "All contenders except PyTorch run in one process" in method
    assert "All contenders run in one process" in committed_method


def test_the_held_out_figures_match_the_committed_bundles() -> None:
    scores = json.loads((DOCS / "held_out.json").read_text("utf-8"))["scores"]
    exported = Path(__file__).parents[2] / "exported"
    assert {row["model"] for row in scores} == {path.parent.name for path in exported.glob("*/model.onnx")}
    for row in scores:
        assert row["size"] == (exported / row["model"] / "model.onnx").stat().st_size
        manifest_metrics = json.loads((exported / row["model"] / "manifest.json").read_text("utf-8"))["metrics"]["test"]
        if row["data"] != "imdb":
            assert row["metrics"] == pytest.approx(manifest_metrics, rel=1e-6)
