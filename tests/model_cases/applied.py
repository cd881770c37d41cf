"""Models that compute one function of their inputs."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from model_cases.making import FEATURES, UNITS, Build

TIME = 7
#: Where the second operand has to be something: positive and negative, never 0.
FACTORS = np.array([0.5, -1.5, 2.0], np.float32)
MATRIX = np.random.default_rng(3).normal(0, 0.5, (FEATURES, UNITS)).astype(np.float32)


def applied(function: Callable[..., Any], *, time: int | None = None, features: tuple[int, ...] = (FEATURES,)) -> Build:
    """A model that computes a function of (batch, time, features)."""

    def build() -> keras.Model:
        x = keras.Input((time, *features), name="input")
        return keras.Model(x, function(x))

    return build


def of_ids(function: Callable[..., Any], *, time: int | None = None, dtype: str = "int32") -> Build:
    """A model that computes a function of (batch, time) non-negative integers."""

    def build() -> keras.Model:
        x = keras.Input((time,), dtype=dtype, name="input")
        return keras.Model(x, function(x))

    return build


def of_two(function: Callable[..., Any], *, time: int | None = None) -> Build:
    """A model that computes a function of (batch, time, features) and (batch, time, units)."""

    def build() -> keras.Model:
        x, y = keras.Input((time, FEATURES), name="input"), keras.Input((time, UNITS), name="other")
        return keras.Model([x, y], function(x, y))

    return build


def number(x: Any) -> Any:
    """Bool as int32."""
    return ops.cast(x, "int32")
