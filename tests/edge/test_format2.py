"""Bundles of formats 1 and 2 that are in use: their answers still equal those of the code that wrote them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.edge import Stream, load
from zoo.edge.bundle import read_bundle
from zoo.edge.device.file_checks import inspect_file
from zoo.edge.device.findings import Findings

FIXTURES = Path(__file__).parents[1] / "fixtures" / "format2"
BUNDLES = sorted(path.parent for path in FIXTURES.glob("*/model.onnx"))
RECORDINGS = [path for path in BUNDLES if "recording" in (path / "answers.json").read_text("utf-8")]


def answers(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "answers.json").read_text("utf-8"))


def close(value: Any) -> Any:
    """The same value, with a tolerance of 1e-6 for its numbers."""
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
def test_an_older_bundle_answers_as_before(folder: Path) -> None:
    expected, model = answers(folder), load(folder)
    assert model.self_test() == []
    assert model.manifest.task == expected["task"]
    inputs = [case["input"] for case in expected["answers"]]
    assert inputs[:-3] == [case["input"] for case in json.loads(read_bundle(folder).selftest or "")]
    for case in expected["answers"]:
        assert model.predict(case["input"]).to_dict() == close(case["says"])


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_an_older_bundle_has_no_problem_and_its_format_is_reported(folder: Path) -> None:
    findings = Findings()
    inspect_file(folder, findings)
    by_check = {finding.check: finding for finding in findings.all}
    assert {finding.verdict for finding in by_check.values()} == {"ok"}
    written = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert by_check["manifest"].facts == {"format_version": written["format_version"]}


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda path: path.name)
def test_an_older_bundle_gives_the_same_scores_as_before_as_a_whole_and_live(folder: Path) -> None:
    expected, model = answers(folder), load(folder)
    whole = model.predict(expected["recording"]).steps
    np.testing.assert_allclose(whole, expected["whole"], rtol=0, atol=1e-6)
    stream = model.stream()
    assert isinstance(stream, Stream)
    live, events = [], []
    for sample in np.asarray(expected["recording"], np.float32):
        events += stream.push(sample)
        live.extend(stream.scores)
    events += stream.flush()
    np.testing.assert_allclose(live, expected["live"], rtol=0, atol=1e-6)
    assert expected["events"]
    assert [[event.label, event.start_s, event.end_s] for event in events] == expected["events"]
