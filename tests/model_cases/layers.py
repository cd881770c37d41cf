"""Layers that are not recurrent."""

import keras
import numpy as np
from keras import layers as kl

from model_cases.making import FEATURES, UNITS, WORDS, Build, sensor, text
from zoo.export.activations import ACTIVATIONS


def tied(**options: bool | float) -> keras.Model:
    embedding = kl.ReversibleEmbedding(WORDS, UNITS, **options)
    ids = keras.Input((None,), dtype="int32", name="input")
    hidden = kl.LSTM(UNITS, return_sequences=True)(embedding(ids))
    return keras.Model(ids, kl.Activation("softmax")(embedding(hidden, reverse=True)))


def normalization() -> kl.Normalization:
    layer = kl.Normalization()
    layer.adapt(np.random.default_rng(1).normal(2, 5, (40, FEATURES)).astype(np.float32))
    return layer


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
