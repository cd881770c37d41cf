"""Attention, with and without masks."""

from itertools import product
from typing import Any

import keras
from keras import layers as kl

from model_cases.making import FEATURES, WORDS, Build

HEADS, SIZE = 2, 5


def pair(layer: kl.Layer, *, masked: str = "", free: bool = True, **options: Any) -> keras.Model:
    """Queries and values from two inputs of independent lengths; `masked` names those that carry a mask."""
    tensors, inputs = [], []
    for name in ("query", "value"):
        length = None if free else {"query": 6, "value": 7}[name]
        ids = keras.Input((length,), dtype="int32", name=name)
        inputs.append(ids)
        tensors.append(kl.Embedding(WORDS, FEATURES, mask_zero=name in masked)(ids))
    single = isinstance(layer, kl.Attention)
    return keras.Model(inputs, layer(tensors, **options) if single else layer(*tensors, **options))


def self_attention(layer: kl.Layer, *, masked: bool = False, **options: Any) -> keras.Model:
    ids = keras.Input((None,), dtype="int32", name="input")
    x = kl.Embedding(WORDS, FEATURES, mask_zero=masked)(ids)
    return keras.Model(ids, layer([x, x], **options) if isinstance(layer, kl.Attention) else layer(x, x, **options))


def three(layer: kl.Layer, masked: bool = True, **options: Any) -> keras.Model:
    """Keys from a separate input with a separate mask."""
    ids = keras.Input((None,), dtype="int32", name="input")
    query, value, key = (kl.Embedding(WORDS, FEATURES, mask_zero=masked)(ids) for _ in range(3))
    single = isinstance(layer, kl.Attention)
    return keras.Model(ids, layer([query, value, key], **options) if single else layer(query, value, key, **options))


def masks_given(layer: kl.Layer, *names: str, **options: Any) -> keras.Model:
    """Masks that are inputs of the model, one for each of `names`."""
    x = keras.Input((None, FEATURES), name="input")
    masks = {name: keras.Input((None,), dtype="bool", name=name) for name in names}
    if isinstance(layer, kl.Attention):
        y = layer([x, x], mask=[masks.get("query_mask"), masks.get("value_mask")], **options)
    else:
        y = layer(x, x, **masks, **options)
    return keras.Model([x, *masks.values()], y)


def attention_mask(layer: kl.Layer, dtype: str = "bool", masked: bool = False, **options: Any) -> keras.Model:
    """A mask of the steps that each query may attend to, for 6 queries and steps."""
    ids = keras.Input((6,), dtype="int32", name="input")
    seen = keras.Input((6, 6), dtype=dtype, name="seen")
    x = kl.Embedding(WORDS, FEATURES, mask_zero=masked)(ids)
    return keras.Model([ids, seen], layer(x, x, attention_mask=seen, **options))


def several_axes(*axes: int, **options: Any) -> keras.Model:
    x = keras.Input((5, 6, FEATURES), name="input")
    return keras.Model(x, kl.MultiHeadAttention(HEADS, SIZE, attention_axes=axes)(x, x, **options))


def several_axes_masked(*axes: int, sizes: tuple[int, ...]) -> keras.Model:
    x = keras.Input((5, 6, FEATURES), name="input")
    seen = keras.Input(sizes, dtype="bool", name="seen")
    y = kl.MultiHeadAttention(HEADS, SIZE, attention_axes=axes)(x, x, attention_mask=seen)
    return keras.Model([x, seen], y)


def transformer(**options: Any) -> keras.Model:
    """A transformer block over masked words, and the mean of its outputs."""
    ids = keras.Input((None,), dtype="int32", name="input")
    x = kl.Embedding(WORDS, 6, mask_zero=True)(ids)
    x = kl.LayerNormalization()(kl.Add()([x, kl.MultiHeadAttention(HEADS, SIZE, dropout=0.1)(x, x, **options)]))
    x = kl.LayerNormalization()(kl.Add()([x, kl.Dense(6)(kl.Dense(12, "gelu")(x))]))
    return keras.Model(ids, kl.GlobalAveragePooling1D()(x))


def attention_cases() -> dict[str, Build]:
    kinds: dict[str, Build] = {
        "attention": kl.Attention,
        "attention-scaled": lambda: kl.Attention(use_scale=True),
        "attention-concat": lambda: kl.Attention(score_mode="concat"),
        "attention-concat-scaled": lambda: kl.Attention(score_mode="concat", use_scale=True),
        "additive": kl.AdditiveAttention,
        "additive-plain": lambda: kl.AdditiveAttention(use_scale=False),
        "heads": lambda: kl.MultiHeadAttention(HEADS, SIZE),
        "heads-dropped": lambda: kl.MultiHeadAttention(HEADS, SIZE, dropout=0.2),
        "grouped": lambda: kl.GroupQueryAttention(SIZE, 4, 2),
        "grouped-dropped": lambda: kl.GroupQueryAttention(SIZE, 4, 2, dropout=0.2),
    }
    cases: dict[str, Build] = {}
    for name, kind in kinds.items():
        for masked, causal in product(("", "query", "value", "query value"), (False, True)):
            title = f"{name}{'-masked-' + masked.replace(' ', '-') if masked else ''}{'-causal' if causal else ''}"
            cases[title] = lambda kind=kind, m=masked, c=causal: pair(kind(), masked=m, use_causal_mask=c)
        cases[f"{name}-scores"] = lambda kind=kind: self_attention(kind(), return_attention_scores=True)
        cases[f"{name}-scores-masked-causal"] = lambda kind=kind: self_attention(
            kind(), masked=True, return_attention_scores=True, use_causal_mask=True
        )
        cases[f"{name}-fixed"] = lambda kind=kind: pair(kind(), masked="value", free=False, use_causal_mask=True)
        cases[f"{name}-three"] = lambda kind=kind: three(kind())
        cases[f"{name}-masks-given"] = lambda kind=kind: masks_given(kind(), "query_mask", "value_mask")
    for name in ("heads", "heads-dropped", "grouped", "grouped-dropped"):
        kind = kinds[name]
        cases |= {
            f"{name}-attention-mask": lambda kind=kind: attention_mask(kind()),
            f"{name}-attention-mask-of-numbers": lambda kind=kind: attention_mask(kind(), "int32"),
            f"{name}-all-masks": lambda kind=kind: attention_mask(kind(), masked=True, use_causal_mask=True),
            f"{name}-key-mask-given": lambda kind=kind: masks_given(kind(), "key_mask"),
        }
    return cases | {
        "heads-no-bias": lambda: pair(kl.MultiHeadAttention(HEADS, SIZE, use_bias=False)),
        "heads-values": lambda: pair(kl.MultiHeadAttention(HEADS, SIZE, value_dim=6, output_shape=7), masked="value"),
        "heads-output-axes": lambda: pair(kl.MultiHeadAttention(HEADS, SIZE, output_shape=(2, 3))),
        "heads-gated": lambda: pair(kl.MultiHeadAttention(HEADS, SIZE, value_dim=6, use_gate=True), masked="value"),
        "heads-window": lambda: pair(kl.MultiHeadAttention(HEADS, SIZE, sliding_window=2)),
        "heads-window-causal": lambda: self_attention(
            kl.MultiHeadAttention(HEADS, SIZE, sliding_window=3), masked=True, use_causal_mask=True
        ),
        "grouped-one": lambda: pair(kl.GroupQueryAttention(SIZE, 4, 1), masked="value"),
        "grouped-gated": lambda: pair(kl.GroupQueryAttention(SIZE, 4, 2, use_gate=True, use_bias=False)),
        "grouped-window": lambda: pair(kl.GroupQueryAttention(SIZE, 4, 2, sliding_window=2), use_causal_mask=True),
        "heads-over-bands": lambda: several_axes(2),
        "heads-over-time": lambda: several_axes(1),
        "heads-over-time-causal": lambda: several_axes(1, use_causal_mask=True),
        "heads-over-both": lambda: several_axes(1, 2),
        "heads-over-bands-masked": lambda: several_axes_masked(2, sizes=(6, 6)),
        "heads-over-both-masked": lambda: several_axes_masked(1, 2, sizes=(5, 6, 5, 6)),
        "transformer": transformer,
        "transformer-causal": lambda: transformer(use_causal_mask=True),
    }
