"""Functional models with operations of `keras.ops` that multiply, slide and normalise."""

import numpy as np
from keras import ops

from model_cases.applied import FACTORS, MATRIX, TIME, applied, of_ids, of_two
from model_cases.making import FEATURES, UNITS, Build


def multiplied() -> dict[str, Build]:
    """Matrix products, Einstein sums, attention."""
    kernel3 = np.random.default_rng(4).normal(0, 0.5, (FEATURES, 2, UNITS)).astype(np.float32)
    heads = {"time": None, "features": (6, 4)}
    cases = {
        "matmul": applied(lambda x: x @ MATRIX),
        "matmul-batched": of_two(lambda x, y: ops.swapaxes(x, 1, 2) @ y),
        "matmul-vector": applied(lambda x: ops.matmul(x, FACTORS)),
        "matmul-ids": of_ids(lambda x: ops.matmul(x[:, None], x[:, :, None])),
        "dot": applied(lambda x: ops.dot(x, MATRIX)),
        "dot-three": applied(lambda x: ops.dot(x, kernel3.transpose(1, 0, 2))),
        "dot-number": applied(lambda x: ops.dot(x, 2.0)),
        "inner": applied(lambda x: ops.inner(x, MATRIX.T)),
        "outer": applied(lambda x: ops.outer(ops.sum(x, 1), FACTORS)),
        "vdot": applied(lambda x: ops.vdot(ops.tanh(x), x / 10)),
        "tensordot": applied(lambda x: ops.tensordot(x, kernel3, axes=1)),
        "tensordot-none": applied(lambda x: ops.tensordot(x, FACTORS, axes=0)),
        "attention": applied(lambda x: ops.dot_product_attention(x, x * 2, x - 1), **heads),
        "attention-causal": applied(lambda x: ops.dot_product_attention(x, x * 2, x - 1, is_causal=True), **heads),
        "attention-scaled": applied(lambda x: ops.dot_product_attention(x, x, x, scale=0.3), **heads),
        "attention-grouped": applied(lambda x: ops.dot_product_attention(x, x[:, :, :3], x[:, :, 3:]), **heads),
        "attention-one-group": applied(
            lambda x: ops.dot_product_attention(x, *[ops.repeat(x[:, :, :1], 6, 2)] * 2), **heads
        ),
        "attention-masked": applied(
            lambda x: ops.dot_product_attention(x, x, x, mask=(x[:, :, 0, 0] > 0)[:, None, None, :]), **heads
        ),
        "attention-masked-causal": applied(
            lambda x: ops.dot_product_attention(x, x, x, mask=(x[:, :, 0, 0] > 0)[:, None, None, :], is_causal=True),
            **heads,
        ),
        "attention-bias": applied(
            lambda x: ops.dot_product_attention(x, x, x, bias=ops.swapaxes(x, 1, 2)[..., :1]), **heads
        ),
    }
    for equation in ("abc,cd->abd", "abc,cde->abde", "abc,dc->abd", "abc,dec->abde", "...c,cd->...d", "abc,cd->dab"):
        shapes = {"cd": (3, 4), "cde": (3, 2, 4), "dc": (4, 3), "dec": (2, 4, 3)}
        shape = shapes[equation.split(",")[1].split("->")[0].replace("...", "")]
        weight = np.random.default_rng(5).normal(size=shape).astype(np.float32)
        cases[f"einsum-{equation}"] = applied(lambda x, e=equation, w=weight: ops.einsum(e, x, w))
    for equation in ("abc->ac", "abc->cab", "aba->ab", "abc,abd->acd", "abc,aed->abe", "abc,abd->bcd", "abc,abd"):
        two = equation.count(",")
        function = (lambda x, y, e=equation: ops.einsum(e, x, y)) if two else (lambda x, e=equation: ops.einsum(e, x))
        cases[f"einsum-{equation}"] = of_two(function) if two else applied(function)
    del cases["einsum-aba->ab"]
    cases["einsum-abcd,cde->abe"] = applied(
        lambda x: ops.einsum("abcd,cde->abe", x, np.ones((6, 4, 2), np.float32)), features=(6, 4)
    )
    for equation in ("aecd,abcd->acbe", "abcd,aecd->acbe"):
        cases[f"einsum-{equation}"] = applied(lambda x, e=equation: ops.einsum(e, x, x * 2), features=(6, 4))
    cases["einsum-acbe,aecd->abcd"] = applied(
        lambda x: ops.einsum("acbe,aecd->abcd", ops.einsum("aecd,abcd->acbe", x, x), x), features=(6, 4)
    )
    cases["einsum-three"] = applied(lambda x: ops.einsum("abc,cd,d->abd", x, MATRIX, MATRIX[0]))
    return cases


def slid() -> dict[str, Build]:
    """Convolutions and pooling as operations."""
    random = np.random.default_rng(6)
    kernel, plane = random.normal(size=(3, FEATURES, UNITS)), random.normal(size=(3, 2, FEATURES, UNITS))
    deep, point = random.normal(size=(3, FEATURES, 2)), random.normal(size=(1, 2 * FEATURES, UNITS))
    kernel, plane, deep, point = (one.astype(np.float32) for one in (kernel, plane, deep, point))
    cases: dict[str, Build] = {
        "ops-conv-plane": applied(
            lambda x: ops.conv(x, plane, strides=(2, 1), padding="same"), time=TIME, features=(5, FEATURES)
        ),
        "ops-conv-plane-open": applied(lambda x: ops.conv(x, plane, strides=2, padding="same"), features=(5, FEATURES)),
        "ops-conv-first": applied(
            lambda x: ops.conv(ops.swapaxes(x, 1, 2), kernel, data_format="channels_first"), time=None
        ),
        "ops-separable": applied(lambda x: ops.separable_conv(x, deep, point, padding="same")),
        "ops-depthwise-plane": applied(
            lambda x: ops.depthwise_conv(x, plane[..., :2], padding="same"), features=(5, FEATURES)
        ),
        "ops-depthwise-dilated": applied(lambda x: ops.depthwise_conv(x, deep, dilation_rate=2, padding="same")),
        "ops-max-pool-plane": applied(
            lambda x: ops.max_pool(x, (2, 3), strides=1, padding="same"), features=(5, FEATURES)
        ),
    }
    if hasattr(ops, "adaptive_average_pool"):  # since Keras 3.13
        first = {"data_format": "channels_first"}
        cases["ops-adaptive-average"] = applied(lambda x: ops.adaptive_average_pool(x, (2,), **first), time=TIME)
        cases["ops-adaptive-max"] = applied(lambda x: ops.adaptive_max_pool(x, (2,), **first), time=TIME)
        cases["ops-adaptive-plane"] = applied(
            lambda x: ops.adaptive_average_pool(x, (3, 2), **first), time=TIME, features=(5, FEATURES)
        )
    for padding in ("valid", "same"):
        for stride in (1, 2):
            options = {"strides": stride, "padding": padding}
            cases |= {
                f"ops-conv-{padding}-{stride}": applied(lambda x, o=options: ops.conv(x, kernel, **o)),
                f"ops-depthwise-{padding}-{stride}": applied(lambda x, o=options: ops.depthwise_conv(x, deep, **o)),
                f"ops-max-pool-{padding}-{stride}": applied(lambda x, o=options: ops.max_pool(x, 3, **o)),
                f"ops-average-pool-{padding}-{stride}": applied(lambda x, o=options: ops.average_pool(x, 3, **o)),
            }
    return cases


def normalised() -> dict[str, Build]:
    """Normalisations, softmax over other axes."""
    ones = np.array([0.5, 2.0, -1.0], np.float32)
    grid = np.random.default_rng(7).normal(size=(TIME, FEATURES)).astype(np.float32)
    return {
        "ops-layer-norm": applied(lambda x: ops.layer_normalization(x, ones, FACTORS)),
        "ops-layer-norm-plain": applied(lambda x: ops.layer_normalization(x, epsilon=1e-2)),
        "ops-layer-norm-axes": applied(lambda x: ops.layer_normalization(x, grid, grid, axis=(1, 2)), time=TIME),
        "ops-layer-norm-middle": applied(lambda x: ops.layer_normalization(x, grid[:, 0], axis=1), time=TIME),
        "ops-rms-norm": applied(lambda x: ops.rms_normalization(x, ones)),
        "ops-rms-norm-plain": applied(lambda x: ops.rms_normalization(x, axis=(1, 2), epsilon=1e-2)),
        "ops-batch-norm": applied(
            lambda x: ops.batch_normalization(x, ones, ones * ones, -1, offset=FACTORS, scale=ones)
        ),
        "ops-batch-norm-first": applied(
            lambda x: ops.batch_normalization(ops.swapaxes(x, 1, 2), ones, ones * ones, 1, epsilon=0.1)
        ),
        "normalize": applied(lambda x: ops.normalize(x, axis=-1)),
        "normalize-1": applied(lambda x: ops.normalize(x, axis=1, order=1)),
        "normalize-3": applied(lambda x: ops.normalize(ops.relu(x), axis=1, order=3)),
        "normalize-zeros": applied(lambda x: ops.normalize(ops.zeros_like(x) * x)),
        "softmax-time": applied(lambda x: ops.softmax(x, axis=1)),
        "softmax-axes": applied(lambda x: ops.softmax(x[:, None], axis=None)),
        "sparsemax-time": applied(lambda x: ops.sparsemax(x, axis=1)),
    }
