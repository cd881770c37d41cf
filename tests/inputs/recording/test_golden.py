import numpy as np
import pytest

from zoo.core.manifest import Feature, RecordingInput
from zoo.inputs.recording.golden import WAIST, golden, range_of


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (None, None, (0.0, 1.0)),
        (-8.0, 8.0, (0.0, 1.0)),
        (-120.0, 0.0, (-60.0, 60.0)),
        (0.0, 1.0, (0.5, 0.5)),
        (3.0, None, (4.0, 1.0)),
        (None, -5.0, (-6.0, 1.0)),
    ],
)
def test_the_oscillation_stays_within_the_sensors_range(low, high, expected):
    assert range_of(Feature("x", "", low, high)) == expected


def test_the_golden_inputs_of_a_waist_sensor_contain_getting_up() -> None:
    features = tuple(Feature(name, unit, -20.0, 20.0) for name, unit in WAIST.items())
    oscillation, getting_up = golden(RecordingInput(features, 12.5))
    assert oscillation.shape == (150, 6)
    assert getting_up.shape == (225, 6)
    assert np.linalg.norm(getting_up[:, :3], axis=1) == pytest.approx(1.0, abs=0.01)
    assert getting_up[:150, 2].tolist() == [1.0] * 150
    assert getting_up[-50:, 0].tolist() == [1.0] * 50
    assert getting_up[:, 4].sum() / 12.5 == pytest.approx(-np.pi / 2, abs=0.05)
    assert len(golden(RecordingInput(features[:5], 12.5))) == 1
