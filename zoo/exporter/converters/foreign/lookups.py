"""TensorFlow's lookups in sorted boundaries and in tables, which tf2onnx cannot convert, as ONNX nodes."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from onnx import TensorProto

#: Keys and values, both (entries,), of each table, by the name of its handle in the traced graph.
Tables = Mapping[str, tuple[np.ndarray, np.ndarray]]
#: TensorFlow's name of an operation -> function and arguments, as tf2onnx takes them.
Handlers = dict[str, tuple[Any, list[Any]]]


def handlers(tables: Tables) -> Handlers:
    """The `custom_op_handlers` for tf2onnx."""
    return {"Bucketize": (_bucketize, []), "LookupTableFindV2": (partial(_find, tables), [])}


def tables_of(concrete: Any) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Reads the tables of numbers that a traced function captured.

    Args:
        concrete: a `tf.types.experimental.ConcreteFunction`.
    """
    import tensorflow as tf

    handles = {inside.name: outside for outside, inside in concrete.graph.captures}
    tables: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for operation in concrete.graph.get_operations():
        types = [operation.get_attr(name) for name in ("Tin", "Tout")] if operation.type == "LookupTableFindV2" else []
        handle = operation.inputs[0].name if types else ""
        if handle in handles and tf.string not in types:
            keys, values = tf.raw_ops.LookupTableExportV2(
                table_handle=handles[handle], Tkeys=types[0], Tvalues=types[1]
            )
            order = np.argsort(keys.numpy())  # their order differs between calls
            tables[handle] = keys.numpy()[order], values.numpy()[order]
    return tables


def _bucketize(ctx: Any, node: Any, name: str, args: list[Any]) -> None:
    """The number of boundaries not above x, as in https://www.tensorflow.org/api_docs/python/tf/raw_ops/Bucketize."""
    del args
    double = ctx.get_dtype(node.input[0]) == TensorProto.DOUBLE
    boundaries = np.array(node.get_attr_value("boundaries"), np.float64 if double else np.float32)
    x = _add(ctx, "Cast", [node.input[0]], to=TensorProto.DOUBLE if double else TensorProto.FLOAT)
    below = _add(ctx, "Less", [_widen(ctx, x), _constant(ctx, name, boundaries)])
    # "Not below" rather than "above or equal": NaN comes after all boundaries.
    reached = _add(ctx, "Cast", [_add(ctx, "Not", [below])], to=TensorProto.INT32)
    _replace(ctx, node, "ReduceSum", [reached, _constant(ctx, name, np.array([-1], np.int64))], keepdims=0)


def _find(tables: Tables, ctx: Any, node: Any, name: str, args: list[Any]) -> None:
    """The value for each key in a table; the default for missing keys.

    Raises:
        ValueError: the table does not hold numbers, or was not captured by the traced function.
    """
    del args
    handle, keys_to_find, default = node.input
    if handle not in tables:
        raise ValueError(f"{name}: expected a captured table of numbers, got another one.")
    keys, values = tables[handle]
    same = _add(
        ctx, "Equal", [_widen(ctx, keys_to_find), _constant(ctx, name, keys)]
    )  # keys are unique, so at most one matches
    change = _add(ctx, "Sub", [_constant(ctx, name, values), default])
    changes = _add(ctx, "Where", [same, change, _constant(ctx, name, np.zeros((), values.dtype))])
    total = _add(ctx, "ReduceSum", [changes, _constant(ctx, name, np.array([-1], np.int64))], keepdims=0)
    _replace(ctx, node, "Add", [total, default])


def _widen(ctx: Any, x: str) -> str:
    """(...) to (..., 1)."""
    return _add(ctx, "Unsqueeze", [x, _constant(ctx, x, np.array([-1], np.int64))])


def _add(ctx: Any, kind: str, inputs: list[str], **attributes: Any) -> str:
    return ctx.make_node(kind, inputs, attr=attributes).output[0]


def _constant(ctx: Any, near: str, array: np.ndarray) -> str:
    from tf2onnx import utils

    return ctx.make_const(utils.make_name(near), array).output[0]


def _replace(ctx: Any, node: Any, kind: str, inputs: list[str], **attributes: Any) -> None:
    """Replaces a node by another; the output keeps its name, shape and dtype."""
    shapes, dtypes = node.output_shapes, node.output_dtypes
    ctx.remove_node(node.name)
    ctx.make_node(kind, inputs, attr=attributes, outputs=list(node.output), shapes=shapes, dtypes=dtypes)
