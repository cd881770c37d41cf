"""Each committed page is what its template makes of the committed numbers."""

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
    return bed_exit_rfid.page(stored["about"], [Score(**one) for one in stored["scores"]])


def held_out_page(numbers: str) -> str:
    stored = json.loads(numbers)
    return held_out.page(stored["about"], stored["scores"])


def streaming_step_page(numbers: str) -> str:
    stored = json.loads(numbers)
    found = [streaming_step.Measured(**one) for one in stored["cells"]]
    return streaming_step.page(stored["about"], found, stored["rounds"])


#: Name of the page -> the page of the text of its JSON file.
PAGES: dict[str, Callable[[str], str]] = {
    "bed_exit_rfid": bed_exit_rfid_page,
    "footprint": lambda numbers: footprint.page(footprint_results.from_json(numbers)),
    "held_out": held_out_page,
    "live": lambda numbers: live.page(live_results.from_json(numbers)),
    "streaming_step": streaming_step_page,
    "training_speed": lambda numbers: training_speed.page(training_speed_results.from_json(numbers)),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_of_the_numbers_beside_it(name: str) -> None:
    page = PAGES[name]((DOCS / f"{name}.json").read_text("utf-8"))
    assert page.encode() == (DOCS / f"{name}.md").read_bytes()


def test_the_page_about_latency_is_of_the_numbers_beside_it_but_for_how_they_were_measured() -> None:
    """They are older than PyTorch's process of its own: until a new run the committed page tells how it was then."""
    numbers = (DOCS / "export_latency.json").read_text("utf-8")
    page = export_latency.page(export_latency_results.from_json(numbers))
    committed = (DOCS / "export_latency.md").read_text("utf-8")
    (tables, method), (committed_tables, committed_method) = (
        text.split("\n## How it was measured\n") for text in (page, committed)
    )
    assert tables == committed_tables
    assert "All but PyTorch in one process" in method
    assert "All in one process" in committed_method


def test_the_held_out_figures_are_those_of_the_committed_bundles() -> None:
    scores = json.loads((DOCS / "held_out.json").read_text("utf-8"))["scores"]
    exported = Path(__file__).parents[2] / "exported"
    assert {row["model"] for row in scores} == {path.parent.name for path in exported.glob("*/model.onnx")}
    for row in scores:
        assert row["size"] == (exported / row["model"] / "model.onnx").stat().st_size
        own = json.loads((exported / row["model"] / "manifest.json").read_text("utf-8"))["metrics"]["test"]
        if row["data"] != "imdb":
            assert row["metrics"] == pytest.approx(own, rel=1e-6)
