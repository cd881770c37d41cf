import dataclasses
import json
import math

import pytest

from zoo.core.errors import BundleError
from zoo.core.events import EventRule
from zoo.core.manifest import FORMAT_VERSION, Feature, Manifest, Output, RecordingInput, TextInput
from zoo.edge.manifests import read_manifest

SENSOR = Manifest(
    "bed-exit",
    "event-detection",
    "Detects a person leaving bed.",
    "ab" * 32,
    RecordingInput((Feature("acc_x", "g", -8, 8), Feature("gyro_x", "rad/s")), 25.0),
    Output(("bed-exit",)),
    EventRule("bed-exit", 0.5, 0.3, 0.1, 5.0),
    runtime={"opset": 17, "ir_version": 8, "nodes": {"GRU": 1}},
    made_with={"keras": "3.15"},
    metrics={"test": {"f1": 0.9}},
)
TEXT = Manifest(
    "next-word",
    "next-word",
    "Proposes the next word.",
    "cd" * 32,
    TextInput(1000, 48, begin_id=2),
    Output((), never=(0, 1, 2)),
    tokenizer_sha256="ef" * 32,
)
SENTIMENT = dataclasses.replace(TEXT, task="classification", output=Output(("negative", "positive")))


@pytest.mark.parametrize("manifest", [SENSOR, TEXT, SENTIMENT])
def test_json_there_and_back(manifest):
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_numbers_that_json_has_not_are_written_as_null():
    manifest = dataclasses.replace(SENSOR, metrics={"test": {"delay_s": math.nan, "alarms": [math.inf, 1.5]}})
    plain = json.loads(manifest.to_json(), parse_constant=lambda word: pytest.fail(word))
    assert plain["metrics"] == {"test": {"delay_s": None, "alarms": [None, 1.5]}}


def test_what_a_newer_writer_adds_is_passed_over():
    plain = json.loads(SENSOR.to_json())
    plain["colour"] = "green"
    plain["input"]["features"][0]["colour"] = "red"
    assert Manifest.from_json(json.dumps(plain)) == SENSOR


def test_a_newer_format_is_refused_before_anything_else_is_read():
    text = json.dumps({"format_version": FORMAT_VERSION + 1, "name": 3})
    message = rf"format_version: expected at most {FORMAT_VERSION}, got {FORMAT_VERSION + 1}\. Upgrade sequence-zoo\."
    with pytest.raises(BundleError, match=message):
        Manifest.from_json(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"here: expected JSON, got a text with an error: Expecting value"),
        ('{"name": ', r"here: expected JSON, got a text with an error: Expecting value"),
        ("[]", r"here: expected an object, got \[\]\."),
        ("{}", r"here: expected the key 'name', got none\."),
    ],
)
def test_a_text_that_is_no_manifest_is_refused(text, message):
    with pytest.raises(BundleError, match=message):
        Manifest.from_json(text, "here")


MISSING = object()


@pytest.mark.parametrize(
    ("manifest", "path", "value", "message"),
    [
        (SENSOR, "name", 3, r"manifest\.name: expected a text, got 3\."),
        (
            SENSOR,
            "task",
            "chess",
            r"manifest\.task: expected 'event-detection' or 'tagging' or 'classification' or 'next-word', got 'chess'",
        ),
        (SENSOR, "task", ["chess"], r"manifest\.task: expected .*, got \['chess'\]\."),
        (SENSOR, "input", None, r"manifest\.input: expected an object, got None\."),
        (SENSOR, "input.kind", "smell", r"manifest\.input\.kind: expected 'sensor' or 'text', got 'smell'\."),
        (SENSOR, "input.kind", ["smell"], r"manifest\.input\.kind: expected 'sensor' or 'text', got \['smell'\]\."),
        (SENSOR, "input.sample_rate_hz", "25", r"manifest\.input\.sample_rate_hz: expected a number, got '25'\."),
        (SENSOR, "input.sample_rate_hz", True, r"manifest\.input\.sample_rate_hz: expected a number, got True\."),
        (SENSOR, "input.sample_rate_hz", math.nan, r"manifest\.input\.sample_rate_hz: expected a number, got nan\."),
        (SENSOR, "input.sample_rate_hz", 0, r"manifest\.input\.sample_rate_hz: expected more than 0, got 0\."),
        (SENSOR, "input.features", {}, r"manifest\.input\.features: expected a list, got {}\."),
        (SENSOR, "input.features", [], r"manifest\.input\.features: expected at least one, got none\."),
        (SENSOR, "input.features.1.low", "x", r"manifest\.input\.features\[1\]\.low: expected a number, got 'x'\."),
        (
            SENSOR,
            "input.features.1.name",
            MISSING,
            r"manifest\.input\.features\[1\]: expected the key 'name', got none\.",
        ),
        (SENSOR, "input.dtype", "float64", r"manifest\.input\.dtype: expected 'float32', got 'float64'\."),
        (SENSOR, "events.threshold", 2, r"manifest\.events\.threshold: expected a score in \(0, 1\], got 2\.0\."),
        (SENSOR, "events", None, r"manifest\.events: expected a rule for event-detection, and null for other tasks\."),
        (
            TEXT,
            "events",
            dataclasses.asdict(SENSOR.events),
            r"manifest\.events: expected a rule for event-detection, and",
        ),
        (SENSOR, "output.labels", [], r"manifest\.output\.labels: expected the event's name alone, got 0 labels\."),
        (SENSOR, "made_with.keras", 3.15, r"manifest\.made_with\.keras: expected a text, got 3\.15\."),
        (SENSOR, "runtime", [1], r"manifest\.runtime: expected an object, got \[1\]\."),
        (
            SENSOR,
            "task",
            "next-word",
            r"manifest\.input\.kind: expected 'text' for next-word, got 'sensor'\.",
        ),
        (TEXT, "task", "tagging", r"manifest\.input\.kind: expected 'sensor' for tagging, got 'text'\."),
        (TEXT, "input.max_tokens", 4.5, r"manifest\.input\.max_tokens: expected a whole number, got 4\.5\."),
        (TEXT, "input.max_tokens", 0, r"manifest\.input\.max_tokens: expected at least 1, got 0\."),
        (TEXT, "input.keep", "middle", r"manifest\.input\.keep: expected 'start' or 'end', got 'middle'\."),
        (TEXT, "input.begin_id", 1000, r"manifest\.input\.begin_id: expected an id from 0 to 999, got 1000\."),
        (TEXT, "output.never", [-1], r"manifest\.output\.never: expected ids from 0 to 999, got \[-1\]\."),
        (TEXT, "tokenizer_sha256", 1, r"manifest\.tokenizer_sha256: expected a text, got 1\."),
        (TEXT, "model_sha256", "", r"manifest\.model_sha256: expected 64 hexadecimal digits, got ''\."),
        (SENTIMENT, "output.labels", ["only"], r"manifest\.output\.labels: expected at least 2 labels, got 1\."),
        (
            SENTIMENT,
            "output.labels",
            ["a", "a"],
            r"manifest\.output\.labels: expected different labels, got \['a', 'a'\]\.",
        ),
    ],
)
def test_a_wrong_value_is_named(manifest, path, value, message):
    plain = json.loads(manifest.to_json())
    *parents, last = (int(key) if key.isdigit() else key for key in path.split("."))
    place = plain
    for key in parents:
        place = place[key]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    with pytest.raises(BundleError, match=message):
        read_manifest(json.dumps(plain))
