"""Keras models in every shape that the exporter writes: one table that all of its tests run through."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers as kl

from zoo.export.activations import ACTIVATIONS, RECURRENT_ACTIVATIONS

FEATURES, UNITS, WORDS = 3, 4, 11  # and batches of 5: no two sizes are equal

Build = Callable[[], keras.Model]


def sensor(*layers: kl.Layer, time: int | None = None) -> keras.Model:
    return keras.Sequential([keras.Input((time, FEATURES), name="input"), *layers])


def text(*layers: kl.Layer, masked: bool = True) -> keras.Model:
    """(batch, time) ids, embedded to FEATURES."""
    return keras.Sequential(
        [keras.Input((None,), dtype="int32", name="input"), kl.Embedding(WORDS, FEATURES, mask_zero=masked), *layers]
    )


def tied(**options: bool | float) -> keras.Model:
    embedding = kl.ReversibleEmbedding(WORDS, UNITS, **options)
    ids = keras.Input((None,), dtype="int32", name="input")
    hidden = kl.LSTM(UNITS, return_sequences=True)(embedding(ids))
    return keras.Model(ids, kl.Activation("softmax")(embedding(hidden, reverse=True)))


def states() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    return keras.Model(x, kl.LSTM(UNITS, return_sequences=True, return_state=True)(x))


def shared() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    layer = kl.GRU(FEATURES, return_sequences=True)
    return keras.Model(x, [layer(x), layer(layer(x))])


def normalization() -> kl.Normalization:
    layer = kl.Normalization()
    layer.adapt(np.random.default_rng(1).normal(2, 5, (40, FEATURES)).astype(np.float32))
    return layer


def recurrent_cases() -> dict[str, Build]:
    """Each cell with and without sequences, masks and both directions."""
    cases: dict[str, Build] = {}
    for cell in (kl.SimpleRNN, kl.LSTM, kl.GRU):
        for sequences in (False, True):
            name = f"{cell.__name__}-{'sequence' if sequences else 'last'}"
            one = {"units": UNITS, "return_sequences": sequences}
            cases |= {
                name: lambda cell=cell, one=one: sensor(cell(**one)),
                f"{name}-masked": lambda cell=cell, one=one: text(cell(**one)),
                f"{name}-backwards": lambda cell=cell, one=one: text(cell(**one, go_backwards=True)),
                f"{name}-both": lambda cell=cell, one=one: sensor(kl.Bidirectional(cell(**one))),
                f"{name}-both-masked": lambda cell=cell, one=one: text(kl.Bidirectional(cell(**one))),
            }
        cases[f"{cell.__name__}-no-bias"] = lambda cell=cell: sensor(cell(UNITS, use_bias=False))
        cases[f"{cell.__name__}-zeroed"] = lambda cell=cell: text(
            cell(UNITS, return_sequences=True, zero_output_for_mask=True)
        )
    for activation in RECURRENT_ACTIVATIONS:
        cases[f"SimpleRNN-{activation.__name__}"] = lambda a=activation: sensor(kl.SimpleRNN(UNITS, activation=a))
    for merge in ("sum", "ave", "mul"):
        for sequences in (False, True):
            cases[f"merge-{merge}-{sequences}"] = lambda merge=merge, s=sequences: text(
                kl.Bidirectional(kl.GRU(UNITS, return_sequences=s), merge_mode=merge)
            )
    return cases | {
        "GRU-reset-before": lambda: sensor(kl.GRU(UNITS, reset_after=False)),
        "GRU-reset-before-both": lambda: text(kl.Bidirectional(kl.GRU(UNITS, reset_after=False))),
        "GRU-hard-gates": lambda: sensor(kl.GRU(UNITS, recurrent_activation="hard_sigmoid", activation="elu")),
        "LSTM-hard-gates-both": lambda: sensor(
            kl.Bidirectional(kl.LSTM(UNITS, recurrent_activation="hard_sigmoid", activation="elu"))
        ),
        "LSTM-unrolled": lambda: sensor(kl.LSTM(UNITS, unroll=True), time=7),
        "LSTM-states": states,
        "stacked-masked": lambda: text(
            kl.Bidirectional(kl.LSTM(UNITS, return_sequences=True)), kl.GRU(5, return_sequences=True), kl.SimpleRNN(6)
        ),
        "shared": shared,
    }


def layer_cases() -> dict[str, Build]:
    conv = {"filters": UNITS, "kernel_size": 5}
    cases: dict[str, Build] = {
        f"conv-{padding}": lambda padding=padding: sensor(kl.Conv1D(**conv, padding=padding, activation="relu"))
        for padding in ("causal", "same", "valid")
    }
    for padding in ("causal", "same", "valid"):
        cases[f"conv-{padding}-dilated"] = lambda p=padding: sensor(kl.Conv1D(**conv, padding=p, dilation_rate=2))
        cases[f"conv-{padding}-strided"] = lambda p=padding: sensor(kl.Conv1D(**conv, padding=p, strides=2))
    for pooling in (kl.MaxPooling1D, kl.AveragePooling1D):
        for padding in ("valid", "same"):
            cases[f"{pooling.__name__}-{padding}"] = lambda pooling=pooling, p=padding: sensor(
                pooling(3, strides=2, padding=p)
            )
    for pooling in (kl.GlobalMaxPooling1D, kl.GlobalAveragePooling1D):
        cases[pooling.__name__] = lambda pooling=pooling: sensor(pooling())
        cases[f"{pooling.__name__}-kept"] = lambda pooling=pooling: sensor(pooling(keepdims=True))
    for activation in ACTIVATIONS:
        cases[f"dense-{activation.__name__}"] = lambda a=activation: sensor(kl.Dense(UNITS, a))
    return cases | {
        "conv-groups": lambda: sensor(kl.Dense(6), kl.Conv1D(UNITS, 3, groups=2, use_bias=False)),
        "conv-stack": lambda: sensor(kl.Conv1D(**conv, padding="causal"), kl.Conv1D(6, 3, padding="causal")),
        "average-masked": lambda: text(kl.GlobalAveragePooling1D()),
        "average-masked-kept": lambda: text(kl.GlobalAveragePooling1D(keepdims=True)),
        "dense-no-bias": lambda: sensor(kl.Dense(UNITS, use_bias=False)),
        "activation": lambda: sensor(kl.Activation("softmax")),
        "softmax-over-time": lambda: sensor(kl.Softmax(axis=1), time=7),
        "normalization": lambda: sensor(normalization()),
        "normalization-given": lambda: sensor(kl.Normalization(mean=[1.0, -2.0, 3.0], variance=[4.0, 0.0, 0.5])),
        "layer-normalization": lambda: sensor(kl.LayerNormalization(epsilon=1e-2)),
        "layer-normalization-plain": lambda: sensor(kl.LayerNormalization(center=False, scale=False)),
        "layer-normalization-two-axes": lambda: sensor(kl.LayerNormalization(axis=[1, 2]), time=7),
        "batch-normalization": lambda: sensor(kl.BatchNormalization(epsilon=1e-2)),
        "batch-normalization-plain": lambda: sensor(kl.BatchNormalization(center=False, scale=False)),
        "dropout": lambda: text(kl.SpatialDropout1D(0.5), kl.Dropout(0.5), kl.GRU(UNITS)),
        "embedding-unmasked": lambda: text(kl.GRU(UNITS), masked=False),
        "embedding-of-floats": lambda: keras.Sequential(
            [keras.Input((None,), name="input"), kl.Embedding(WORDS, FEATURES, mask_zero=True), kl.GRU(UNITS)]
        ),
        "tied": tied,
        "tied-masked": lambda: tied(mask_zero=True),
        "tied-capped": lambda: tied(logit_soft_cap=0.5),
        "untied": lambda: tied(tie_weights=False),
    }


CASES: dict[str, Build] = recurrent_cases() | layer_cases()


def randomised(model: keras.Model, seed: int = 0) -> keras.Model:
    """Random numbers in every weight, biases and statistics included: a wrong order cannot hide behind zeros."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, kl.Normalization):
            continue  # its statistics are what the case is about
        weights = [random.normal(0, 0.3, weight.shape) for weight in layer.get_weights()]
        if isinstance(layer, kl.BatchNormalization):
            weights[-1] = np.abs(weights[-1]) + 0.5  # a variance
        layer.set_weights(weights)
    return model


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    """Keras numbers its layers through the whole process; each test starts at the first."""
    keras.backend.clear_session()


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, fresh_names: None) -> keras.Model:
    """Each model of the table in turn, with random weights."""
    return randomised(CASES[request.param]())


@pytest.fixture
def make(fresh_names: None) -> Callable[[str], keras.Model]:
    """A model of the table by its name, with random weights."""
    return lambda name, seed=0: randomised(CASES[name](), seed)


@pytest.fixture
def make_sensor() -> Callable[..., keras.Model]:
    return sensor


@pytest.fixture
def make_text() -> Callable[..., keras.Model]:
    return text
