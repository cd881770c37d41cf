"""Bundles of formats 1 and 2, with what the code of their time said of them: they are in use, and still say it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.edge import Stream, load
from zoo.edge.bundle import read_bundle
from zoo.edge.device.file_checks import look_at
from zoo.edge.device.findings import Findings

FIXTURES = Path(__file__).parents[1] / "fixtures" / "format2"
BUNDLES = sorted(path.parent for path in FIXTURES.glob("*/model.onnx"))
RECORDINGS = [path for path in BUNDLES if "recording" in (path / "answers.json").read_text("utf-8")]


def answers(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "answers.json").read_text("utf-8"))


def close(value: Any) -> Any:
    """The same value, its numbers to 1e-6."""
    if isinstance(value, dict):
        return {key: close(item) for key, item in value.items()}
    if isinstance(value, list):
        return [close(item) for item in value]
    return pytest.approx(value, abs=1e-6) if isinstance(value, float) else value


def test_there_are_bundles_of_both_formats_and_of_every_task() -> None:
    assert [path.name for path in BUNDLES] == ["bed-exit", "bed-exit-rfid", "next-word", "sentiment"]
    written = [json.loads((path / "manifest.json").read_text("utf-8")) for path in BUNDLES]
    assert [manifest["format_version"] for manifest in written] == [2, 2, 2, 1]
    assert [manifest["task"] for manifest in written] == ["event-detection"] * 2 + ["next-word", "sentiment"]


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_an_older_bundle_says_what_it_said(folder: Path) -> None:
    known, model = answers(folder), load(folder)
    assert model.self_test() == []
    assert model.manifest.task == known["task"]
    given = [case["input"] for case in known["answers"]]
    assert given[:-3] == [case["input"] for case in json.loads(read_bundle(folder).selftest or "")]
    for case in known["answers"]:
        assert model.predict(case["input"]).to_dict() == close(case["says"])


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_an_older_bundle_has_no_problem_and_is_told_to_be_older(folder: Path) -> None:
    findings = Findings()
    look_at(folder, findings)
    found = {finding.check: finding for finding in findings.all}
    assert {finding.verdict for finding in found.values()} == {"ok"}
    written = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert found["manifest"].facts == {"format_version": written["format_version"]}


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda path: path.name)
def test_an_older_bundle_gives_the_scores_that_it_gave_whole_and_live(folder: Path) -> None:
    known, model = answers(folder), load(folder)
    whole = model.predict(known["recording"]).steps
    np.testing.assert_allclose(whole, known["whole"], rtol=0, atol=1e-6)
    stream = model.stream()
    assert isinstance(stream, Stream)
    live, events = [], []
    for sample in np.asarray(known["recording"], np.float32):
        events += stream.push(sample)
        live.extend(stream.scores)
    events += stream.flush()
    np.testing.assert_allclose(live, known["live"], rtol=0, atol=1e-6)
    assert known["events"]
    assert [[event.label, event.start_s, event.end_s] for event in events] == known["events"]
