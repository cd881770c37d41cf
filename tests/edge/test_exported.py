"""The committed bundles as a device uses them."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.core.manifest import FORMAT_VERSION
from zoo.edge import Event, Runner, Stream, TextStream, load
from zoo.edge.bundle import read_bundle
from zoo.edge.selftest import read_cases
from zoo.edge.tasks import TASKS

EXPORTED = Path(__file__).parents[2] / "exported"
BUNDLES = sorted(path.parent for path in EXPORTED.glob("*/model.onnx"))
LIVE = [path for path in BUNDLES if read_bundle(path).manifest.streaming]
SENSORS = [path for path in LIVE if read_bundle(path).manifest.input.kind == "recording"]


def test_there_is_a_committed_bundle_of_every_task() -> None:
    assert {"bed-exit", "next-word", "sentiment"} <= {path.name for path in BUNDLES}
    assert {load(path).manifest.task for path in BUNDLES} == set(TASKS)


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_a_committed_bundle_passes_its_self_test(folder: Path) -> None:
    assert load(folder).self_test() == []
    assert load(folder / "model.onnx").manifest == load(folder).manifest


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_a_committed_bundle_is_small_native_measured_and_described(folder: Path) -> None:
    manifest = read_bundle(folder).manifest
    assert sum(path.stat().st_size for path in folder.iterdir()) < 8_000_000
    assert manifest.runtime is not None
    assert manifest.parity is not None
    assert manifest.data is not None
    nodes = manifest.runtime.nodes
    assert nodes.keys() & {"GRU", "LSTM", "RNN"}
    assert not nodes.keys() & {"Loop", "Scan", "If"}
    assert manifest.metrics["test"]
    assert manifest.parity.largest_absolute <= 1e-5
    assert manifest.data.licence
    assert manifest.data.split is not None
    card = (folder / "card.md").read_text("utf-8")
    assert manifest.model_sha256 in card
    assert manifest.recipe_sha256 in card
    assert (folder / "tokenizer.json").exists() == (manifest.tokenizer_sha256 is not None)
    written = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (written["name"], written["format_version"]) == (folder.name, FORMAT_VERSION)


def test_the_readme_examples_for_texts_hold() -> None:
    assert load(EXPORTED / "sentiment").predict("what a waste of two hours").label == "negative"
    proposals = load(EXPORTED / "next-word").predict("thank you very")
    assert proposals.label == "much"
    assert len(proposals.scores) == 3


def test_every_causal_recipe_has_a_streaming_bundle() -> None:
    assert [path.name for path in LIVE] == ["activity-live", "bed-exit", "bed-exit-rfid", "next-word"]


def pushed(model: Runner, rate_hz: float, parts: list[np.ndarray], times: list[np.ndarray]) -> tuple[np.ndarray, list]:
    """Scores and events of a recording that is pushed part by part."""
    stream = model.stream(rate_hz=rate_hz)
    assert isinstance(stream, Stream)
    scores: list[np.ndarray] = []
    events: list[Event] = []
    for values, time_s in zip(parts, times, strict=True):
        events += stream.push(values, time_s)
        scores.append(stream.scores)
    events += stream.flush()
    return np.concatenate([*scores, stream.scores]), [(event.label, event.start_s, event.end_s) for event in events]


@pytest.mark.parametrize("folder", SENSORS, ids=lambda path: path.name)
def test_a_committed_bundle_gives_the_same_scores_however_a_recording_is_cut(folder: Path) -> None:
    contents, model = read_bundle(folder), load(folder)
    cases = read_cases(contents.selftest, folder.name)
    golden = next(np.asarray(case.input, np.float32) for case in cases if case.label != "none")
    model_hz = model.manifest.input.sample_rate_hz
    event_counts: list[int] = []

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 9), st.sampled_from([1, 3, 4]), st.floats(0, 0.5), st.sets(st.integers(1, 599), max_size=40))
    def check(seed: int, denser: int, missing: float, cuts: set[int]) -> None:
        random = np.random.default_rng(seed)
        values = np.repeat(np.tile(golden, (2, 1)), denser, axis=0)
        values = values + (random.normal(0, 0.01, values.shape) if not model.manifest.input.gaps else 0)
        rate_hz = model_hz * denser
        times = (np.arange(len(values)) + random.uniform(-0.3, 0.3, len(values))) / rate_hz
        kept = random.random(len(values)) >= missing
        kept[0] = True
        values, times = values[kept].astype(np.float32), times[kept]
        whole, events = pushed(model, rate_hz, [values], [times])
        places = sorted(cut for cut in cuts if cut < len(values))
        scores, cut_events = pushed(model, rate_hz, np.split(values, places), np.split(times, places))
        np.testing.assert_allclose(scores, whole, rtol=0, atol=1e-6)
        assert cut_events == events
        event_counts.append(len(events))

    check()
    assert sum(event_counts) > 0


def test_next_word_proposes_the_same_however_a_text_is_typed() -> None:
    model = load(EXPORTED / "next-word")
    text = "this is one of the best films that i have seen in a long time , and the music is good"
    words = text.split()

    @settings(max_examples=25, deadline=None)
    @given(st.sets(st.integers(1, len(words) - 1)))
    def check(cuts: set[int]) -> None:
        stream = model.stream()
        assert isinstance(stream, TextStream)
        places = [0, *sorted(cuts), len(words)]
        for first, end in pairwise(places):
            proposals = stream.push(" ".join(words[first:end]))
        whole = model.predict(text)
        assert list(proposals.scores) == list(whole.scores)
        assert proposals.scores == pytest.approx(whole.scores, abs=1e-6)

    check()
