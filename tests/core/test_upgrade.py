"""Each upgrade step from an older manifest format to a newer one, on JSON values."""

import json
import math
from typing import Any

import pytest

from zoo.core.errors import BundleError
from zoo.core.events import EventRule
from zoo.core.manifest import FORMAT_VERSION, Manifest
from zoo.core.provenance import Int8Report, Int8Row, MetricPair, ModelFacts, ParityFacts, PiecesFacts, SplitFacts
from zoo.core.upgrade import STEPS, to_2, to_3, upgraded

RULE = {"label": "fall", "threshold": 0.5, "release": 0.25}
REPORT = {
    "asked": "auto",
    "chosen": "float32",
    "metric": None,
    "rows": [{"candidate": "float32", "size_bytes": 900, "ratio": 1.0, "latency_ms": 0.5, "change": 0.0}],
}
#: A manifest of format 2 with every key it could have.
OLD: dict[str, Any] = {
    "name": "fall",
    "task": "event-detection",
    "summary": "Detects falls.",
    "recipe_sha256": "ab" * 32,
    "input": {"features": [{"name": "acc"}], "sample_rate_hz": 25, "kind": "sensor"},
    "output": {"labels": ["fall"]},
    "events": RULE,
    "runtime": {"opset": 17, "ir_version": 8, "nodes": {"GRU": 1}, "int8": REPORT},
    "model": {"cell": "gru", "parameters": 1234, "layers": ["recurrent: GRU"]},
    "made_with": {"keras": "3.15"},
    "data": {
        "name": "hapt",
        "licence": "CC BY 4.0",
        "split": {"by": "subject", "validation": 0.2, "test": 0.2, "seed": 0, "test_parts": ["room-2"]},
    },
    "metrics": {"test": {"f1": 0.9, "delay_s": None, "events": 36}},
    "parity": {
        "cases": 13,
        "rows": 8,
        "largest_absolute": 3e-7,
        "largest_relative": 6e-5,
        "allowed": "1e-05",
        "patterns": ["full"],
        "pieces": {"inputs": 12, "ways": 36, "largest": 2e-7, "allowed": 1e-6},
        "metrics": {"f1": {"keras": 0.9, "onnx": 0.8, "float32": 0.9}, "delay_s": {"keras": None, "onnx": None}},
    },
    "format_version": 2,
}


def read(**changes: Any) -> Manifest:
    return Manifest.from_json(json.dumps(OLD | changes))


def test_there_is_a_step_from_every_older_format() -> None:
    assert list(STEPS) == list(range(1, FORMAT_VERSION))


@pytest.mark.parametrize("version", STEPS)
def test_every_older_format_is_upgraded_to_the_newest(version: int) -> None:
    manifest = read(format_version=version)
    assert manifest.format_version == FORMAT_VERSION
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_the_newest_format_is_returned_unchanged() -> None:
    newest = {"format_version": FORMAT_VERSION, "events": None, "metrics": 3}
    assert upgraded(newest) is newest
    assert upgraded({"input": {"kind": "sensor"}}) == {"input": {"kind": "sensor"}}


def test_a_step_does_not_change_its_argument() -> None:
    before = json.dumps(OLD)
    for step in STEPS.values():
        step(OLD)
    assert json.dumps(OLD) == before


def test_format_2_only_added_keys() -> None:
    assert to_2(OLD) == OLD


def test_format_3_has_recordings_and_a_list_of_rules() -> None:
    manifest = read()
    assert manifest.input.kind == "recording"
    assert manifest.events == (EventRule("fall", 0.5, 0.25),)
    assert read(events=None).events == ()
    text = {"vocabulary": 9, "max_tokens": 4, "kind": "text"}
    assert to_3(OLD | {"input": text})["input"] == text


def test_format_3_has_no_free_dictionaries() -> None:
    manifest = read()
    assert manifest.runtime is not None
    assert manifest.data is not None
    assert (manifest.runtime.opset, manifest.runtime.ir_version, manifest.runtime.nodes) == (17, 8, {"GRU": 1})
    assert manifest.runtime.int8 == Int8Report("auto", "float32", None, (Int8Row("float32", 900, 1.0, 0.5, 0.0),))
    assert manifest.model == ModelFacts("gru", 1234, ("recurrent: GRU",))
    assert (manifest.data.name, manifest.data.licence, manifest.data.cite) == ("hapt", "CC BY 4.0", "")
    assert manifest.data.split == SplitFacts("subject", 0.2, 0.2, test_parts=("room-2",))
    assert manifest.metrics == {"test": {"f1": 0.9, "delay_s": None, "events": 36}}
    pieces = PiecesFacts(12, 36, 2e-7, 1e-6)
    pairs = {"f1": MetricPair(0.9, 0.8, float32=0.9), "delay_s": MetricPair(None, None)}
    assert manifest.parity == ParityFacts(13, 8, 3e-7, 6e-5, "1e-05", ("full",), pieces, pairs)


def test_empty_parts_become_null() -> None:
    manifest = read(**{key: {} for key in ("runtime", "model", "data", "metrics", "parity")})
    assert (manifest.runtime, manifest.data, manifest.parity) == (None, None, None)
    assert (manifest.model, manifest.metrics) == (ModelFacts(), {})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("runtime", {"nodes": {"GRU": 1}}, None),
        ("runtime", [17], None),
        ("data", {"owner": "me"}, None),
        ("data", {"name": "mine", "owner": "me", "licence": 4}, {"name": "mine"}),
        ("data", {"name": "mine", "split": {"by": "subject"}}, {"name": "mine", "split": None}),
        ("model", {"cell": "gru", "parameters": "many", "mood": "good"}, {"cell": "gru"}),
        ("metrics", {"test": {"f1": 0.5, "note": "good", "list": [1]}, "threshold": 0.5}, {"test": {"f1": 0.5}}),
        ("metrics", {"test": {"delay_s": math.nan, "f1": math.inf}}, {"test": {"delay_s": None, "f1": None}}),
        ("parity", {"cases": 13}, None),
    ],
)
def test_keys_without_a_field_are_dropped(name: str, value: Any, expected: Any) -> None:
    assert to_3(OLD | {name: value})[name] == expected


def test_incomplete_pairs_are_dropped_from_the_parity() -> None:
    parity = OLD["parity"] | {"metrics": {"f1": {"keras": 0.9}, "top1": 3}, "pieces": {"ways": 2}}
    upgraded_parity = to_3(OLD | {"parity": parity})["parity"]
    assert isinstance(upgraded_parity, dict)
    assert (upgraded_parity["metrics"], upgraded_parity["pieces"], upgraded_parity["cases"]) == ({}, None, 13)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"events": 5}, r"^manifest\.events\[0\]: expected an object, got 5\.$"),
        (
            {"events": RULE | {"threshold": 2}},
            r"^manifest\.events\[0\]\.threshold: expected a score in",
        ),
        ({"input": 5}, r"^manifest\.input: expected an object, got 5\.$"),
        ({"input": {"kind": "smell"}}, r"^manifest\.input\.kind: expected 'recording' or 'text', got 'smell'\.$"),
        ({"name": 5}, r"^manifest\.name: expected a text, got 5\.$"),
        ({"format_version": 4}, r"^manifest\.format_version: expected at most 3, got 4\. Upgrade sequence-zoo\.$"),
    ],
)
def test_mistakes_in_what_a_device_needs_are_still_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        read(**changes)
