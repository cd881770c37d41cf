"""Functional models with operations of `keras.ops` that reshape, join and select."""

import numpy as np
from keras import ops

from model_cases.applied import TIME, applied, number, of_ids, of_two
from model_cases.making import FEATURES, Build


def shaped() -> dict[str, Build]:
    """Shapes, orders, joins, and new tensors."""
    return {
        "reshape": applied(lambda x: ops.reshape(x, (-1, TIME * FEATURES)), time=TIME),
        "reshape-open": applied(lambda x: ops.reshape(x, (-1, FEATURES, 1))),
        "transpose": applied(lambda x: ops.transpose(x, (0, 2, 1))),
        "transpose-reversed": applied(ops.transpose),
        "swapaxes": applied(lambda x: ops.swapaxes(x, 1, -1)),
        "moveaxis": applied(lambda x: ops.moveaxis(x, 0, -1)),
        "moveaxis-several": applied(lambda x: ops.moveaxis(x, (0, 1), (-1, 0))),
        "expand-dims": applied(lambda x: ops.expand_dims(x, -1)),
        "expand-dims-several": applied(lambda x: ops.expand_dims(x, (1, -1))),
        "squeeze": applied(lambda x: ops.squeeze(x, -1), features=(1,)),
        "squeeze-all": applied(lambda x: ops.squeeze(ops.sum(x, 0, keepdims=True)), time=TIME, features=(1, 2, 1)),
        "concatenate": of_two(lambda x, y: ops.concatenate([x, y], axis=-1)),
        "concatenate-promoted": applied(lambda x: ops.concatenate([x, number(x), x > 0], axis=1)),
        "stack": applied(lambda x: ops.stack([x, 2 * x], axis=-2)),
        "hstack": applied(lambda x: ops.hstack([x, -x])),
        "vstack": applied(lambda x: ops.vstack([x, -x])),
        "append": applied(lambda x: ops.append(x, -x, axis=1), time=TIME),
        "append-all": applied(lambda x: ops.append(x, number(x))),
        "split": applied(lambda x: ops.split(x, 3, axis=-1)),
        "split-open": applied(lambda x: ops.split(ops.concatenate([x, -x], 1), 2, axis=1)),
        "split-at": applied(lambda x: ops.split(x, [1, 4], axis=1), time=TIME),
        "unstack": applied(lambda x: ops.unstack(x, axis=-1)),
        "pad": applied(lambda x: ops.pad(x, [[0, 0], [2, 1], [0, 3]])),
        "pad-value": applied(lambda x: ops.pad(x, [[0, 0], [2, 1], [0, 3]], constant_values=1.5)),
        "pad-reflect": applied(lambda x: ops.pad(x, [[0, 0], [0, 0], [2, 1]], mode="reflect")),
        "pad-ids": of_ids(lambda x: ops.pad(x, [[0, 0], [2, 1]], constant_values=4)),
        "pad-bool": of_ids(lambda x: number(ops.pad(x > 0, [[0, 0], [2, 1]]))),
        "tile": applied(lambda x: ops.tile(x, (1, 2, 3))),
        "tile-last": applied(lambda x: ops.tile(x, 2)),
        "tile-more": applied(lambda x: ops.tile(x, (2, 1, 1, 2))),
        "broadcast-to": applied(lambda x: ops.broadcast_to(ops.sum(x, (0, 1)), (2, FEATURES))),
        "tril": applied(lambda x: ops.tril(x, 1)),
        "tril-below": applied(lambda x: ops.tril(x, -1)),
        "triu": applied(lambda x: ops.triu(x, -1)),
        "triu-above": applied(lambda x: ops.triu(x, 1)),
        "diagonal": applied(lambda x: ops.diagonal(x, offset=1, axis1=1, axis2=2), time=TIME),
        "diagonal-below": applied(lambda x: ops.diagonal(x, offset=-2, axis1=1, axis2=2), time=TIME),
        "trace": applied(lambda x: ops.trace(x, axis1=1, axis2=2), time=TIME),
        "full-like": applied(lambda x: x + ops.full_like(x, 2.5)),
        "full": applied(lambda x: ops.full((2, 3), ops.max(x))),
        "zeros-like-ids": applied(lambda x: ops.zeros_like(x, dtype="int32")),
    }


def picked() -> dict[str, Build]:
    """Slices and positions."""
    return {
        "item": applied(lambda x: x[:, -1]),
        "item-slices": applied(lambda x: x[:, 1:, ::2]),
        "item-backwards": applied(lambda x: x[:, ::-1, 2:0:-1]),
        "item-step": applied(lambda x: x[:, -3::2]),
        "item-new": applied(lambda x: x[:, None, ..., 0, None]),
        "item-ids": of_ids(lambda x: x[:, :2]),
        "item-bool": of_ids(lambda x: number((x > 1)[:, ::-1])),
        "slice": applied(lambda x: ops.slice(x, (0, 2, 1), (1, 3, 2)), time=TIME),
        "take": applied(lambda x: ops.take(x, [2, -1, 0, 0], axis=-1)),
        "take-all": applied(lambda x: ops.take(x, [2, 0])),
        "take-rows": of_ids(lambda x: ops.take(np.arange(40, dtype=np.float32).reshape(10, 4), x, axis=0)),
        "take-computed": applied(lambda x: ops.take(x, ops.argmax(x, axis=-1), axis=2)),
        "take-along": applied(lambda x: ops.take_along_axis(x, ops.argsort(x, axis=1), axis=1)),
        "take-along-one": applied(lambda x: ops.take_along_axis(x, ops.argmax(x, axis=1, keepdims=True), axis=1)),
        "take-along-all": applied(lambda x: ops.take_along_axis(x, ops.argsort(x, axis=None), axis=None)),
        "take-along-widened": applied(
            lambda x: ops.take_along_axis(x, ops.argmax(ops.sum(x, -1, keepdims=True), 1, keepdims=True), axis=1)
        ),
        "repeat": applied(lambda x: ops.repeat(x, 3, axis=1)),
        "repeat-each": applied(lambda x: ops.repeat(x, [2, 0, 1], axis=-1)),
        "repeat-all": applied(lambda x: ops.repeat(x, 2)),
        "flip-axis": applied(lambda x: ops.flip(x, axis=1)),
        "flip-axes": applied(lambda x: ops.flip(x, axis=(1, -1))),
        "roll": applied(lambda x: ops.roll(x, 2, axis=1)),
        "roll-several": applied(lambda x: ops.roll(x, (-5, 1), axis=(1, 2))),
        "roll-all": applied(lambda x: ops.roll(x, 4)),
        "one-hot": of_ids(lambda x: ops.one_hot(x - 2, 6)),
        "one-hot-axis": of_ids(lambda x: ops.one_hot(x, 6, axis=1, dtype="int32")),
        "multi-hot": of_ids(lambda x: ops.multi_hot(x, 6)),
    }
