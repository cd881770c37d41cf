"""Made-up recordings that a bundle carries for its self-test; they contain no training data."""

import math

import numpy as np

from zoo.core.manifest import Feature, RecordingInput

#: Time steps of the oscillation.
STEPS = 150
#: Seconds that a person lies, takes to turn upright, and stays upright.
LYING_S, TURNING_S, UPRIGHT_S = 12.0, 2.0, 4.0
#: Features and units of the waist sensor that getting up is simulated for: x points up while the person stands.
WAIST = {"acc_x": "g", "acc_y": "g", "acc_z": "g", "gyro_x": "rad/s", "gyro_y": "rad/s", "gyro_z": "rad/s"}


def golden(spec: RecordingInput) -> list[np.ndarray]:
    """Recordings in the form that a user passes: (time, features) each."""
    recordings = [oscillation(spec)]
    if {feature.name: feature.unit for feature in spec.features} == WAIST:
        recordings.append(getting_up(spec.sample_rate_hz))
    # float64: as float32, each number would have 17 digits in the file.
    return [np.round(values, 2) for values in recordings]


def oscillation(spec: RecordingInput) -> np.ndarray:
    """A slow oscillation within each feature's range: (time, features)."""
    phase = np.arange(STEPS)[:, None] / spec.sample_rate_hz + np.arange(len(spec.features))
    ranges = enumerate(map(range_of, spec.features))
    return np.stack([middle + amplitude * np.sin(phase[:, number]) for number, (middle, amplitude) in ranges], axis=1)


def getting_up(rate_hz: float) -> np.ndarray:
    """A person lying on their back who turns upright at constant speed: (time, 6), in the order of `WAIST`."""
    time_s = np.arange(round((LYING_S + TURNING_S + UPRIGHT_S) * rate_hz)) / rate_hz
    angle = np.clip((time_s - LYING_S) / TURNING_S, 0, 1) * math.pi / 2
    turning = (time_s >= LYING_S) & (time_s < LYING_S + TURNING_S)
    still = np.zeros_like(angle)
    return np.stack(
        [np.sin(angle), still, np.cos(angle), still, np.where(turning, -math.pi / 2 / TURNING_S, 0.0), still], axis=1
    )


def range_of(feature: Feature) -> tuple[float, float]:
    """Middle and amplitude of an oscillation within the sensor's range.

    From -1 to 1 if the range contains both; otherwise the full range, or a span of 2 if one end is open.
    """
    low = -math.inf if feature.low is None else feature.low
    high = math.inf if feature.high is None else feature.high
    if low <= -1 and high >= 1:
        return 0.0, 1.0
    low, high = max(low, high - 2 if math.isinf(low) else low), min(high, low + 2 if math.isinf(high) else high)
    return (low + high) / 2, (high - low) / 2
