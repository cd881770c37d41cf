"""The last resort: has tf2onnx convert a layer that cannot be taken apart, and writes the result into the graph."""

import inspect
import logging
import re
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import keras
import numpy as np
import onnx

from zoo.core.errors import ExportError, RequestError
from zoo.exporter.converters.foreign.inline import inline
from zoo.exporter.converters.foreign.lookups import handlers, tables_of
from zoo.exporter.converters.foreign.opsets import still_valid
from zoo.exporter.graph import Foreign, Graph, Value
from zoo.exporter.graph.subgraphs import all_nodes, arrange

#: Nodes that run graphs inside them: slow in onnxruntime, and refused by other runtimes.
LOOPS = ("If", "Loop", "Scan")

#: Operations of TensorFlow and ONNX that draw random numbers.
RANDOM = re.compile(r"Random|TruncatedNormal|Multinomial|Bernoulli|StatefulUniform|StatefulStandardNormal|^Rng")

#: Operations of TensorFlow that change a variable.
ASSIGNMENT = re.compile(r"^(Assign.*VariableOp|ResourceScatter.*|ResourceApply.*)$")


@dataclass(frozen=True)
class Traced:
    """A call traced by TensorFlow.

    Attributes:
        function: the function for tf2onnx to convert.
        signature: shape and dtype of each tensor argument.
        concrete: its concrete function.
        outputs: the results of the call, nested: `tf.Tensor`s and plain values.
    """

    function: Any
    signature: list[Any]
    concrete: Any
    outputs: Any


def foreign(graph: Graph, operation: keras.Operation, *args: Any, **kwargs: Any) -> Any:
    """Writes one call from TensorFlow's graph, and records it in `graph.foreign`.

    Args:
        graph: the graph to write to.
        operation: a layer, built, or an operation of `keras.ops`.
        args: its arguments, nested: tensors as `Value`s with shape and dtype, and plain values.
        kwargs: its keyword arguments, likewise, including masks.

    Returns:
        The results of the operation, nested likewise, with `Value`s for tensors.

    Raises:
        ExportError: the call takes text, draws random numbers, changes variables, or has no equivalent in ONNX.
        RequestError: it has no equivalent in the requested opset.
    """
    title = _title(operation)
    values = [leaf for leaf in keras.tree.flatten([*args, *kwargs.values()]) if isinstance(leaf, Value)]
    if any(value.dtype == "string" for value in values):
        raise ExportError(f"{title}: expected numbers, got text. Convert text to ids before the model.")
    with _quiet():
        traced = _trace(title, operation, args, kwargs, values)
        fragment = _convert(title, traced, graph.opset)
    nodes = list(all_nodes(fragment.node))
    results = inline(graph, fragment, _operands(graph, traced, values))
    graph.foreign.append(Foreign(title, len(nodes), sum(node.op_type in LOOPS for node in nodes)))
    pairs = iter(zip(results, traced.concrete.outputs, strict=True))
    return keras.tree.map_structure(
        lambda leaf: _typed(graph, *next(pairs)) if _is_tensor(leaf) else leaf, traced.outputs
    )


def _title(operation: keras.Operation) -> str:
    kind = "layer" if isinstance(operation, keras.Layer) else "operation"
    return f"{kind} '{operation.name}' ({type(operation).__name__})"


def _trace(title: str, operation: Any, args: Any, kwargs: dict[str, Any], values: list[Value]) -> Traced:
    """Calls the operation on TensorFlow's symbolic tensors, in inference mode unless the call sets `training`."""
    import tensorflow as tf

    if isinstance(operation, keras.Layer) and "training" in inspect.signature(operation.call).parameters:
        kwargs = {"training": False, **kwargs}
    returned: list[Any] = []

    def call(*tensors: Any) -> list[Any]:
        remaining = iter(tensors)

        def fill(argument: Any) -> Any:
            return keras.tree.map_structure(lambda leaf: next(remaining) if isinstance(leaf, Value) else leaf, argument)

        positional, keywords = (
            [fill(argument) for argument in args],
            {key: fill(value) for key, value in kwargs.items()},
        )
        returned[:] = [keras.tree.map_structure(_output, operation(*positional, **keywords))]
        return [leaf for leaf in keras.tree.flatten(returned[0]) if _is_tensor(leaf)]

    # Keras does not convert Python conditions to TensorFlow's either.
    function = tf.function(call, autograph=False)
    signature = [
        tf.TensorSpec(cast(Any, value.shape), cast(str, value.dtype), name=f"operand_{number}")
        for number, value in enumerate(values)
    ]
    try:
        concrete = function.get_concrete_function(*signature)
    except Exception as error:  # a user's call may raise anything
        raise _failure(title, _first_line(error)) from error
    _refuse_changes(title, concrete)
    return Traced(function, signature, concrete, returned[0])


def _output(leaf: Any) -> Any:
    """A result of the call; tensors become dense ones.

    Raises:
        TypeError: the tensor is of a kind that ONNX lacks.
    """
    import tensorflow as tf

    if leaf is None or isinstance(leaf, bool | int | float | str):
        return leaf
    if isinstance(leaf, tf.SparseTensor | tf.RaggedTensor):
        raise TypeError(f"it returns a {type(leaf).__name__}")
    tensor = tf.convert_to_tensor(leaf)
    if tensor.dtype == tf.string or tensor.dtype.is_complex:
        raise TypeError(f"it returns a tensor of type {tensor.dtype.name}")
    return tensor


def _is_tensor(leaf: Any) -> bool:
    import tensorflow as tf

    return isinstance(leaf, tf.Tensor)


def _refuse_changes(title: str, concrete: Any) -> None:
    """Refuses calls that assign to variables: once frozen, these would silently keep their first values.

    Raises:
        ExportError: the call assigns to a variable.
    """
    definition = concrete.graph.as_graph_def()
    bodies = (function.node_def for function in definition.library.function)
    kinds = {node.op for nodes in (definition.node, *bodies) for node in nodes}
    if not any(ASSIGNMENT.match(kind) for kind in kinds):
        return
    _refuse_random(title, kinds)
    raise ExportError(
        f"{title}: expected a call that changes no variables, got one that does. "
        "Set stateful=False if it is recurrent, or change its variables in training only."
    )


def _refuse_random(title: str, kinds: set[str]) -> None:
    if any(RANDOM.search(kind) for kind in kinds):
        raise ExportError(
            f"{title}: expected the same result in every run, got random numbers at inference. "
            "Draw them in training only, or remove it."
        )


def _convert(title: str, traced: Traced, opset: int) -> onnx.GraphProto:
    """Converts the call to ONNX.

    Raises:
        ExportError: an operation of TensorFlow in it has no equivalent in ONNX.
        RequestError: it has no equivalent in this opset.
    """
    import tf2onnx

    newest = max(tf2onnx.constants.OPSET_TO_IR_VERSION)
    written = min(opset, newest)
    try:
        proto, _ = tf2onnx.convert.from_function(
            traced.function,
            traced.signature,
            opset=written,
            custom_op_handlers=handlers(tables_of(traced.concrete)),
        )
    except Exception as error:  # tf2onnx may raise anything
        raise _failure(title, _first_line(error)) from error
    nodes = list(all_nodes(proto.graph.node))
    _refuse_random(title, {node.op_type for node in nodes})
    # tf2onnx leaves unknown operations unchanged.
    unknown = sorted({node.op_type for node in nodes if node.domain or not onnx.defs.has(node.op_type)})
    if unknown:
        raise _failure(title, f"ONNX has no operator for TensorFlow's {', '.join(unknown)}")
    for kind in sorted({node.op_type for node in nodes}):
        if opset > written and not still_valid(kind, written, opset):
            raise RequestError(
                f"{title}: expected opset {written} or older, got {opset}, which changed {kind}. "
                f"Export with --opset {written}."
            )
    arrange(proto.graph)
    return proto.graph


def _operands(graph: Graph, traced: Traced, values: list[Value]) -> dict[str, Value]:
    """The value of each input of the fragment: the call's tensors, and the tensors that its layer holds."""
    import tensorflow as tf

    held = {
        inside.name: graph.constant(np.asarray(outside.numpy()))
        for outside, inside in traced.concrete.graph.captures
        if outside.dtype not in (tf.resource, tf.string, tf.variant)
    }
    return {**held, **{spec.name: value for spec, value in zip(traced.signature, values, strict=True)}}


def _typed(graph: Graph, value: Value, tensor: Any) -> Value:
    """The value with the shape and dtype of TensorFlow's tensor."""
    shape = None if tensor.shape.rank is None else tuple(tensor.shape.as_list())
    return Value(value.name, shape, tensor.dtype.name)


def _failure(title: str, reason: str) -> ExportError:
    return ExportError(
        f"{title}: cannot be exported: it could neither be taken apart into keras.ops nor converted by tf2onnx: "
        f"{reason}. Write its call with keras.ops, or remove it."
    )


def _first_line(error: Exception) -> str:
    """The first sentence of an error's message, without the frame that Keras adds."""
    plain = re.sub(r"\x1b\[\d*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    if lines and lines[0].startswith("Exception encountered when calling"):
        del lines[0]
    return re.split(r"\.(?:\s|$)", lines[0])[0] if lines else type(error).__name__


@contextmanager
def _quiet() -> Generator[None, None, None]:
    """Suppresses all logging and warnings, because the loggers of TensorFlow and tf2onnx have many names."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
