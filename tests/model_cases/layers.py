"""Layers that are not recurrent."""

from typing import Any

import keras
import numpy as np
from keras import activations as ka
from keras import layers as kl

from model_cases.making import FEATURES, UNITS, WORDS, Build, sensor, text

STEPS = 7
#: All that need no argument but the tensor.
ACTIVATIONS = [
    *(ka.linear, ka.relu, ka.relu6, ka.leaky_relu, ka.elu, ka.celu, ka.selu, ka.gelu, ka.silu, ka.hard_silu, ka.mish),
    *(ka.tanh, ka.hard_tanh, ka.tanh_shrink, ka.hard_shrink, ka.soft_shrink, ka.sigmoid, ka.hard_sigmoid),
    *(ka.sparse_sigmoid, ka.log_sigmoid, ka.softplus, ka.sparse_plus, ka.squareplus, ka.softsign, ka.exponential),
    *(ka.softmax, ka.log_softmax, ka.sparsemax),
]


def tied(**options: Any) -> keras.Model:
    embedding = kl.ReversibleEmbedding(WORDS, UNITS, **options)
    ids = keras.Input((None,), dtype="int32", name="input")
    hidden = kl.LSTM(UNITS, return_sequences=True)(embedding(ids))
    return keras.Model(ids, kl.Activation("softmax")(embedding(hidden, reverse=True)))


def normalization(**options: Any) -> kl.Normalization:
    layer = kl.Normalization(**options)
    layer.adapt(np.random.default_rng(1).normal(2, 5, (40, STEPS, FEATURES)).astype(np.float32))
    return layer


def image(
    *layers: kl.Layer, sizes: tuple[int | None, int | None] = (None, None), channels: int = FEATURES
) -> keras.Model:
    """(batch, time, bands, channels) spectrograms."""
    return keras.Sequential([keras.Input((*sizes, channels), name="input"), *layers])


def frames(*layers: kl.Layer, time: int | None = None, size: int | None = 6) -> keras.Model:
    """(batch, time, steps, features): a window of steps at every time step."""
    return keras.Sequential([keras.Input((time, size, FEATURES), name="input"), *layers])


def merged(layer: kl.Layer, *layers: kl.Layer) -> keras.Model:
    """Merges the input with itself passed through each of `layers`."""
    x = keras.Input((STEPS, FEATURES), name="input")
    return keras.Model(x, layer([x, *(inner(x) for inner in layers)]))


def merged_masks(layer: kl.Layer, *masked: bool) -> keras.Model:
    """Merges embeddings of separate inputs, with or without masks."""
    inputs = [keras.Input((None,), dtype="int32", name=f"input-{number}") for number in range(len(masked))]
    parts = [kl.Embedding(WORDS, UNITS, mask_zero=m)(ids) for ids, m in zip(inputs, masked, strict=True)]
    merged = layer(parts)
    return keras.Model(inputs, [merged, kl.GlobalAveragePooling1D()(merged)])


def masked_softmax(axis: Any) -> keras.Model:
    x = keras.Input((STEPS, FEATURES), name="input")
    return keras.Model(x, kl.Softmax(axis)(x, mask=keras.ops.greater(x, 0.0)))


def explicit_mask(layer: kl.Layer) -> keras.Model:
    x, mask = keras.Input((None, FEATURES), name="input"), keras.Input((None,), dtype="bool", name="mask")
    return keras.Model([x, mask], layer(x, mask=mask))


def convolutions() -> dict[str, Build]:
    """Every convolution with every padding: strided, dilated, over free and fixed lengths."""
    cases: dict[str, Build] = {}
    for padding in ("causal", "same", "valid"):
        for name, options in {"": {}, "-dilated": {"dilation_rate": 2}, "-strided": {"strides": 2}}.items():
            conv = {"filters": UNITS, "kernel_size": 5, "padding": padding, **options}
            cases[f"conv-{padding}{name}"] = lambda conv=conv: sensor(kl.Conv1D(**conv, activation="relu"))
            if padding == "causal":
                continue
            deep = {"kernel_size": 4, "padding": padding, "depth_multiplier": 2, **options}
            cases[f"depthwise-{padding}{name}"] = lambda deep=deep: sensor(kl.DepthwiseConv1D(**deep))
            cases[f"separable-{padding}{name}"] = lambda deep=deep: sensor(
                kl.SeparableConv1D(UNITS, **deep, activation="tanh")
            )
            flat = {"kernel_size": (3, 2), "padding": padding, **options}
            cases[f"conv-2d-{padding}{name}"] = lambda flat=flat: image(kl.Conv2D(UNITS, **flat))
            cases[f"conv-2d-{padding}{name}-fixed"] = lambda flat=flat: image(kl.Conv2D(UNITS, **flat), sizes=(9, 8))
            cases[f"depthwise-2d-{padding}{name}"] = lambda flat=flat: image(kl.DepthwiseConv2D(**flat))
            cases[f"separable-2d-{padding}{name}"] = lambda flat=flat: image(kl.SeparableConv2D(UNITS, **flat))
    for padding in ("same", "valid"):
        for size, strides in ((3, 1), (4, 2), (5, 3), (2, 3)):
            back = {"filters": UNITS, "kernel_size": size, "strides": strides, "padding": padding}
            name = f"conv-transpose-{padding}-{size}-by-{strides}"
            cases[name] = lambda back=back: sensor(kl.Conv1DTranspose(**back, activation="relu"))
            cases[f"{name}-2d"] = lambda back=back: image(kl.Conv2DTranspose(**back))
            if strides > 1:
                more = {**back, "output_padding": 1}
                cases[f"{name}-padded"] = lambda more=more: sensor(kl.Conv1DTranspose(**more))
    return cases | {
        "conv-groups": lambda: sensor(kl.Dense(6), kl.Conv1D(UNITS, 3, groups=2, use_bias=False)),
        "conv-stack": lambda: sensor(kl.Conv1D(UNITS, 5, padding="causal"), kl.Conv1D(6, 3, padding="causal")),
        "conv-strided-fixed": lambda: sensor(kl.Conv1D(UNITS, 5, strides=2, padding="same"), time=STEPS),
        "conv-masked": lambda: text(kl.Conv1D(UNITS, 3, padding="causal"), kl.GRU(UNITS)),
        "conv-channels-first": lambda: sensor(
            kl.Permute((2, 1)), kl.Conv1D(UNITS, 3, padding="same", data_format="channels_first", groups=1)
        ),
        "depthwise-strided-dilated": lambda: sensor(kl.DepthwiseConv1D(3, strides=2, dilation_rate=2)),
        "depthwise-no-bias": lambda: sensor(kl.DepthwiseConv1D(3, use_bias=False)),
        "conv-transpose-dilated": lambda: sensor(kl.Conv1DTranspose(UNITS, 3, use_bias=False)),
        "conv-3d": lambda: keras.Sequential(
            [keras.Input((None, 5, 6, 2), name="input"), kl.Conv3D(UNITS, 2, padding="same"), kl.MaxPooling3D(2)]
        ),
        "conv-transpose-3d": lambda: keras.Sequential(
            [keras.Input((None, 5, 6, 2), name="input"), kl.Conv3DTranspose(UNITS, 3, strides=2, padding="same")]
        ),
        "conv-after-recurrent": lambda: sensor(kl.GRU(UNITS, return_sequences=True), kl.Conv1D(6, 3)),
    }


def poolings() -> dict[str, Build]:
    cases: dict[str, Build] = {}
    for one, two in ((kl.MaxPooling1D, kl.MaxPooling2D), (kl.AveragePooling1D, kl.AveragePooling2D)):
        for padding in ("valid", "same"):
            for size, strides in ((3, 2), (2, 3), (3, 1)):
                options = {"pool_size": size, "strides": strides, "padding": padding}
                name = f"{padding}-{size}-by-{strides}"
                cases[f"{one.__name__}-{name}"] = lambda one=one, options=options: sensor(one(**options))
                cases[f"{two.__name__}-{name}"] = lambda two=two, options=options: image(two(**options))
        cases[f"{one.__name__}-channels-first"] = lambda one=one: sensor(
            kl.Permute((2, 1)), one(2, data_format="channels_first")
        )
    for pooling in (kl.GlobalMaxPooling1D, kl.GlobalAveragePooling1D):
        cases[pooling.__name__] = lambda pooling=pooling: sensor(pooling())
        cases[f"{pooling.__name__}-kept"] = lambda pooling=pooling: sensor(pooling(keepdims=True))
        cases[f"{pooling.__name__}-channels-first"] = lambda pooling=pooling: sensor(
            pooling(data_format="channels_first"), time=STEPS
        )
    for pooling in (kl.GlobalMaxPooling2D, kl.GlobalAveragePooling2D):
        cases[pooling.__name__] = lambda pooling=pooling: image(pooling())
        cases[f"{pooling.__name__}-kept"] = lambda pooling=pooling: image(pooling(keepdims=True))
    return cases | {
        "max-masked": lambda: text(kl.GlobalMaxPooling1D()),
        "average-masked": lambda: text(kl.GlobalAveragePooling1D()),
        "average-masked-kept": lambda: text(kl.GlobalAveragePooling1D(keepdims=True)),
        "average-masked-by-values": lambda: sensor(kl.ReLU(), kl.Masking(0.0), kl.GlobalAveragePooling1D()),
        "average-mask-given": lambda: explicit_mask(kl.GlobalAveragePooling1D()),
        "up-sampling": lambda: sensor(kl.UpSampling1D(3)),
        "up-sampling-2d": lambda: image(kl.UpSampling2D((2, 3))),
        "zero-padding": lambda: sensor(kl.ZeroPadding1D((2, 1))),
        "zero-padding-2d": lambda: image(kl.ZeroPadding2D(((1, 2), (0, 3)))),
        "cropping": lambda: sensor(kl.ZeroPadding1D(2), kl.Cropping1D((1, 2))),
        "cropping-2d": lambda: image(kl.Cropping2D(((1, 0), (2, 1))), sizes=(6, 7)),
    }


def normalisations() -> dict[str, Build]:
    return {
        "normalization": lambda: sensor(normalization()),
        "normalization-back": lambda: sensor(normalization(invert=True)),
        "normalization-one": lambda: sensor(normalization(axis=None)),
        "normalization-two-axes": lambda: sensor(normalization(axis=(1, 2)), time=STEPS),
        "normalization-given": lambda: sensor(kl.Normalization(mean=[1.0, -2.0, 3.0], variance=[4.0, 0.0, 0.5])),
        "normalization-of-integers": lambda: keras.Sequential(
            [keras.Input((None, FEATURES), dtype="int32", name="input"), kl.Normalization(mean=2.0, variance=9.0)]
        ),
        "normalization-masked": lambda: text(kl.Normalization(mean=2.0, variance=9.0), kl.GRU(UNITS)),
        "rescaling": lambda: sensor(kl.Rescaling(1 / 255, offset=-0.5)),
        "rescaling-each": lambda: sensor(kl.Rescaling([0.5, 2.0, 3.0], offset=[1.0, 0.0, -1.0])),
        "rescaling-of-integers": lambda: keras.Sequential(
            [keras.Input((None, FEATURES), dtype="uint8", name="input"), kl.Rescaling(1 / 255)]
        ),
        "layer-normalization": lambda: sensor(kl.LayerNormalization(epsilon=1e-2)),
        "layer-normalization-plain": lambda: sensor(kl.LayerNormalization(center=False, scale=False)),
        "layer-normalization-scaled": lambda: sensor(kl.LayerNormalization(center=False)),
        "layer-normalization-shifted": lambda: sensor(kl.LayerNormalization(scale=False)),
        "layer-normalization-two-axes": lambda: sensor(kl.LayerNormalization(axis=[1, 2]), time=STEPS),
        "layer-normalization-over-time": lambda: sensor(kl.LayerNormalization(axis=1), time=STEPS),
        "layer-normalization-apart": lambda: image(kl.LayerNormalization(axis=[1, 3]), sizes=(5, None)),
        "layer-normalization-masked": lambda: text(kl.LayerNormalization(), kl.GRU(UNITS)),
        "batch-normalization": lambda: sensor(kl.BatchNormalization(epsilon=1e-2)),
        "batch-normalization-plain": lambda: sensor(kl.BatchNormalization(center=False, scale=False)),
        "batch-normalization-over-time": lambda: sensor(kl.BatchNormalization(axis=1), time=STEPS),
        "batch-normalization-masked": lambda: text(kl.BatchNormalization(), kl.GRU(UNITS)),
        "batch-normalization-2d": lambda: image(kl.BatchNormalization()),
        "group-normalization": lambda: sensor(kl.Dense(6), kl.GroupNormalization(3)),
        "group-normalization-instance": lambda: sensor(kl.GroupNormalization(-1), time=STEPS),
        "unit-normalization": lambda: sensor(kl.UnitNormalization()),
        "rms-normalization": lambda: sensor(kl.RMSNormalization()),
        "spectral-normalization": lambda: sensor(kl.SpectralNormalization(kl.Dense(UNITS))),
        "spectral-normalization-conv": lambda: sensor(kl.SpectralNormalization(kl.Conv1D(UNITS, 3))),
    }


def activations() -> dict[str, Build]:
    cases: dict[str, Build] = {}
    for activation in ACTIVATIONS:
        wide = 1.0 if activation is ka.exponential else 3.0
        cases[f"activation-{activation.__name__}"] = lambda a=activation, wide=wide: sensor(
            kl.Rescaling(wide), kl.Activation(a)
        )
        cases[f"dense-{activation.__name__}"] = lambda a=activation: sensor(kl.Dense(UNITS, a))
    return cases | {
        "dense-no-bias": lambda: sensor(kl.Dense(UNITS, use_bias=False)),
        "dense-own-function": lambda: sensor(kl.Dense(UNITS, lambda x: keras.ops.tanh(x) * 2)),
        "dense-activation-layer": lambda: sensor(kl.Dense(UNITS, kl.LeakyReLU(0.3))),
        "conv-own-function": lambda: sensor(kl.Conv1D(UNITS, 3, activation=lambda x: x * keras.ops.sigmoid(x))),
        "activation-glu": lambda: sensor(kl.Dense(6), kl.Activation("glu")),
        "activation-threshold": lambda: sensor(kl.Activation(lambda x: ka.threshold(x, 0.5, -1.0))),
        "relu": lambda: sensor(kl.ReLU()),
        "relu-capped": lambda: sensor(kl.ReLU(max_value=1.5)),
        "relu-all": lambda: sensor(kl.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.5)),
        "leaky-relu": lambda: sensor(kl.LeakyReLU(0.1)),
        "elu": lambda: sensor(kl.ELU(0.7)),
        "prelu": lambda: sensor(kl.PReLU(shared_axes=[1])),
        "softmax": lambda: sensor(kl.Softmax()),
        "softmax-over-time": lambda: sensor(kl.Softmax(axis=1), time=STEPS),
        "softmax-over-free-time": lambda: sensor(kl.Softmax(axis=1)),
        "softmax-over-both": lambda: sensor(kl.Softmax(axis=[1, 2])),
        "softmax-masked": lambda: masked_softmax(-1),
        "softmax-masked-over-both": lambda: masked_softmax([1, 2]),
    }


def shapes() -> dict[str, Build]:
    cases: dict[str, Build] = {
        "reshape": lambda: sensor(kl.Reshape((FEATURES, STEPS)), time=STEPS),
        "reshape-free": lambda: sensor(kl.Reshape((-1, 1, FEATURES))),
        "flatten": lambda: sensor(kl.Flatten(), kl.Dense(UNITS), time=STEPS),
        "permute": lambda: sensor(kl.Permute((2, 1))),
        "repeat": lambda: sensor(kl.GlobalMaxPooling1D(), kl.RepeatVector(4), kl.GRU(UNITS)),
        "concatenate": lambda: merged(kl.Concatenate(), kl.Dense(UNITS), kl.Dense(2)),
        "concatenate-time": lambda: merged(kl.Concatenate(axis=1), kl.Dense(FEATURES)),
        "concatenate-masked": lambda: merged_masks(kl.Concatenate(), True, True),
        "concatenate-half-masked": lambda: merged_masks(kl.Concatenate(), True, False),
        "add-broadcast": lambda: merged(kl.Add(), kl.Dense(1)),
        "dot": lambda: merged(kl.Dot(axes=2), kl.Dense(FEATURES)),
        "dot-over-time": lambda: merged(kl.Dot(axes=(1, 1)), kl.Dense(UNITS)),
        "dot-cosine": lambda: merged(kl.Dot(axes=2, normalize=True), kl.Dense(FEATURES)),
        "lambda": lambda: sensor(kl.Lambda(lambda x: x * 2 + 1)),
        "identity": lambda: sensor(kl.Identity(), kl.ActivityRegularization(0.1), kl.Dense(UNITS)),
        "dropout": lambda: text(kl.SpatialDropout1D(0.5), kl.Dropout(0.5), kl.GRU(UNITS)),
        "noise": lambda: text(kl.GaussianNoise(0.1), kl.GaussianDropout(0.1), kl.AlphaDropout(0.1), kl.GRU(UNITS)),
        "masking": lambda: sensor(kl.ReLU(), kl.Masking(0.0), kl.GRU(UNITS)),
        "masking-returned": lambda: sensor(kl.ReLU(), kl.Masking(0.0)),
    }
    for merge in (kl.Add, kl.Subtract, kl.Multiply, kl.Average, kl.Maximum, kl.Minimum):
        others = 1 if merge is kl.Subtract else 2
        cases[merge.__name__] = lambda merge=merge, n=others: merged(merge(), *(kl.Dense(FEATURES) for _ in range(n)))
        for name, masked in (("masked", (True, True)), ("first-masked", (True, False)), ("last-masked", (False, True))):
            cases[f"{merge.__name__}-{name}"] = lambda merge=merge, m=masked: merged_masks(merge(), *m)
        if merge is not kl.Subtract:
            cases[f"{merge.__name__}-three-masked"] = lambda merge=merge: merged_masks(merge(), True, True, True)
            cases[f"{merge.__name__}-ranks"] = lambda merge=merge: merged(merge(), kl.GlobalMaxPooling1D())
    return cases


def products() -> dict[str, Build]:
    """EinsumDense as a matrix product, and in other forms."""
    equations = {
        "last": ("abc,cd->abd", (None, UNITS), "d"),
        "any": ("...x,xy->...y", UNITS, "y"),
        "two-out": ("abc,cde->abde", (None, 2, UNITS), "de"),
        "two-in": ("abc,bcd->ad", UNITS, "d"),
        "over-time": ("abc,bd->adc", (5, FEATURES), "dc"),
        "turned": ("abc,dc->abd", (None, UNITS), "d"),
    }
    return {
        f"einsum-{name}": lambda e=equation, o=shape, b=bias, t=STEPS if name in ("two-in", "over-time") else None: (
            sensor(kl.EinsumDense(e, o, bias_axes=b, activation="tanh"), time=t)
        )
        for name, (equation, shape, bias) in equations.items()
    } | {"einsum-no-bias": lambda: sensor(kl.EinsumDense("abc,cd->abd", (None, UNITS)))}


def step_by_step() -> dict[str, Build]:
    """TimeDistributed around various layers."""
    small = keras.Sequential
    return {
        "distributed-dense": lambda: sensor(kl.TimeDistributed(kl.Dense(UNITS, "relu"))),
        "distributed-dense-masked": lambda: text(kl.TimeDistributed(kl.Dense(UNITS)), kl.GRU(UNITS)),
        "distributed-dropout": lambda: sensor(kl.TimeDistributed(kl.Dropout(0.5))),
        "distributed-softmax": lambda: sensor(kl.TimeDistributed(kl.Activation("softmax"))),
        "distributed-layer-normalization": lambda: sensor(kl.TimeDistributed(kl.LayerNormalization())),
        "distributed-batch-normalization": lambda: sensor(kl.TimeDistributed(kl.BatchNormalization())),
        "distributed-conv": lambda: frames(kl.TimeDistributed(kl.Conv1D(UNITS, 3)), time=STEPS),
        "distributed-conv-free": lambda: frames(kl.TimeDistributed(kl.Conv1D(UNITS, 3))),
        "distributed-conv-all-free": lambda: frames(kl.TimeDistributed(kl.Conv1D(UNITS, 1)), size=None),
        "distributed-flatten": lambda: frames(kl.TimeDistributed(kl.Flatten()), kl.GRU(UNITS)),
        "distributed-pooling": lambda: frames(kl.TimeDistributed(kl.GlobalAveragePooling1D()), kl.GRU(UNITS)),
        "distributed-lstm": lambda: frames(kl.TimeDistributed(kl.LSTM(UNITS)), kl.GRU(UNITS)),
        "distributed-lstm-sequences": lambda: frames(kl.TimeDistributed(kl.LSTM(UNITS, return_sequences=True))),
        "distributed-model": lambda: frames(
            kl.TimeDistributed(small([kl.Conv1D(UNITS, 3, activation="relu"), kl.Flatten(), kl.Dense(2)])), time=STEPS
        ),
        "distributed-twice": lambda: frames(kl.TimeDistributed(kl.TimeDistributed(kl.Dense(UNITS)))),
    }


def embeddings() -> dict[str, Build]:
    return {
        "embedding-unmasked": lambda: text(kl.GRU(UNITS), masked=False),
        "embedding-of-floats": lambda: keras.Sequential(
            [keras.Input((None,), name="input"), kl.Embedding(WORDS, FEATURES, mask_zero=True), kl.GRU(UNITS)]
        ),
        "tied": tied,
        "tied-masked": lambda: tied(mask_zero=True),
        "tied-capped": lambda: tied(logit_soft_cap=0.5),
        "untied": lambda: tied(tie_weights=False),
    }


PARTS = (convolutions, poolings, normalisations, activations, shapes, products, step_by_step, embeddings)


def layer_cases() -> dict[str, Build]:
    return {name: build for part in PARTS for name, build in part().items()}
