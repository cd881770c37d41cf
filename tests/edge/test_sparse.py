"""Sparse readings: the last one is held, its age is an input, and live scores equal those of the whole recording."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.core.errors import BundleError, InputError
from zoo.core.grid import Grid
from zoo.core.manifest import Feature, Manifest, RecordingInput
from zoo.core.transform import empty_steps, gap, resample
from zoo.edge import Runner, Stream, load
from zoo.edge.manifests import read_manifest
from zoo.edge.sensor import on_grid, recording

RATE_HZ = 2.0
FEATURES = (Feature("acc_x", "g", -4, 4), Feature("rssi", "dBm"))
SPARSE = RecordingInput(FEATURES, RATE_HZ, fill="hold", gaps=True, max_gap_s=60.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sparse")


@pytest.fixture(scope="module")
def sparse(folder: Path, live_parts) -> Runner:
    """A model with two input channels: one feature and its age."""
    return load(sparse_parts(live_parts, fill="hold", gaps=True).write(folder / "sparse"))


@pytest.fixture(scope="module")
def held(folder: Path, live_parts) -> Runner:
    """A model with two input channels: two features that are held."""
    spec = dataclasses.replace(live_parts.manifest.input, sample_rate_hz=RATE_HZ, fill="hold", max_gap_s=60.0)
    return load(parts_with(live_parts, spec).write(folder / "held"))


def sparse_parts(parts, **changes):
    return parts_with(parts, RecordingInput((Feature("acc_x", "g", -4, 4),), RATE_HZ, max_gap_s=60.0, **changes))


def parts_with(parts, spec: RecordingInput):
    live = dataclasses.replace(parts.manifest.streaming, reset_after_s=spec.max_gap_s)
    return dataclasses.replace(parts, manifest=dataclasses.replace(parts.manifest, input=spec, streaming=live))


def readings(seed: int, count: int = 40, features: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Times with bursts, silences and equal times; values within +-4."""
    random = np.random.default_rng(seed)
    steps = random.choice(
        [0.0, 0.025, 0.2, 0.5, 0.75, 3.0, 17.3], size=count - 1, p=[0.1, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1]
    )
    times = 100.0 + np.round(np.concatenate([[0.0], np.cumsum(steps + 0.001)]), 3)
    return times, np.clip(random.normal(0, 1.5, (count, features)), -3.9, 3.9).astype(np.float32)


def live_stream(model: Runner) -> Stream:
    stream = model.stream()
    assert isinstance(stream, Stream)
    return stream


def test_the_last_reading_is_held_and_its_age_is_an_input() -> None:
    times, grid = on_grid([5.0, 5.1, 5.6, 7.2], [[1, 10], [3, 30], [5, 50], [7, 70]], SPARSE)
    np.testing.assert_allclose(times, [5.0, 5.5, 6.0, 6.5, 7.0])
    np.testing.assert_allclose(grid[:, 0], [2, 5, 5, 5, 7])
    np.testing.assert_allclose(grid[:, 1], [20, 50, 50, 50, 70])
    np.testing.assert_allclose(grid[:, 2], [0, 0, np.log(1.5), np.log(2.0), 0], rtol=1e-6)


def test_interpolated_readings_can_have_an_age_input_too() -> None:
    spec = dataclasses.replace(SPARSE, fill="line")
    grid = on_grid([0.0, 0.5, 2.0, 2.5, 3.0], np.arange(10).reshape(5, 2), spec)[1]
    np.testing.assert_allclose(grid[:, 0], [0, 2, 8 / 3, 10 / 3, 4, 6, 8], rtol=1e-6)
    np.testing.assert_allclose(grid[:, 2], np.log1p([0, 0, 0.5, 1.0, 0, 0, 0]), rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["line", "hold"]), st.booleans())
def test_a_live_grid_equals_the_grid_of_the_whole_recording(seed: int, fill, gaps: bool) -> None:
    times, values = readings(seed, features=2)
    spec = RecordingInput(FEATURES, RATE_HZ, fill=fill, gaps=gaps, max_gap_s=60.0)
    grid = Grid(RATE_HZ, float(np.median(np.diff(times))), fill, gaps)
    points = [point for time, row in zip(times, values, strict=True) for point in grid.push(float(time), row)]
    np.testing.assert_allclose([*points, *grid.flush()], on_grid(times, values, spec)[1], atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 38))
def test_held_values_do_not_depend_on_later_readings(seed: int, cut: int) -> None:
    times, values = readings(seed)
    whole = resample(times, values, RATE_HZ, fill="hold")[1]
    beginning = resample(times[: cut + 1], values[: cut + 1], RATE_HZ, fill="hold")[1][:-1]
    np.testing.assert_array_equal(whole[: len(beginning)], beginning)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.sets(st.integers(1, 39)), st.sampled_from([None, 0.1, 0.7, 4.0]))
def test_live_readings_give_the_scores_of_the_whole_recording(
    sparse: Runner, seed: int, cuts: set[int], waits_s: float | None
) -> None:
    times, values = readings(seed)
    expected = sparse.predict(values, time_s=times)
    stream = live_stream(sparse)
    scores, events, last = [], [], 0.0
    places = sorted(cuts)
    parts = zip(np.split(times, places), np.split(values, places), strict=True)
    for number, (part_times, part_values) in enumerate(parts):
        if waits_s is not None and number:
            for now in np.arange(last + waits_s, part_times[0], waits_s):
                events += stream.wait(now)
                scores.append(stream.scores)
        last = part_times[-1]
        events += stream.push(part_values, part_times)
        scores.append(stream.scores)
    events += stream.flush()
    np.testing.assert_allclose(np.concatenate([*scores, stream.scores]), expected.steps, atol=1e-6)
    spans = [(e.start_s - times[0], e.end_s - times[0]) for e in events if e.end_s is not None]
    assert spans == [(pytest.approx(e.start_s), pytest.approx(e.end_s)) for e in expected.events]
    assert (stream.health.late, stream.health.resets) == (0, 0)


def test_wait_scores_a_silence_while_it_lasts(held: Runner) -> None:
    stream = live_stream(held)
    assert stream.wait(3.0) == []  # no sample yet
    stream.push([1.0, 0.5], 10.0)
    assert len(stream.scores) == 0
    stream.wait(10.4)
    assert len(stream.scores) == 0
    stream.wait(12.1)
    assert len(stream.scores) == 4
    stream.push([1.0, 0.5], 11.9)  # too late: its step has already been scored
    assert stream.health.late == 1
    stream.push([1.0, 0.5], 12.2)
    stream.flush()
    assert stream.score == pytest.approx(held.predict([[1.0, 0.5]] * 2, time_s=[10.0, 12.2]).steps[-1])


def test_too_long_a_silence_resets_the_stream(held: Runner) -> None:
    stream = live_stream(held)
    stream.push([1.0, 0.5], 0.0)
    stream.wait(1000.0)
    assert len(stream.scores) == 120  # at most 60 s: values in a longer gap are unknown
    stream.push([1.0, 0.5], 61.0)
    assert (stream.health.resets, stream.health.late) == (1, 0)
    with pytest.raises(InputError, match=r"^time_s: expected gaps of at most 60 s, got 61 s after row 0 \(0 s\)\."):
        held.predict([[1.0, 0.5]] * 2, time_s=[0.0, 61.0])


def test_a_stream_can_be_restored_during_a_silence(sparse: Runner) -> None:
    times, values = readings(3)
    whole, first = live_stream(sparse), live_stream(sparse)
    for stream in (whole, first):
        stream.push(values[:20], times[:20])
        stream.wait(times[19] + 5.0)
    restored = live_stream(sparse)
    restored.restore(first.save())
    later = times[20:] + 5.0
    assert restored.push(values[20:], later) == whole.push(values[20:], later)
    np.testing.assert_array_equal(restored.scores, whole.scores)


def test_wait_needs_held_samples_with_times(folder: Path, live_parts, sparse: Runner) -> None:
    stream = live_stream(load(live_parts.write(folder / "line")))
    with pytest.raises(
        InputError, match=r"^wait: expected a model that holds the last sample, got one that interpolates"
    ):
        stream.wait(1.0)
    stream = live_stream(sparse)
    with pytest.raises(InputError, match=r"^until_s: expected finite seconds, got nan\.$"):
        stream.wait(float("nan"))
    stream.push([1.0])
    with pytest.raises(InputError, match=r"^wait: expected samples with times, got samples without\. Push them with"):
        stream.wait(1.0)


def test_a_slow_recording_is_accepted_where_readings_are_held() -> None:
    times = np.arange(10) * 5.0
    assert recording(np.zeros((10, 2)), SPARSE, time_s=times).shape == (91, 3)
    with pytest.raises(InputError, match=r"expected at least 1\.5 samples per second"):
        recording(np.zeros((10, 2)), dataclasses.replace(SPARSE, fill="line"), time_s=times)


def test_rows_at_the_models_rate_have_no_gaps() -> None:
    np.testing.assert_array_equal(recording(np.ones((3, 2)), SPARSE), [[1, 1, 0]] * 3)
    np.testing.assert_array_equal(recording(np.ones((3, 2)), SPARSE, rate_hz=2.0), [[1, 1, 0]] * 3)


def test_the_age_of_a_reading_is_in_log_seconds() -> None:
    np.testing.assert_array_equal(empty_steps([0.0, 0.1, 2.0], 1.0, fill="hold"), [0, 1, 0])
    np.testing.assert_array_equal(empty_steps([0.0, 1.0, 2.0], 1.0), [0, 0, 0])
    np.testing.assert_allclose(gap([0, 1, 1732], 2.0), np.log([1.0, 1.5, 867.0]))


def test_the_manifest_describes_gaps_and_defaults_to_interpolation(folder: Path, sparse: Runner, live_parts) -> None:
    text = sparse.manifest.to_json()
    assert Manifest.from_json(text).input == sparse.manifest.input
    assert sparse.manifest.input.width == 2
    older = dataclasses.replace(SPARSE, fill="line", gaps=False, max_gap_s=10.0)
    assert older == RecordingInput(FEATURES, RATE_HZ)
    with pytest.raises(BundleError, match=r"input\.max_gap_s: expected more than 0 seconds, got 0\."):
        read_manifest(parts_with(live_parts, dataclasses.replace(SPARSE, max_gap_s=0.0)).manifest.to_json())
    with pytest.raises(BundleError, match=r"expected an input of 3 features, got 2\."):
        load(parts_with(live_parts, dataclasses.replace(live_parts.manifest.input, gaps=True)).write(folder / "narrow"))
