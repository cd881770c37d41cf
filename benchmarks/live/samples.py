"""Samples for a live model: a seeded random walk within the features' limits, as lines of CSV."""

from collections.abc import Iterator, Sequence

import numpy as np

from zoo.core.manifest import Feature, RecordingInput

#: Share of the range between a feature's limits that the walk uses, and size of a step as a share of that.
SHARE, STEP = 0.25, 0.1


def walk(features: Sequence[Feature], count: int, seed: int = 0) -> np.ndarray:
    """A random walk between the features' limits, or between -1 and 1 for features without limits.

    Returns:
        (count, features), in the manifest's units.
    """
    low = np.array([-1.0 if feature.low is None else feature.low for feature in features])
    high = np.array([1.0 if feature.high is None else feature.high for feature in features])
    middle, reach = (low + high) / 2, SHARE * (high - low) / 2
    steps = np.random.default_rng(seed).standard_normal((count, len(features))) * STEP
    # Reflected at -1 and 1.
    inside = 1 - np.abs(np.mod(np.cumsum(steps, axis=0) + 1, 4) - 2)
    return middle + reach * inside


def header(spec: RecordingInput) -> str:
    """The first line, with its line break."""
    return f"time_s,{','.join(feature.name for feature in spec.features)}\n"


def cells(values: np.ndarray) -> list[str]:
    """A line for each row of (samples, features), without its time."""
    return ["".join(f",{value:.4f}" for value in sample) + "\n" for sample in values]


def lines(values: np.ndarray, rate_hz: float, first: int = 0) -> list[str]:
    """A line for each row of (samples, features), `rate_hz` per second; `first` is the number of the first sample."""
    return [f"{number / rate_hz:.4f}{row}" for number, row in enumerate(cells(values), first)]


def endless(values: np.ndarray, rate_hz: float) -> Iterator[str]:
    """Endless lines with increasing times: the walk forwards, then backwards, repeated."""
    forwards = cells(values)
    cycle = forwards + forwards[::-1]
    number = 0
    while True:
        for row in cycle:
            yield f"{number / rate_hz:.4f}{row}"
            number += 1
