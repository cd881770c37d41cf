import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import InputError
from zoo.core.transform import nearest, resample


def test_halving_the_rate_averages_pairs():
    values = np.arange(12.0).reshape(6, 2)
    times, grid = resample(np.arange(6) / 50, values, 25)
    np.testing.assert_allclose(times, [0, 0.04, 0.08])
    np.testing.assert_allclose(grid, [[1, 2], [5, 6], [9, 10]])
    assert grid.dtype == np.float32


def test_rounding_does_not_split_pairs_over_a_day():
    count = 50 * 3600 * 24
    _, grid = resample(1.6e9 + np.arange(count) / 50, np.repeat(np.arange(count / 2), 2)[:, None], 25)
    np.testing.assert_array_equal(grid[:, 0], np.arange(count / 2))


def test_jitter_below_half_an_interval_moves_no_sample():
    rng = np.random.default_rng(0)
    even = np.arange(400) / 50
    values = rng.normal(size=(400, 3))
    jittered = even + rng.uniform(-0.009, 0.009, 400)
    jittered[0] = 0
    np.testing.assert_array_equal(resample(jittered, values, 25)[1], resample(even, values, 25)[1])


def test_empty_bins_are_interpolated():
    times, grid = resample([10, 11, 14], [[0.0], [1.0], [7.0]], 1)
    np.testing.assert_allclose(times, [10, 11, 12, 13, 14])
    np.testing.assert_allclose(grid[:, 0], [0, 1, 3, 5, 7])


def test_a_slower_recording_is_interpolated():
    times, grid = resample([0, 1, 2], [[0.0], [2.0], [4.0]], 2)
    np.testing.assert_allclose(times, [0, 0.5, 1, 1.5, 2])
    np.testing.assert_allclose(grid[:, 0], [0, 1, 2, 3, 4])


def test_a_recording_on_the_grid_is_returned_unchanged():
    values = np.random.default_rng(0).normal(size=(2000, 6)).astype(np.float32)
    time_s = 5 + np.arange(2000) / 25
    times, grid = resample(time_s, values, 25)
    np.testing.assert_array_equal(times, time_s)
    np.testing.assert_array_equal(grid, values)


def test_samples_at_the_same_time_are_averaged():
    _, grid = resample([0, 0, 1], [[1.0], [3.0], [5.0]], 1)
    np.testing.assert_allclose(grid[:, 0], [2, 5])


@given(
    st.lists(st.integers(0, 400), min_size=2, max_size=60).filter(lambda gaps: any(gaps[1:])),
    st.sampled_from([0.5, 3.0, 10.0]),
)
def test_any_times_give_an_even_grid_within_the_values(gaps, rate_hz):
    time_s = np.cumsum(gaps) / 100
    values = np.sin(time_s)[:, None]
    times, grid = resample(time_s, values, rate_hz)
    assert len(times) == len(grid)
    assert times[0] == time_s[0]
    assert grid.min() >= values.min() - 1e-6
    assert grid.max() <= values.max() + 1e-6
    assert abs(times[-1] - time_s[-1]) <= 1 / rate_hz + 1e-6
    np.testing.assert_allclose(np.diff(times), 1 / rate_hz, atol=0.02 / rate_hz)


@pytest.mark.parametrize(
    ("time_s", "rows", "options", "message"),
    [
        ([0, 1], 2, {"rate_hz": 0}, r"rate_hz: expected more than 0 samples per second, got 0\."),
        ([0, 1], 2, {"rate_hz": float("nan")}, r"rate_hz: expected more than 0 samples per second, got nan\."),
        ([0, 1, 2], 2, {}, r"time_s: expected 2 times, one per row, got shape \(3,\)\."),
        ([0], 1, {}, r"values: expected at least 2 samples to resample, got 1\."),
        ([0, float("nan"), 2], 3, {}, r"time_s: expected finite seconds, got nan in row 1\."),
        ([0, 2, 1], 3, {}, r"time_s: expected rising seconds, got 1 in row 2 after 2\. Sort the rows by time\."),
        ([3, 3], 2, {}, r"time_s: expected rising seconds, got 3 in every row\."),
        (
            [0, 1, 9],
            3,
            {"max_gap_s": 5},
            r"time_s: expected gaps of at most 5 s, got 8 s after row 1 \(1 s\)\. Split the recording there\.",
        ),
    ],
)
def test_times_that_cannot_be_resampled_are_refused(time_s, rows, options, message):
    with pytest.raises(InputError, match=message):
        resample(time_s, np.zeros((rows, 2)), **{"rate_hz": 1.0, **options})


def test_values_with_one_axis_are_refused():
    with pytest.raises(InputError, match=r"values: expected \(time, features\), got shape \(2,\)\."):
        resample([0, 1], [1.0, 2.0], 1)


def test_nearest_takes_the_closest_label_and_the_earlier_of_two_equally_close():
    labels = nearest([0, 1, 2], np.array([7, 8, 9], np.int16), [-5, 0.4, 0.5, 0.6, 1.6, 9])
    np.testing.assert_array_equal(labels, [7, 7, 7, 8, 9, 9])
    assert labels.dtype == np.int16
