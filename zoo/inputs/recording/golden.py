"""Recordings with known answers that travel in a bundle. Made up: nothing of the training data is in one."""

import math

import numpy as np

from zoo.core.manifest import Feature, RecordingInput

#: Time steps of a swing.
STEPS = 150
#: Seconds that somebody lies, takes to turn upright, and stays so.
LYING_S, TURNING_S, UPRIGHT_S = 12.0, 2.0, 4.0
#: What a sensor at the waist must give for that to be made up: x points up in somebody who stands.
WAIST = {"acc_x": "g", "acc_y": "g", "acc_z": "g", "gyro_x": "rad/s", "gyro_y": "rad/s", "gyro_z": "rad/s"}


def golden(spec: RecordingInput) -> list[np.ndarray]:
    """Recordings as a user would give them: (time, features) each."""
    made = [swing(spec)]
    if {feature.name: feature.unit for feature in spec.features} == WAIST:
        made.append(getting_up(spec.sample_rate_hz))
    # float64: as float32, each number has 17 digits in the file
    return [np.round(rows, 2) for rows in made]


def swing(spec: RecordingInput) -> np.ndarray:
    """A slow swing through part of each feature's range: (time, features)."""
    phase = np.arange(STEPS)[:, None] / spec.sample_rate_hz + np.arange(len(spec.features))
    reaches = enumerate(map(reach_of, spec.features))
    return np.stack([middle + reach * np.sin(phase[:, number]) for number, (middle, reach) in reaches], axis=1)


def getting_up(rate_hz: float) -> np.ndarray:
    """Somebody who lies on their back and turns upright at an even speed: (time, 6), in the order of `WAIST`."""
    time_s = np.arange(round((LYING_S + TURNING_S + UPRIGHT_S) * rate_hz)) / rate_hz
    angle = np.clip((time_s - LYING_S) / TURNING_S, 0, 1) * math.pi / 2
    turning = (time_s >= LYING_S) & (time_s < LYING_S + TURNING_S)
    still = np.zeros_like(angle)
    return np.stack(
        [np.sin(angle), still, np.cos(angle), still, np.where(turning, -math.pi / 2 / TURNING_S, 0.0), still], axis=1
    )


def reach_of(feature: Feature) -> tuple[float, float]:
    """Middle and reach of a swing that the sensor can give: from -1 to 1, or through all of a range without those."""
    low = -math.inf if feature.low is None else feature.low
    high = math.inf if feature.high is None else feature.high
    if low <= -1 and high >= 1:
        return 0.0, 1.0
    low, high = max(low, high - 2 if math.isinf(low) else low), min(high, low + 2 if math.isinf(high) else high)
    return (low + high) / 2, (high - low) / 2
