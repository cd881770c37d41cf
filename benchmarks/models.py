"""The Keras models that are measured: two recurrent layers of 64 units, with three cells in three variants."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers as kl

CELLS: dict[str, Any] = {"rnn": kl.SimpleRNN, "lstm": kl.LSTM, "gru": kl.GRU}
VARIANTS = ("plain", "bidirectional", "masked")

UNITS, CLASSES = 64, 6
TIME, FEATURES = 128, 9  # a window of nine sensor channels
TOKENS, WORDS = 100, 5000  # a text for the masked models, padded on the right with zeros
SHORTEST = 20  # tokens


@dataclass(frozen=True)
class Case:
    """A model to measure.

    Attributes:
        cell: a key of `CELLS`.
        variant: one of `VARIANTS`.
        model: (batch, 128, 9) float32 or, masked, (batch, 100) int32 to (batch, 6) probabilities.
    """

    cell: str
    variant: str
    model: keras.Model

    @property
    def name(self) -> str:
        """Beginning of the names of its files: `gru-masked`."""
        return f"{self.cell}-{self.variant}"

    @property
    def title(self) -> str:
        """Name in tables: `GRU, masked`."""
        return case_title(self.cell, self.variant)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the input without the batch axis."""
        return (TOKENS,) if self.variant == "masked" else (TIME, FEATURES)

    @property
    def input_dtype(self) -> str:
        """Element type of the input."""
        return "int32" if self.variant == "masked" else "float32"


def case_title(cell: str, variant: str) -> str:
    """`GRU` for a plain model, `GRU, masked` for a masked one."""
    kind = CELLS[cell].__name__
    return kind if variant == "plain" else f"{kind}, {variant}"


def build(cell: str, variant: str, layers: int = 2) -> Case:
    """A model of `layers` recurrent layers with random weights and biases."""
    masked = variant == "masked"
    shape, dtype = ((TOKENS,), "int32") if masked else ((TIME, FEATURES), "float32")
    source = keras.Input(shape, dtype=dtype, name="input")
    x = kl.Embedding(WORDS, UNITS, mask_zero=True)(source) if masked else source
    for number in range(layers):
        layer = CELLS[cell](UNITS, return_sequences=number < layers - 1)
        x = (kl.Bidirectional(layer) if variant == "bidirectional" else layer)(x)
    model = keras.Model(source, kl.Dense(CLASSES, activation="softmax", name="output")(x))
    randomise(model)
    return Case(cell, variant, model)


def randomise(model: keras.Model) -> None:
    """Sets every weight to random values, because zeros or equal values would hide a wrong gate order."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        scale = 1.0 if "embeddings" in weight.path else 0.1  # recurrent kernels of 64 x 64 stay stable with 0.1
        weight.assign(random.normal(0, scale, weight.shape))


def make_input(case: Case, batch: int) -> np.ndarray:
    """Random input, the same on every call: (batch, 128, 9) float32 or right-padded (batch, 100) int32.

    The first text has 70 tokens, the others have between 20 and 100.
    """
    random = np.random.default_rng(batch)
    if case.variant != "masked":
        return random.normal(size=(batch, *case.input_shape)).astype(np.float32)
    ids = random.integers(1, WORDS, (batch, TOKENS), dtype=np.int32)
    lengths = np.concatenate([[70], random.integers(SHORTEST, TOKENS + 1, batch - 1)])
    ids[np.arange(TOKENS) >= lengths[:, np.newaxis]] = 0
    return ids


def expected(case: Case, x: np.ndarray) -> np.ndarray:
    """Keras's output: (batch, 6)."""
    return np.asarray(case.model(x, training=False))
