"""Whole models: nested, subclassed, with branches, several inputs and outputs, custom layers."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers as kl

from model_cases.making import FEATURES, UNITS, WORDS, Build, sensor


class Gated(kl.Layer):
    """A custom layer in `keras.ops`: x·sigmoid(x·w)."""

    def build(self, shape: tuple[int, ...]) -> None:
        self.w = self.add_weight(shape=(shape[-1],), name="w")

    def call(self, x: Any) -> Any:
        return x * keras.ops.sigmoid(x * self.w)


class Block(kl.Layer):
    """A layer of layers that passes masks on."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inner = kl.GRU(FEATURES, return_sequences=True)
        self.norm = kl.LayerNormalization()
        self.supports_masking = True

    def build(self, shape: tuple[int, ...]) -> None:
        self.inner.build(shape)
        self.norm.build(shape)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.norm(x + self.inner(x, training=training))


class Loud(kl.Dense):
    """A subclass that computes what its parent does."""


class Subclassed(keras.Model):
    """A model whose `call` is plain Python."""

    def __init__(self, several: bool = False) -> None:
        super().__init__()
        self.several = several
        self.embedding = kl.Embedding(WORDS, FEATURES, mask_zero=True)
        self.recurrent = kl.LSTM(UNITS, return_sequences=True)
        self.block = Block()
        self.head = kl.Dense(5)

    def call(self, ids: Any, training: bool = False) -> Any:
        x = self.block(self.embedding(ids), training=training)
        x = self.recurrent(x)
        answer = keras.ops.softmax(self.head(x[:, -1]))
        return {"answer": answer, "hidden": x} if self.several else answer


def called(model: keras.Model, *inputs: np.ndarray) -> keras.Model:
    """Builds a subclassed model."""
    model(*inputs)
    return model


def branches() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    wide = kl.Conv1D(UNITS, 3, padding="same", activation="relu")(x)
    narrow = kl.Dense(UNITS)(x)
    joined = kl.Concatenate()([kl.Add()([wide, narrow]), kl.Multiply()([wide, narrow])])
    return keras.Model(x, kl.GRU(5)(joined))


def residual() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    y = x
    for _ in range(3):
        y = kl.LayerNormalization()(y + kl.Bidirectional(kl.GRU(FEATURES, return_sequences=True), merge_mode="ave")(y))
    return keras.Model(x, kl.GlobalAveragePooling1D()(y))


def several() -> keras.Model:
    movement = keras.Input((None, FEATURES), name="movement")
    person = keras.Input((2,), name="person")
    hidden = kl.LSTM(UNITS)(movement)
    joined = kl.Concatenate()([hidden, person])
    return keras.Model([movement, person], [kl.Dense(2, name="speed")(joined), kl.Dense(5, name="kind")(joined)])


def named() -> keras.Model:
    a, b = keras.Input((FEATURES,), name="a"), keras.Input((FEATURES,), name="b")
    return keras.Model({"a": a, "b": b}, {"total": a + b, "scaled": kl.Dense(2)(a) * 3.0})


def encoder(mask: bool = True) -> keras.Model:
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = kl.Embedding(WORDS, FEATURES, mask_zero=mask)(ids)
    return keras.Model(ids, kl.GRU(UNITS, return_sequences=True, name="gru")(x), name="encoder")


def nested() -> keras.Model:
    ids = keras.Input((None,), dtype="int32", name="input")
    return keras.Model(ids, kl.LSTM(5)(encoder()(ids)))  # the mask leaves the nested model with its output


def nested_shared() -> keras.Model:
    one, other = (keras.Input((None,), dtype="int32", name=name) for name in ("one", "other"))
    shared = encoder()
    pooled = [kl.GlobalAveragePooling1D()(shared(ids)) for ids in (one, other)]
    return keras.Model([one, other], kl.Dot(axes=1, normalize=True)(pooled))


def nested_twice() -> keras.Model:
    inner = keras.Sequential([keras.Input((None, FEATURES)), kl.Dense(UNITS), kl.GRU(UNITS, return_sequences=True)])
    outer = keras.Sequential([keras.Input((None, FEATURES)), kl.Masking(), inner, kl.LSTM(5)])
    return keras.Sequential([keras.Input((None, FEATURES), name="input"), outer, kl.Dense(2)])


def encoder_decoder() -> keras.Model:
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    embed = kl.Embedding(WORDS, FEATURES, mask_zero=True)
    _, h, c = kl.LSTM(UNITS, return_state=True)(embed(source))
    decoded = kl.LSTM(UNITS, return_sequences=True)(embed(target), initial_state=[h, c])
    attended = kl.Attention()([decoded, kl.LSTM(UNITS, return_sequences=True)(embed(source))])
    return keras.Model([source, target], kl.Dense(WORDS, "softmax")(kl.Concatenate()([decoded, attended])))


def two_states() -> keras.Model:
    x = keras.Input(batch_shape=(2, None, FEATURES), name="input")
    y = kl.GRU(UNITS, return_sequences=True, stateful=True, name="lower")(x)
    inner = keras.Sequential([keras.Input(batch_shape=(2, None, UNITS)), kl.LSTM(5, stateful=True, name="upper")])
    return keras.Model(x, inner(y))


def operators() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    scaled = (x - keras.ops.mean(x, axis=1, keepdims=True)) / (keras.ops.std(x, axis=1, keepdims=True) + 1e-3)
    return keras.Model(x, kl.GRU(UNITS)(scaled)[:, :2] * 2 + 1)


def mixed(policy: str) -> Callable[[], keras.Model]:
    def build() -> keras.Model:
        x = keras.Input((None, FEATURES), name="input")
        y = kl.Bidirectional(kl.LSTM(UNITS, return_sequences=True, dtype=policy), dtype=policy)(x)
        inner = keras.Sequential([keras.Input((None, 2 * UNITS)), kl.GRU(5, dtype=policy)])
        return keras.Model(x, kl.Dense(2, dtype=policy)(inner(y)))

    return build


def unused_mask() -> keras.Model:
    """A mask that is computed, carried and discarded."""
    ids = keras.Input((None,), dtype="int32", name="input")
    x = kl.Embedding(WORDS, FEATURES, mask_zero=True)(ids)
    return keras.Model(ids, kl.Conv1D(UNITS, 2)(kl.Dense(FEATURES)(x)))


def explicit_mask() -> keras.Model:
    x, mask = keras.Input((None, FEATURES), name="input"), keras.Input((None,), dtype="bool", name="mask")
    y = kl.GRU(UNITS, return_sequences=True)(x, mask=mask)
    return keras.Model([x, mask], [kl.LSTM(5)(y), kl.GlobalAveragePooling1D()(x, mask=mask)])


def joined_masks() -> keras.Model:
    one, other = (keras.Input((None, FEATURES), name=name) for name in ("one", "other"))
    joined = kl.Concatenate()([kl.Masking()(one), kl.Masking(0.0)(other)])  # valid where both are
    return keras.Model([one, other], kl.GRU(UNITS)(joined))


def whole_cases() -> dict[str, Build]:
    ids = np.ones((2, 7), np.int32)
    return {
        "branches": branches,
        "dict-of-names": named,
        "encoder-decoder": encoder_decoder,
        "explicit-mask": explicit_mask,
        "inherited-call": lambda: sensor(Loud(UNITS)),
        "joined-masks": joined_masks,
        "layer-of-layers": lambda: sensor(Block(), kl.GRU(UNITS)),
        "layer-of-layers-masked": lambda: sensor(kl.Masking(), Block(), kl.GRU(UNITS)),
        "layer-of-ones-own": lambda: sensor(Gated(), kl.Dense(UNITS)),
        "mixed-bfloat16": mixed("mixed_bfloat16"),
        "mixed-float16": mixed("mixed_float16"),
        "nested": nested,
        "nested-shared": nested_shared,
        "nested-twice": nested_twice,
        "operators": operators,
        "residual": residual,
        "several-inputs-and-outputs": several,
        "subclassed": lambda: called(Subclassed(), ids),
        "subclassed-several": lambda: called(Subclassed(several=True), ids),
        "two-states": two_states,
        "unused-mask": unused_mask,
    }
