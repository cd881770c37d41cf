"""TensorFlow's searches in sorted boundaries and in tables, which tf2onnx has no form for, as ONNX nodes."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from onnx import TensorProto

#: Keys and values, both (entries,), of each table by the name of its handle in the traced graph.
Tables = Mapping[str, tuple[np.ndarray, np.ndarray]]
#: As tf2onnx takes them: function and arguments by TensorFlow's name of the operation.
Handlers = dict[str, tuple[Any, list[Any]]]


def handlers(tables: Tables) -> Handlers:
    """What tf2onnx shall call for these operations, as `custom_op_handlers`."""
    return {"Bucketize": (_bucketize, []), "LookupTableFindV2": (partial(_find, tables), [])}


def tables_of(concrete: Any) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Reads the tables of numbers that a traced function captured.

    Args:
        concrete: a `tf.types.experimental.ConcreteFunction`.
    """
    import tensorflow as tf

    handles = {inside.name: outside for outside, inside in concrete.graph.captures}
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for operation in concrete.graph.get_operations():
        types = [operation.get_attr(name) for name in ("Tin", "Tout")] if operation.type == "LookupTableFindV2" else []
        handle = operation.inputs[0].name if types else ""
        if handle in handles and tf.string not in types:
            keys, values = tf.raw_ops.LookupTableExportV2(
                table_handle=handles[handle], Tkeys=types[0], Tvalues=types[1]
            )
            order = np.argsort(keys.numpy())  # they come in another one each time
            found[handle] = keys.numpy()[order], values.numpy()[order]
    return found


def _bucketize(ctx: Any, node: Any, name: str, args: list[Any]) -> None:
    """How many boundaries are not above x, as https://www.tensorflow.org/api_docs/python/tf/raw_ops/Bucketize."""
    del args
    double = ctx.get_dtype(node.input[0]) == TensorProto.DOUBLE
    boundaries = np.array(node.get_attr_value("boundaries"), np.float64 if double else np.float32)
    x = _add(ctx, "Cast", [node.input[0]], to=TensorProto.DOUBLE if double else TensorProto.FLOAT)
    below = _add(ctx, "Less", [_widen(ctx, x), _constant(ctx, name, boundaries)])
    # Not below, rather than above or equal: NaN comes after all boundaries.
    reached = _add(ctx, "Cast", [_add(ctx, "Not", [below])], to=TensorProto.INT32)
    _replace(ctx, node, "ReduceSum", [reached, _constant(ctx, name, np.array([-1], np.int64))], keepdims=0)


def _find(tables: Tables, ctx: Any, node: Any, name: str, args: list[Any]) -> None:
    """The value beside each key in a table; the default for keys that it has not.

    Raises:
        ValueError: the table is not one of numbers that the traced function captured.
    """
    del args
    handle, sought, default = node.input
    if handle not in tables:
        raise ValueError(f"{name}: expected a table of numbers.")
    keys, values = tables[handle]
    same = _add(ctx, "Equal", [_widen(ctx, sought), _constant(ctx, name, keys)])  # keys are unique: at most one
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
    """Writes a node in the place of another: its output keeps name, shape and dtype."""
    shapes, dtypes = node.output_shapes, node.output_dtypes
    ctx.remove_node(node.name)
    ctx.make_node(kind, inputs, attr=attributes, outputs=list(node.output), shapes=shapes, dtypes=dtypes)
