"""Live input gives the scores of the whole recording, however it is cut, and every sample is accounted for."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.core.errors import BundleError, InputError
from zoo.core.transform import resample
from zoo.edge import Event, Runner, Stream, TextStream, load, saved

RATE_HZ = 10.0
GOOD = np.array([0.5, 1.0], np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exported")


@pytest.fixture(scope="module")
def live(folder: Path, live_parts) -> Runner:
    return load(live_parts.write(folder / "live"))


@pytest.fixture(scope="module")
def typed(folder: Path, typing_parts) -> Runner:
    return load(typing_parts.write(folder / "typed"))


def stream_of(model: Runner, **options: Any) -> Stream:
    stream = model.stream(**options)
    assert isinstance(stream, Stream)
    return stream


def recording(samples: int = 300, seed: int = 0, scale: float = 1.5) -> np.ndarray:
    """(samples, 2) within +-4: slow swings and noise."""
    random = np.random.default_rng(seed)
    swings = np.sin(np.arange(samples)[:, None] * [0.11, 0.07]) + 0.5 * random.standard_normal((samples, 2))
    return np.clip(scale * swings, -3.9, 3.9).astype(np.float32)


def predicted(model: Runner, values: np.ndarray, **options: Any) -> tuple[np.ndarray, tuple[Event, ...]]:
    """Scores and events of a recording that is predicted as a whole."""
    answer = model.predict(values, **options)
    assert answer.steps is not None
    return answer.steps, answer.events


def run(
    stream: Stream, parts: Sequence[np.ndarray], times: Sequence[np.ndarray] | None = None
) -> tuple[np.ndarray, list[Event]]:
    """All scores and events of a recording that is pushed part by part."""
    scores, events = [], []
    for number, part in enumerate(parts):
        events += stream.push(part, None if times is None else times[number])
        scores.append(stream.scores)
    events += stream.flush()
    return np.concatenate([*scores, stream.scores]), events


def ended(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event.end_s is not None]


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(1, 299)), st.integers(0, 3))
def test_any_cuts_give_the_scores_and_events_of_the_whole_recording(live: Runner, cuts: set[int], seed: int) -> None:
    values = recording(seed=seed)
    expected, expected_events = predicted(live, values)
    scores, events = run(stream_of(live), np.split(values, sorted(cuts)))
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    assert [(e.label, e.start_s, e.end_s) for e in ended(events)] == [
        (e.label, e.start_s, e.end_s) for e in expected_events
    ]
    assert len(expected_events) >= 2


def test_samples_can_be_pushed_one_at_a_time(live: Runner) -> None:
    values = recording()
    stream = stream_of(live)
    assert stream.score is None
    events, scores = [], []
    for sample in values:
        events += stream.push(sample)
        assert len(stream.scores) == 1
        assert stream.score == stream.scores[-1]
        scores.append(stream.score)
    np.testing.assert_allclose(scores, predicted(live, values)[0], atol=1e-6)
    assert ended([*events, *stream.flush()]) == run(stream_of(live), [values])[1][1::2]
    assert stream.health.samples == stream.health.steps == 300


def test_an_event_is_reported_when_it_is_raised_and_when_it_ends(live: Runner) -> None:
    stream = stream_of(live)
    active = False
    for sample in recording():
        for event in stream.push(sample):
            assert (event.end_s is None) == (not active)
            active = not active
            assert stream.active == active


@pytest.mark.parametrize("rate_hz", [50.0, 20.0, 12.5, 10.0, 8.0])
def test_another_rate_gives_the_scores_of_the_resampled_recording(live: Runner, rate_hz: float) -> None:
    values = recording(400)
    expected, expected_events = predicted(live, values, rate_hz=rate_hz)
    scores, events = run(stream_of(live, rate_hz=rate_hz), np.split(values, [1, 2, 77, 300]))
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    assert [(e.start_s, e.end_s) for e in ended(events)] == [(e.start_s, e.end_s) for e in expected_events]


def test_at_an_even_rate_a_step_is_scored_with_its_last_sample(live: Runner) -> None:
    stream = stream_of(live, rate_hz=50.0)
    counts = []
    for sample in recording(23):
        stream.push(sample)
        counts.append(len(stream.scores))
    assert [number for number, count in enumerate(counts) if count] == [4, 9, 14, 19]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.sets(st.integers(1, 149)))
def test_irregular_times_give_the_scores_of_the_resampled_recording(live: Runner, seed: int, cuts: set[int]) -> None:
    random = np.random.default_rng(seed)
    times = 1000.0 + np.cumsum(random.uniform(0.01, 0.35, 150))
    values = recording(150, seed)
    interval = float(np.median(np.diff(times)))
    expected = live.run(resample(times, values, RATE_HZ)[1][None])[0, :, 0]
    stream = stream_of(live, rate_hz=1 / interval) if interval <= 0.1 / 0.75 else None
    if stream is None:
        return
    places = sorted(cuts)
    scores, events = run(stream, np.split(values, places), np.split(times, places))
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    assert all(times[0] <= event.start_s <= times[-1] + 0.1 for event in events)


@pytest.mark.parametrize("bad", [[np.nan, 0], [np.inf, 0], [0, -np.inf], [4.1, 0], [-5, 0], [0, 1e39]])
def test_an_invalid_sample_counts_as_missing(live: Runner, bad: list[float]) -> None:
    values = recording(60).astype(np.float64)
    broken = values.copy()
    broken[[20, 21, 40]] = bad
    line = values.copy()
    for column in range(2):
        line[20:22, column] = np.interp([20, 21], [19, 22], values[[19, 22], column])
        line[40, column] = values[[39, 41], column].mean()
    stream = stream_of(live)
    scores, _ = run(stream, list(broken))
    np.testing.assert_allclose(scores, predicted(live, line)[0], atol=1e-5)
    assert (stream.health.invalid, stream.health.samples, stream.health.steps) == (3, 60, 60)


def test_a_long_gap_resets_the_stream(live: Runner) -> None:
    values, times = recording(120), np.arange(120) / RATE_HZ
    times[50:] += 3.1
    stream = stream_of(live)
    scores, events = run(stream, list(values), list(times))
    first, second = predicted(live, values[:50]), predicted(live, values[50:])
    np.testing.assert_allclose(scores, np.concatenate([first[0], second[0]]), atol=1e-6)
    expected = [(e.start_s, e.end_s) for e in first[1]]
    expected += [(e.start_s + times[50], (e.end_s or 0.0) + times[50]) for e in second[1]]
    assert [(e.start_s, e.end_s) for e in ended(events)] == [pytest.approx(pair) for pair in expected]
    assert stream.health.resets == 1


def test_a_short_gap_is_filled(live: Runner) -> None:
    times = np.arange(60) / RATE_HZ
    times[30:] += 2.5
    stream = stream_of(live)
    scores, _ = run(stream, list(recording(60)), list(times))
    assert (len(scores), stream.health.resets) == (85, 0)


def test_invalid_samples_for_too_long_are_a_gap(live: Runner) -> None:
    values = recording(100)
    values[30:65] = np.nan
    stream = stream_of(live)
    scores, _ = run(stream, list(values))
    np.testing.assert_allclose(scores[-35:], predicted(live, values[65:])[0], atol=1e-6)
    assert (stream.health.resets, stream.health.invalid) == (1, 35)


def test_late_samples_are_skipped_and_a_clock_set_back_resets_the_stream(live: Runner) -> None:
    values, times = recording(90), 100 + np.arange(90) / RATE_HZ
    shuffled = times.copy()
    shuffled[[20, 21]] = shuffled[[21, 20]]
    late = stream_of(live)
    scores, _ = run(late, list(values), list(shuffled))
    assert (late.health.late, late.health.resets, len(scores)) == (1, 0, 90)
    back = stream_of(live)
    set_back = np.where(np.arange(90) < 45, times, times - 3600)
    scores, _ = run(back, list(values), list(set_back))
    np.testing.assert_allclose(scores[45:], predicted(live, values[45:])[0], atol=1e-6)
    assert (back.health.late, back.health.resets) == (0, 1)


def test_a_stuck_sensor_is_reported_in_the_health(live: Runner) -> None:
    stream = stream_of(live)
    stream.push(recording(20))
    assert stream.health.stuck_s == 0
    for _ in range(31):
        stream.push(GOOD)
    assert stream.health.stuck_s == pytest.approx(3.0)
    stream.push(2 * GOOD)
    assert stream.health.stuck_s == 0


@pytest.mark.parametrize(
    ("values", "time_s", "message"),
    [
        ([1.0], None, r"values: expected 2 numbers per sample \(acc_x, gyro_x\), got shape \(1,\)\."),
        ([[1.0, 2.0, 3.0]], None, r"got shape \(1, 3\)\."),
        ([[[1.0, 2.0]]], None, r"got shape \(1, 1, 2\)\."),
        (["a", "b"], None, r"got <U1\."),
        ([[1.0, 2.0], [1.0]], None, r"got rows of different lengths\."),
        (1.0, None, r"got shape \(\)\."),
        ([1.0, 2.0], [1.0, 2.0], r"time_s: expected 1 times, one per sample, got shape \(2,\)\."),
        ([1.0, 2.0], "noon", r"time_s: expected seconds as numbers, got <U4\."),
        ([1.0, 2.0], np.nan, r"time_s: expected finite seconds, got nan\."),
    ],
)
def test_an_invalid_push_is_refused_and_changes_nothing(live: Runner, values, time_s, message: str) -> None:
    stream = stream_of(live)
    before = stream.save()
    with pytest.raises(InputError, match=message):
        stream.push(values, time_s)
    assert stream.save() == before


def test_either_all_samples_have_times_or_none(live: Runner) -> None:
    stream = stream_of(live)
    stream.push(GOOD)
    with pytest.raises(
        InputError, match=r"^time_s: expected samples without times, like those before, got samples with times\.$"
    ):
        stream.push(GOOD, 1.0)
    stream.reset()
    stream.push(GOOD, 1.0)
    with pytest.raises(
        InputError, match=r"^time_s: expected samples with times, like those before, got samples without times\.$"
    ):
        stream.push(GOOD)


def test_an_empty_push_gives_no_scores(live: Runner) -> None:
    stream = stream_of(live)
    assert stream.push(np.zeros((0, 2))) == []
    assert stream.flush() == []
    assert len(stream.scores) == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 119), st.booleans())
def test_a_restored_stream_continues_bit_for_bit(live: Runner, cut: int, timed: bool) -> None:
    values, times = recording(120), 5.0 + np.arange(120) * 0.037
    whole, parts = stream_of(live, rate_hz=27.0), stream_of(live, rate_hz=27.0)

    def push(stream: Stream, part: slice) -> list[Event]:
        return [e for v, t in zip(values[part], times[part], strict=True) for e in stream.push(v, t if timed else None)]

    expected = [push(whole, slice(0, cut)), push(whole, slice(cut, None)), whole.flush()]
    first = push(parts, slice(0, cut))
    restored = stream_of(live, rate_hz=27.0)
    restored.restore(parts.save())
    assert restored.save() == parts.save()
    assert [first, push(restored, slice(cut, None)), restored.flush()] == expected
    assert (restored.score, restored.health) == (whole.score, whole.health)


def test_a_state_of_another_model_or_rate_is_refused(live: Runner, folder: Path, live_parts) -> None:
    stream = stream_of(live)
    stream.push(recording(20))
    state = stream.save()
    other = stream_of(load(dataclasses.replace(live_parts, opset=18).write(folder / "other")))
    fresh = other.save()
    for broken, message in [
        (b"", r"^state: expected bytes from a stream's save\(\), got bytes that begin with b''"),
        (b"PK\x03\x04", r"got bytes that begin with b'PK"),
        (state[:-20], r"^state: the bytes are damaged or cut short\. Start without them\.$"),
        (state.replace(b"late", b"lame"), r"damaged"),
        (state, r"^state: expected one of .*other.*, got one of another model\. Start without it\.$"),
    ]:
        with pytest.raises(InputError, match=message):
            other.restore(broken)
    assert other.save() == fresh
    with pytest.raises(InputError, match=r"^state: expected a stream of 20 Hz, got 10 Hz\. Start without it\.$"):
        stream_of(live, rate_hz=20.0).restore(state)


def test_two_streams_of_one_model_are_independent(live: Runner) -> None:
    first, second = stream_of(live), stream_of(live)
    values = recording(40)
    alone = run(stream_of(live), [values])[0]
    interleaved = []
    for sample in values:
        first.push(sample)
        interleaved.append(first.scores[0])
        second.push(-sample)
    np.testing.assert_array_equal(interleaved, alone)


def test_reset_restores_the_initial_state(live: Runner) -> None:
    stream = stream_of(live)
    before = run(stream, [recording(50)])
    stream.reset()
    assert stream.score is None
    again = run(stream, [recording(50)])
    np.testing.assert_array_equal(before[0], again[0])
    assert before[1] == again[1]


def test_a_model_that_needs_its_complete_input_has_no_stream(folder: Path, gru_parts) -> None:
    with pytest.raises(InputError, match=r"expected a streaming model, got one that needs its complete input"):
        load(gru_parts.write(folder / "whole")).stream()


def test_a_sensor_that_is_too_slow_is_refused(live: Runner) -> None:
    with pytest.raises(InputError, match=r"^rate_hz: expected at least 7\.5 samples per second"):
        live.stream(rate_hz=5.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sizes": (4,)}, r"expected 'state.gru.h' with sizes \(4,\), got \(3,\)"),
        ({"input": "state.other"}, r"expected the input 'input' .*; 'state.other' .*, got 'input' .*; 'state.gru.h'"),
        ({"output": "nowhere"}, r"expected the output 'nowhere' tensor\(float\) with 2 axes, got 'output'"),
        ({"input": "same", "output": "same"}, r"manifest\.streaming\.states: expected unique names"),
        ({"sizes": (0,)}, r"manifest\.streaming\.states: expected sizes of at least 1"),
    ],
)
def test_states_that_do_not_match_the_graph_are_refused(live_parts, tmp_path: Path, change: dict, message: str) -> None:
    streaming = live_parts.manifest.streaming
    state = dataclasses.replace(streaming.states[0], **change)
    manifest = dataclasses.replace(live_parts.manifest, streaming=dataclasses.replace(streaming, states=(state,)))
    with pytest.raises(BundleError, match=message):
        load(dataclasses.replace(live_parts, manifest=manifest).write(tmp_path / "bundle"))


@pytest.mark.parametrize(("key", "value"), [("piece", 0), ("reset_after_s", 0.0)])
def test_an_impossible_streaming_value_is_refused(live_parts, tmp_path: Path, key: str, value: float) -> None:
    streaming = dataclasses.replace(live_parts.manifest.streaming, **{key: value})
    manifest = dataclasses.replace(live_parts.manifest, streaming=streaming)
    with pytest.raises(BundleError, match=rf"manifest\.streaming\.{key}: expected "):
        load(dataclasses.replace(live_parts, manifest=manifest).write(tmp_path / "bundle"))


def typing(model: Runner) -> TextStream:
    stream = model.stream()
    assert isinstance(stream, TextStream)
    return stream


def test_typed_words_give_the_proposals_of_the_whole_text(typed: Runner) -> None:
    stream = typing(typed)
    text = "Thank you very much . You thank much"
    for number, word in enumerate(text.split()):
        proposals = stream.push(word, top=2)
        expected = typed.predict(" ".join(text.split()[: number + 1]), top=2)
        assert list(proposals.scores) == list(expected.scores)
        assert proposals.score == pytest.approx(expected.score, abs=1e-6)
    assert stream.tokens == 9
    together = typing(typed).push(text, top=2)
    assert together.scores == pytest.approx(proposals.scores, abs=1e-6)


def test_a_text_stream_can_be_saved_restored_and_reset(typed: Runner) -> None:
    stream, other = typing(typed), typing(typed)
    stream.push("thank you")
    other.restore(stream.save())
    assert (other.tokens, stream.tokens) == (3, 3)  # the begin token is one
    assert other.push("very") == stream.push("very")
    stream.reset()
    assert stream.tokens == 0
    assert stream.push("thank you") == typing(typed).push("thank you")


@pytest.mark.parametrize("words", ["", "  ", "++"])
def test_text_without_words_is_refused_and_changes_nothing(typed: Runner, words: str) -> None:
    stream = typing(typed)
    before = stream.save()
    with pytest.raises(InputError, match="words: expected words, got"):
        stream.push(words)
    assert stream.save() == before


def test_a_text_stream_refuses_the_options_of_a_sensor(typed: Runner) -> None:
    with pytest.raises(InputError, match=r"^rate_hz: a model for next-word does not take this option\. Leave it"):
        typed.stream(rate_hz=10.0)


def test_completing_word_by_word_gives_the_same_text(typed: Runner) -> None:
    text = "thank you"
    for _ in range(6):
        text = typed.complete(text, 1)
    assert typed.complete("thank you", 6) == text
    by_prediction = [typed.predict("thank you").label]
    assert typed.complete("thank you", 1).split()[2:] == by_prediction


def edited(state: bytes, **changes: Any) -> bytes:
    """A modified state with a valid checksum; the value "gone" removes a key."""
    values = json.loads(state.partition(b"\n")[2])
    sha256 = values.pop("model_sha256")
    values.update(changes)
    return saved.write({name: value for name, value in values.items() if value != "gone"}, sha256)


@pytest.mark.parametrize(
    "changes",
    [
        {"health": "gone"},
        {"count": "gone"},
        {"health": {"samples": 1, "extra": 2}},
        {"states": {"state.recurrent.h": [0.0]}},
        {"states": "gone"},
        {"waiting": [[1.0]]},
        {"seen": [1.0]},
        {"detector": {"_step": "x"}},
        {"grid": {}},
        {"rate_hz": "fast"},
        {"last_s": "now"},
    ],
    ids=str,
)
def test_a_modified_state_is_refused_and_changes_nothing(live: Runner, changes: dict[str, Any]) -> None:
    stream, twin = stream_of(live), stream_of(live)
    for pushed in (stream, twin):
        pushed.push(recording(50))
    with pytest.raises(InputError, match=r"^state: not in the format that this version writes\. Start without it\.$"):
        stream.restore(edited(stream.save(), **changes))
    assert stream.save() == twin.save()
    assert stream.push(recording(50, 1)) == twin.push(recording(50, 1))
    np.testing.assert_array_equal(stream.scores, twin.scores)


def test_values_of_the_wrong_type_or_range_are_refused(live: Runner, typed: Runner) -> None:
    with pytest.raises(InputError, match=r"^state: expected bytes from a stream's save\(\), got str\. Start without"):
        stream_of(live).restore("text")  # pyright: ignore[reportArgumentType]
    for rate_hz in (np.inf, np.nan, 0.0, -1.0, 1e9, "50"):
        with pytest.raises(
            InputError, match=r"^rate_hz: expected more than 0 and at most 1e\+06 samples per second, got "
        ):
            live.stream(rate_hz=rate_hz)  # pyright: ignore[reportArgumentType]
    for top in (1.5, "3", 0):
        with pytest.raises(InputError, match=r"^top: expected 1 to \d+ words, got "):
            typing(typed).push("thank", top=top)  # pyright: ignore[reportArgumentType]


def test_masked_samples_count_as_missing(live: Runner) -> None:
    stream = stream_of(live)
    stream.push(np.ma.masked_array([[0.5, 1.0], [0.5, 1.0]], [[False, False], [True, False]]))
    assert (stream.health.samples, stream.health.invalid) == (2, 1)
    stream.reset()
    assert stream.scores.size == 0


@pytest.mark.parametrize("kind", [int, float, np.int64, np.float32])
def test_rates_and_word_counts_may_be_numpy_numbers(live: Runner, typed: Runner, kind: Any) -> None:
    assert stream_of(live, rate_hz=kind(20)).push(GOOD) == []
    assert len(predicted(live, recording(40), rate_hz=kind(20))[0]) == 20
    if kind in (int, np.int64):
        assert len(typing(typed).push("thank", top=kind(2)).scores) == 2
