"""Functional models with operations of `keras.ops`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from model_cases.applied import FACTORS, TIME, applied, number, of_ids, of_two
from model_cases.making import Build
from model_cases.products import multiplied, normalised, slid
from model_cases.shaping import picked, shaped

EVERYWHERE = (
    "abs arctan arcsinh ceil celu cos cosh elu erf exp exp2 expm1 floor gelu hard_shrink hard_sigmoid hard_silu "
    "hard_tanh leaky_relu log_sigmoid negative relu relu6 selu sigmoid sign silu sin sinh soft_shrink softplus "
    "softsign sparse_plus sparse_sigmoid square squareplus tan tanh tanh_shrink trunc log_softmax softmax sparsemax "
    "zeros_like ones_like copy stop_gradient ravel flip cbrt deg2rad"
)
#: Missing from some supported versions of Keras.
NEWER = "erfc ptp rad2deg"
POSITIVE = "log log10 log1p log2 reciprocal rsqrt sqrt arccosh"
INSIDE = "arccos arcsin arctanh"
FLAGS = "isfinite isinf isnan logical_not"
REDUCTIONS = "all amax amin any max mean min prod std sum var logsumexp"
ON_IDS = "all any max mean min sum std var sign square sqrt log1p floor relu round sort argsort abs negative isfinite"
BINARY = "add subtract multiply divide maximum minimum logaddexp arctan2 divide_no_nan mod floor_divide"
COMPARISONS = "equal not_equal greater greater_equal less less_equal logical_and logical_or logical_xor isclose"


def rows(listed: str, make: Callable[..., Build], function: Callable[..., Any]) -> dict[str, Build]:
    """Models with one output for each listed operation, eight per model, because models take time to build.

    Args:
        listed: names in `keras.ops`.
        make: makes the model of a function.
        function: takes an operation and a tensor, returns the model's outputs.
    """
    names = listed.split()
    groups = [names[first : first + 8] for first in range(0, len(names), 8)]
    return {
        f"{make.__name__}: {' '.join(group)}": make(
            lambda x, group=group: [function(getattr(ops, name), x) for name in group]
        )
        for group in groups
    }


def by_name() -> dict[str, Build]:
    """Operations that need no options."""

    def as_number(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        return ops.cast(call(*args, **options), "float32")

    def three_ways(call: Callable[..., Any], x: Any) -> list[Any]:
        return [as_number(call, x), as_number(call, x, axis=1), as_number(call, x, axis=(-1, 1), keepdims=True)]

    since = " ".join(name for name in NEWER.split() if hasattr(ops, name))
    return {
        **rows(since, applied, lambda call, x: call(ops.tanh(x) / 20)),
        **rows(EVERYWHERE, applied, lambda call, x: call(x)),
        **rows(POSITIVE, applied, lambda call, x: call(ops.abs(x) + 1.25)),
        **rows(INSIDE, applied, lambda call, x: call(ops.tanh(x) * 0.9)),
        **rows(FLAGS, applied, lambda call, x: number(call(ops.log(ops.floor(x))))),
        **rows(REDUCTIONS, applied, three_ways),
        **rows(ON_IDS, of_ids, as_number),
        **rows(BINARY, applied, lambda call, x: call(x, FACTORS)),
        **rows(BINARY, of_ids, lambda call, x: as_number(call, x, 3 - 2 * ops.sign(x))),
        **rows(COMPARISONS, applied, lambda call, x: as_number(call, ops.round(x), 1.0)),
        **rows(COMPARISONS, of_ids, lambda call, x: as_number(call, x, ops.flip(x, 1))),
    }


def elementwise() -> dict[str, Build]:
    """Python's operators, options, and mixed types."""
    return {
        "operators": applied(lambda x: (2 - x) * 3 / (x * x + 1) ** 2 - (-x) // 2 + x % 0.75),
        "operators-right": applied(lambda x: 1 / (2.0 ** (0.1 * x)) + abs(x)),
        "operators-logic": applied(lambda x: number(~((x > 0) & (x <= 1) | (x < -1) ^ (x != x)))),
        "operators-ids": of_ids(lambda x: (x + 1) * 3 - x // 2 + x % 4),
        "operators-promoted": of_ids(lambda x: x * 0.5 + ops.cast(x, "bool")),
        "mod-negative": of_ids(lambda x: (x - 5) % 3 + (5 - x) % -4 + (x - 5) // 3 + (5 - x) // -4),
        "mod-real": applied(lambda x: ops.mod(x * 7, 0.1)),
        "divide-no-nan": applied(lambda x: ops.divide_no_nan(x, ops.round(x))),
        "arctan2-origin": applied(
            lambda x: ops.arctan2(
                *(ops.where(ops.equal(y, 0), 0, y) for y in (ops.round(x), ops.round(ops.flip(x, 1))))
            )
        ),
        "hypot": applied(lambda x: ops.hypot(x, FACTORS)),
        "power-ids": of_ids(lambda x: x**2),
        "where": applied(lambda x: ops.where(x > 0, x, -1)),
        "where-ids": of_ids(lambda x: ops.where(ops.equal(x, 0), 0.5, x)),
        "where-bool": of_ids(lambda x: number(ops.where(ops.equal(x, 0), x < 1, x > 3))),
        "select": applied(lambda x: ops.select([x > 1, x > 0], [x, x * 2], 3.0)),
        "clip": applied(lambda x: ops.clip(x, -0.5, 0.75)),
        "clip-ids": of_ids(lambda x: ops.clip(x, 2, 5)),
        "clip-bool": of_ids(lambda x: ops.clip(x > 2, 0, 1)),
        "round-decimals": applied(lambda x: ops.round(x, 1)),
        "round": applied(lambda x: ops.round(x * 2)),
        "gelu-exact": applied(lambda x: ops.gelu(x, approximate=False)),
        "glu": applied(ops.glu, features=(6,)),
        "glu-axis": applied(lambda x: ops.glu(x, axis=1), time=6),
        "elu-alpha": applied(lambda x: ops.elu(x, alpha=0.3)),
        "celu-alpha": applied(lambda x: ops.celu(x, alpha=0.3)),
        "leaky-relu-slope": applied(lambda x: ops.leaky_relu(x, negative_slope=0.01)),
        "threshold": applied(lambda x: ops.threshold(x, 0.3, -2.0)),
        "shrink-wide": applied(lambda x: ops.soft_shrink(x, 0.8) + ops.hard_shrink(x, 0.2)),
        "squareplus-b": applied(lambda x: ops.squareplus(x, b=1)),
        "nan-to-num": applied(lambda x: ops.nan_to_num(ops.log(ops.floor(x)), nan=1.0, neginf=-2.0)),
        "nan-to-num-largest": applied(lambda x: ops.nan_to_num(1 / ops.relu(x), posinf=3.0)),
        "infinities": applied(
            lambda x: number(ops.isposinf(1 / ops.relu(x))) - number(ops.isneginf(ops.log(ops.relu(x))))
        ),
        "isclose-nan": applied(lambda x: number(ops.isclose(ops.log(x), ops.log(x), equal_nan=True))),
        "cast-down": applied(lambda x: ops.cast(ops.cast(x * 5, "int64"), "bool")),
        "convert": applied(lambda x: ops.convert_to_tensor(x * 3, dtype="int32")),
        "cast-ids": of_ids(lambda x: ops.cast(x, "float32") / 2),
        "digitize": applied(lambda x: ops.digitize(x, np.array([-0.5, 0.0, 0.5], np.float32))),
        "two": of_two(lambda x, y: ops.sum(x, -1) * ops.sum(y, -1)),
    }


def reduced() -> dict[str, Build]:
    """Options of reductions, and what runs along an axis."""
    return {
        "argmax": applied(lambda x: ops.argmax(x, axis=-1)),
        "argmax-all": applied(ops.argmax),
        "argmax-all-kept": applied(lambda x: ops.argmax(x, keepdims=True)),
        "argmax-kept": applied(lambda x: ops.argmax(x, axis=1, keepdims=True)),
        "argmax-ids": of_ids(lambda x: ops.argmax(x, axis=1)),
        "argmax-long-ids": of_ids(lambda x: ops.argmax(x, axis=1), dtype="int64"),
        "argmin": applied(lambda x: ops.argmin(x, axis=1)),
        "argmin-bool": applied(lambda x: ops.argmin(x > 0, axis=1)),
        "max-initial": applied(lambda x: ops.max(x, axis=1, initial=0.5)),
        "max-bool": applied(lambda x: number(ops.max(x > 0, axis=1)) + number(ops.min(x > 1, axis=1))),
        "sum-bool": applied(lambda x: ops.sum(x > 0, axis=1)),
        "sum-ids-all": of_ids(ops.sum),
        "sum-no-axis": applied(lambda x: ops.sum(x, axis=())),
        "mean-bool": applied(lambda x: ops.mean(x > 0, axis=1)),
        "prod-ids": of_ids(lambda x: ops.prod(ops.minimum(x, 2), axis=1), time=TIME),
        "average": applied(lambda x: ops.average(x, axis=1)),
        "average-weights": applied(lambda x: ops.average(x, axis=2, weights=np.array([1, 2, 5]))),
        "average-weights-alike": applied(lambda x: ops.average(x, axis=1, weights=ops.exp(x))),
        "count-nonzero": applied(lambda x: ops.count_nonzero(ops.relu(x), axis=1)),
        "logsumexp-max-prod": applied(lambda x: ops.logsumexp(x, 1) + ops.max(x, 1) + ops.prod(x, 1)),
        "moments": applied(lambda x: ops.moments(x, axes=[1])),
        "moments-kept": applied(lambda x: ops.moments(x, axes=(0, 1), keepdims=True)),
        "norm": applied(lambda x: ops.norm(x, axis=-1)),
        "norm-1": applied(lambda x: ops.norm(x, ord=1, axis=1, keepdims=True)),
        "norm-3": applied(lambda x: ops.norm(x, ord=3, axis=1)),
        "norm-0": applied(lambda x: ops.norm(ops.relu(x), ord=0, axis=1)),
        "norm-infinite": applied(lambda x: ops.norm(x, ord=np.inf, axis=-1) - ops.norm(x, ord=-np.inf, axis=-1)),
        "norm-frobenius": applied(lambda x: ops.norm(x, ord="fro", axis=(1, 2))),
        "cumsum": applied(lambda x: ops.cumsum(x, axis=1)),
        "cumsum-all": applied(ops.cumsum),
        "cumsum-bool": applied(lambda x: ops.cumsum(x > 0, axis=-2)),
        "cumprod": applied(lambda x: ops.cumprod(x, axis=1)),
        "cumprod-all": applied(lambda x: ops.cumprod(x / 2 + 1)),
        "sort": applied(lambda x: ops.sort(x, axis=1)),
        "sort-all": applied(lambda x: ops.sort(x, axis=None)),
        "sort-bool": applied(lambda x: number(ops.sort(x > 0, axis=1))),
        "argsort": applied(lambda x: ops.argsort(x, axis=1)),
        "argsort-ties": of_ids(lambda x: ops.argsort(x % 3, axis=-1)),
        "top-k": applied(lambda x: ops.top_k(x, 2)),
        "top-k-ids": of_ids(lambda x: ops.top_k(x, 3), time=TIME),
        "diff": applied(lambda x: ops.diff(x, axis=1)),
        "diff-twice": applied(lambda x: ops.diff(x, n=2, axis=-1)),
    }


def operations_cases() -> dict[str, Build]:
    """Every operation of the table, most of them with several options."""
    return {
        **by_name(),
        **elementwise(),
        **reduced(),
        **shaped(),
        **picked(),
        **multiplied(),
        **slid(),
        **normalised(),
    }
