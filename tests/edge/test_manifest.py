import dataclasses
import json
import math

import pytest

from zoo.core.errors import BundleError
from zoo.core.events import EventRule
from zoo.core.manifest import FORMAT_VERSION, Feature, Manifest, Output, RecordingInput, Streaming, TextInput
from zoo.core.provenance import (
    DataFacts,
    Int8Report,
    Int8Row,
    MetricPair,
    ModelFacts,
    ParityFacts,
    PiecesFacts,
    Runtime,
    SplitFacts,
)
from zoo.edge.manifests import read_manifest

SENSOR = Manifest(
    "bed-exit",
    "event-detection",
    "Detects a person leaving bed.",
    "ab" * 32,
    RecordingInput((Feature("acc_x", "g", -8, 8), Feature("gyro_x", "rad/s")), 25.0),
    Output(("bed-exit",)),
    (EventRule("bed-exit", 0.5, 0.3, 0.1, 5.0),),
    Runtime(17, 8, {"GRU": 1}, Int8Report("auto", "float32", None, (Int8Row("float32", 900, 1.0, 0.5, None),))),
    ModelFacts("gru", 1234, ("recurrent: GRU",)),
    {"keras": "3.15"},
    DataFacts("hapt", "Activities", "CC BY 4.0", split=SplitFacts("subject", 0.25, 0.2, folds=5, fold=1)),
    {"test": {"f1": 0.9, "delay_s": None, "events": 36}},
    ParityFacts(13, 8, 3e-7, 6e-5, "1e-05", ("full",), PiecesFacts(12, 36, 2e-7, 1e-6), {"f1": MetricPair(0.9, 0.9)}),
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
#: The manifest of a user's own model, with only the required fields.
BARE = Manifest("mine", "classification", "", "0" * 64, TextInput(9, 9), Output(("a", "b"), thresholds=(0.5, 0.25)))
TAGS = dataclasses.replace(SENSOR, task="tagging", output=Output(("still", "moving")), events=())
SENTIMENT = dataclasses.replace(TEXT, task="classification", output=Output(("negative", "positive")))


@pytest.mark.parametrize("manifest", [SENSOR, TEXT, SENTIMENT, BARE])
def test_a_manifest_survives_the_round_trip_through_json(manifest):
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert read_manifest(manifest.to_json()) == manifest


def test_a_count_is_written_and_read_as_a_count():
    assert '"events": 36\n' in SENSOR.to_json()
    assert '"events": 36\n' in Manifest.from_json(SENSOR.to_json()).to_json()


def test_nan_and_infinity_are_written_as_null():
    parity = dataclasses.replace(SENSOR.parity, metrics={"delay_s": MetricPair(math.nan, math.nan)})
    metrics = {"test": {"delay_s": math.nan, "perplexity": math.inf, "f1": 0.5}}
    text = dataclasses.replace(SENSOR, metrics=metrics, parity=parity).to_json()
    plain = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert plain["metrics"] == {"test": {"delay_s": None, "perplexity": None, "f1": 0.5}}
    manifest = read_manifest(text)
    assert manifest.metrics == plain["metrics"]
    assert manifest.parity.metrics == {"delay_s": MetricPair(None, None)}


def test_the_piece_is_one_step_unless_streaming_defines_it():
    assert SENSOR.piece == 1
    assert dataclasses.replace(SENSOR, streaming=Streaming((), piece=4)).piece == 4


def test_unknown_keys_of_a_newer_writer_are_ignored():
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
        ("", r"here: expected JSON, got text that does not parse: Expecting value"),
        ('{"name": ', r"here: expected JSON, got text that does not parse: Expecting value"),
        ("[]", r"here: expected an object, got \[\]\."),
        ("{}", r"here: expected the key 'name', got none\."),
    ],
)
def test_text_that_is_not_a_manifest_is_refused(text, message):
    with pytest.raises(BundleError, match=message):
        Manifest.from_json(text, "here")


MISSING = object()
RULE = dataclasses.asdict(SENSOR.events[0])


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
        (SENSOR, "input.kind", "smell", r"manifest\.input\.kind: expected 'recording' or 'text', got 'smell'\."),
        (SENSOR, "input.kind", ["smell"], r"manifest\.input\.kind: expected 'recording' or 'text', got \['smell'\]\."),
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
        (SENSOR, "input.kind", "sensor", r"manifest\.input\.kind: expected 'recording' or 'text', got 'sensor'\."),
        (SENSOR, "events.0.threshold", 2, r"manifest\.events\[0\]\.threshold: expected a score in .*, got 2\.0\."),
        (SENSOR, "events.0.label", MISSING, r"manifest\.events\[0\]: expected the key 'label', got none\."),
        (SENSOR, "events", None, r"manifest\.events: expected a list, got None\."),
        (SENSOR, "events", [], r"manifest\.events: expected rules for event-detection, and none for other tasks\."),
        (TEXT, "events", [RULE], r"manifest\.events: expected rules for event-detection, and none for other tasks\."),
        (SENSOR, "events", [RULE, RULE], r"manifest\.events: expected one rule, got 2\."),
        (SENSOR, "output.labels", [], r"manifest\.output\.labels: expected only the event's name, got 0 labels\."),
        (SENSOR, "made_with.keras", 3.15, r"manifest\.made_with\.keras: expected a text, got 3\.15\."),
        (SENSOR, "runtime", [1], r"manifest\.runtime: expected an object, got \[1\]\."),
        (SENSOR, "runtime.opset", "17", r"manifest\.runtime\.opset: expected a whole number, got '17'\."),
        (SENSOR, "runtime.ir_version", MISSING, r"manifest\.runtime: expected the key 'ir_version', got none\."),
        (SENSOR, "runtime.nodes.GRU", 1.5, r"manifest\.runtime\.nodes\.GRU: expected a whole number, got 1\.5\."),
        (
            SENSOR,
            "runtime.int8.asked",
            "please",
            r"manifest\.runtime\.int8\.asked: expected 'auto' or 'on' or 'off', got 'please'\.",
        ),
        (
            SENSOR,
            "runtime.int8.rows.0.ratio",
            None,
            r"manifest\.runtime\.int8\.rows\[0\]\.ratio: expected a number, got None\.",
        ),
        (SENSOR, "model", None, r"manifest\.model: expected an object, got None\."),
        (SENSOR, "model.layers", "GRU", r"manifest\.model\.layers: expected a list, got 'GRU'\."),
        (SENSOR, "data.licence", 4, r"manifest\.data\.licence: expected a text, got 4\."),
        (SENSOR, "data.split.fold", "1", r"manifest\.data\.split\.fold: expected a whole number, got '1'\."),
        (SENSOR, "metrics.test", 0.9, r"manifest\.metrics\.test: expected an object, got 0\.9\."),
        (SENSOR, "metrics.test.f1", "high", r"manifest\.metrics\.test\.f1: expected a number, got 'high'\."),
        (SENSOR, "parity.cases", 1.5, r"manifest\.parity\.cases: expected a whole number, got 1\.5\."),
        (SENSOR, "parity.pieces.ways", None, r"manifest\.parity\.pieces\.ways: expected a whole number, got None\."),
        (
            SENSOR,
            "parity.metrics.f1.onnx",
            MISSING,
            r"manifest\.parity\.metrics\.f1: expected the key 'onnx', got none\.",
        ),
        (
            BARE,
            "output.thresholds",
            [0.5],
            r"manifest\.output\.thresholds: expected one per label \(2\) or none, got 1\.",
        ),
        (
            BARE,
            "output.thresholds",
            [0.5, 1],
            r"manifest\.output\.thresholds: expected scores in \(0, 1\), got \[0\.5, 1\.0\]\.",
        ),
        (BARE, "output.thresholds.1", "x", r"manifest\.output\.thresholds\[1\]: expected a number, got 'x'\."),
        (
            SENSOR,
            "output.window_steps",
            128,
            r"output\.window_steps: expected null, because it has no meaning for event-detection, got 128\.",
        ),
        (
            TAGS,
            "output.window_steps",
            128,
            r"output\.window_steps: expected null, because it has no meaning for tagging",
        ),
        (
            TEXT,
            "output.window_steps",
            128,
            r"output\.window_steps: expected null, because it has no meaning for next-word",
        ),
        (
            SENSOR,
            "output.thresholds",
            [0.5],
            r"output\.thresholds: expected none, because .* event-detection, got \[0\.5\]\.",
        ),
        (
            TAGS,
            "output.thresholds",
            [0.5, 0.5],
            r"output\.thresholds: expected none, because it has no meaning for tagging",
        ),
        (TEXT, "output.labels", ["a", "b"], r"output\.labels: expected none, because .* next-word, got \['a', 'b'\]\."),
        (
            BARE,
            "output.never",
            [0],
            r"output\.never: expected none, because it has no meaning for classification, got \[0\]",
        ),
        (
            TAGS,
            "output.never",
            [0],
            r"output\.never: expected none, because it has no meaning for tagging, got \[0\]\.",
        ),
        (
            SENSOR,
            "task",
            "next-word",
            r"manifest\.input\.kind: expected 'text' for next-word, got 'recording'\.",
        ),
        (TEXT, "task", "tagging", r"manifest\.input\.kind: expected 'recording' for tagging, got 'text'\."),
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
            r"manifest\.output\.labels: expected unique labels, got \['a', 'a'\]\.",
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
