import numpy as np
import pytest

from zoo.core.errors import InputError
from zoo.core.manifest import Feature, RecordingInput
from zoo.edge.sensor import recording

SPEC = RecordingInput((Feature("acc_x", "g", -4, 4), Feature("steps", high=9)), 10.0)


def test_a_recording_at_the_models_rate_is_only_converted():
    values = np.arange(6).reshape(3, 2)
    for rate_hz in (None, 10.0):
        resampled = recording(values, SPEC, rate_hz)
        np.testing.assert_array_equal(resampled, values)
        assert resampled.dtype == np.float32


def test_float32_is_not_copied():
    values = np.zeros((3, 2), np.float32)
    assert recording(values, SPEC) is values


def test_another_rate_is_resampled():
    values = [[0, 0], [2, 2], [1, 5], [3, 7]]
    np.testing.assert_allclose(recording(values, SPEC, 20), [[1, 1], [2, 6]])
    np.testing.assert_allclose(recording(values, SPEC, time_s=[7.0, 7.05, 7.1, 7.15]), [[1, 1], [2, 6]])


COLUMNS = r"values: expected \(time, 2\) numbers with the columns acc_x, steps, got "


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1.0, 2.0, 3.0]], COLUMNS + r"shape \(1, 3\)\."),
        ([1.0, 2.0], COLUMNS + r"shape \(2,\)\."),
        (np.zeros((1, 4, 2)), COLUMNS + r"shape \(1, 4, 2\)\."),
        (np.zeros((0, 2)), COLUMNS + r"no rows\."),
        ([], COLUMNS + r"shape \(0,\)\."),
        ([[1.0, 2.0], [3.0]], COLUMNS + r"rows of different lengths\."),
        ([["1", "2"]], COLUMNS + r"<U1\."),
        ("text", COLUMNS + r"<U4\."),
        (np.ma.masked_less([[0.0, 1.0]], 0.5), COLUMNS + r"masked ones among them\. Fill them"),
        ([[True, False]], COLUMNS + r"bool\."),
        ([[1j, 0]], COLUMNS + r"complex128\."),
        ([[None, 1.0]], COLUMNS + r"object\."),
        ([[0.0, 0.0], [0.0, np.nan]], r"values: expected finite numbers, got nan in row 1, column 'steps'\."),
        ([[-np.inf, 0.0]], r"values: expected finite numbers, got -inf in row 0, column 'acc_x'\."),
        ([[1e39, 0.0]], r"values: expected finite numbers, got 1e\+39 in row 0, column 'acc_x'\."),
        (
            [[0, 0], [9.81, 0]],
            r"values: expected 'acc_x' from -4 to 4 g, got 9\.81 in row 1\. Is it in that unit\?",
        ),
        ([[-4.5, 0]], r"values: expected 'acc_x' from -4 to 4 g, got -4\.5 in row 0\. Is it in that unit\?"),
        (
            [[0, 10]],
            r"values: expected 'steps' from -inf to 9 \(no unit\), got 10 in row 0\. Is it in that unit\?",
        ),
    ],
)
def test_values_that_do_not_fit_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        recording(values, SPEC)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate_hz": 0.0}, r"rate_hz: expected more than 0 samples per second, got 0\.0\."),
        ({"rate_hz": -5.0}, r"rate_hz: expected more than 0 samples per second, got -5\.0\."),
        ({"rate_hz": 5.0, "time_s": [0, 1]}, r"expected rate_hz or time_s, got both\. Use one of them\."),
        ({"time_s": [0, 60]}, r"time_s: expected gaps of at most 10 s, got 60 s after row 0 \(0 s\)\."),
        ({"time_s": ["0", "1"]}, r"time_s: expected seconds as numbers, got <U1\."),
        ({"time_s": np.array([0, 1], "M8[s]")}, r"time_s: expected seconds as numbers, got datetime64\[s\]\."),
        ({"time_s": [0, 1, 2]}, r"time_s: expected 2 times, one per row, got shape \(3,\)\."),
    ],
)
def test_rates_and_times_that_do_not_fit_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        recording(np.zeros((2, 2)), SPEC, **options)


def test_a_recording_much_slower_than_the_models_rate_is_refused():
    values = np.zeros((20, len(SPEC.features)), np.float32)
    slow = SPEC.sample_rate_hz / 2
    message = r"values: expected at least 7\.5 samples per second \(the model reads 10\), got 5\. Record faster\."
    with pytest.raises(InputError, match=message):
        recording(values, SPEC, slow)
    with pytest.raises(InputError, match=message):
        recording(values, SPEC, time_s=np.arange(20) / slow)
    assert len(recording(values, SPEC, 0.8 * SPEC.sample_rate_hz)) == 25
