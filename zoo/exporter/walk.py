"""Writes the calls of a Keras model one by one: each by its converter, or taken apart into its own calls."""

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import layers as kl

from zoo.core.errors import ExportError
from zoo.exporter.converters.operations.operands import declared
from zoo.exporter.converters.table import converter
from zoo.exporter.graph import Graph, Value
from zoo.exporter.model.masks import incoming, outgoing
from zoo.exporter.model.trace import Trace, Untraceable, take_apart, title


@dataclass(frozen=True)
class Step:
    """One call as it was written.

    Attributes:
        title: how errors name the call.
        operation: the layer or operation.
        reads: names of its argument tensors, flat.
        values: the tensors that it returns, flat.
        inside: its own calls, if it was taken apart.
    """

    title: str
    operation: keras.Operation
    reads: tuple[str, ...]
    values: tuple[Value, ...]
    inside: "tuple[Trace, list[Step]] | None" = None


@dataclass
class Walk:
    """The state of the walk.

    Attributes:
        graph: the graph being written.
        steps: the calls written so far at the current depth.
        unmasked: names of values whose masks a layer has removed since they were computed.
    """

    graph: Graph
    steps: list[Step] = field(default_factory=list)
    unmasked: set[str] = field(default_factory=set)


def begin(opset: int, *, right_padded: bool = False, streaming: bool = False) -> Walk:
    """Starts a walk with an empty graph, into which converters can write calls too."""

    def write(graph: Graph, operation: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        specs = declared(operation, *args, **kwargs)
        return _aside(walk, lambda: _write(walk, operation, args, kwargs, specs))

    walk = Walk(Graph(opset, write, right_padded=right_padded, streaming=streaming))
    return walk


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, each followed by those inside it."""
    for step in steps:
        yield step
        if step.inside is not None:
            yield from every_step(step.inside[1])


def write_trace(walk: Walk, trace: Trace, values: dict[int, Value]) -> list[Value]:
    """Writes calls in order; `values` maps the `id` of each symbolic tensor to its value, and receives the results."""
    for call in trace.calls:
        args, kwargs = call.arguments(values)
        results = keras.tree.flatten(_write(walk, call.operation, args, kwargs, call.outputs))
        values.update(zip([id(tensor) for tensor in keras.tree.flatten(call.outputs)], results, strict=True))
    return [
        values[id(leaf)] if isinstance(leaf, keras.KerasTensor) else _tensor(walk.graph, leaf, always=True)
        for leaf in trace.outputs
    ]


def _write(walk: Walk, operation: keras.Operation, args: Any, kwargs: Any, specs: Any) -> Any:
    """Writes one call of a layer or an operation.

    Args:
        walk: the current walk.
        operation: the layer or operation.
        args: its arguments, with `Value`s for tensors.
        kwargs: its keyword arguments, likewise.
        specs: its results, as symbolic tensors.

    Returns:
        Its results, nested as `specs`, with shapes, types and masks.
    """
    graph = walk.graph
    filled: Any = keras.tree.map_structure(lambda leaf: _as_argument(walk, leaf), (list(args), dict(kwargs)))
    args, kwargs = filled[0], filled[1]
    if kwargs.pop("training", None):
        raise ExportError(f"{title(operation)}: expected a call without training=True, got one with it. Omit it.")
    layer = operation if isinstance(operation, keras.Layer) else None
    masks = None if layer is None else incoming(layer, args, kwargs)
    reads = _names((args, kwargs))
    with graph.scope(operation.name if layer is not None else None):
        results, inside = _by_table(walk, operation, args, kwargs, {} if masks is None else masks.filled_in)
        results_flat, specs_flat = keras.tree.flatten(results), keras.tree.flatten(specs)
        if len(results_flat) != len(specs_flat):
            raise ExportError(
                f"{title(operation)}: expected {len(specs_flat)} outputs as Keras declares, got {len(results_flat)}. "
                "Update Keras."
            )
        flat = [
            dataclasses.replace(_tensor(graph, result, always=True), shape=tuple(spec.shape), dtype=spec.dtype)
            for result, spec in zip(results_flat, specs_flat, strict=True)
        ]
        if layer is not None and masks is not None and any(value.mask is None for value in flat):
            carried = outgoing(layer, masks, lambda trace, values: _aside(walk, lambda: _bound(walk, trace, values)))
            for position, mask in enumerate(carried[: len(flat)]):
                if mask is not None and flat[position].mask is None:
                    flat[position] = dataclasses.replace(flat[position], mask=mask)
    walk.unmasked -= {value.name for value in flat if value.mask is not None}
    if isinstance(layer, kl.MultiHeadAttention):  # it removes the masks of its inputs for later readers
        walk.unmasked |= set(reads)
    walk.steps.append(Step(title(operation), operation, reads, tuple(flat), inside))
    return keras.tree.pack_sequence_as(specs, flat)


def _by_table(
    walk: Walk, operation: keras.Operation, args: list[Any], kwargs: dict[str, Any], masks: Mapping[str, Any]
) -> tuple[Any, "tuple[Trace, list[Step]] | None"]:
    """The results of a call, and its own calls if it had to be taken apart."""
    write = converter(operation)
    if isinstance(operation, keras.Layer):
        if operation.quantization_mode is not None:
            raise ExportError(
                f"{title(operation)}: expected float32 weights, got {operation.quantization_mode}. "
                "Export the model from which it was quantised."
            )
        if write is None:
            return _by_parts(walk, operation, args, {**kwargs, **masks})
        kwargs = {**kwargs, **masks}
    if write is None:
        return _by_tf2onnx(walk, operation, args, kwargs), None
    parameters = inspect.signature(write).parameters
    kwargs = {key: value for key, value in kwargs.items() if key in parameters or not _omissible(operation, key, value)}
    if unknown := [key for key in kwargs if key not in parameters]:
        raise ExportError(
            f"{title(operation)}: expected a call without {', '.join(unknown)}=, which cannot be exported. Omit it."
        )
    return write(walk.graph, operation, *args, **kwargs), None


def _omissible(operation: keras.Operation, key: str, value: Any) -> bool:
    """Whether a converter may ignore an argument: it is None or False, or a mask that the layer only passes on."""
    return value is None or value is False or (isinstance(operation, keras.Layer) and key.endswith("mask"))


def _by_parts(
    walk: Walk, layer: keras.Layer, args: list[Any], kwargs: dict[str, Any]
) -> tuple[Any, "tuple[Trace, list[Step]] | None"]:
    """Writes the calls inside a layer; if they cannot be traced, has tf2onnx convert the layer."""
    before, walk.steps = walk.steps, []
    try:
        trace = take_apart(layer, args, kwargs)
        tensors = [leaf for leaf in keras.tree.flatten((args, kwargs)) if isinstance(leaf, Value)]
        results = _bound(walk, trace, tensors[: len(trace.inputs)])
        return keras.tree.pack_sequence_as(trace.structure, results), (trace, walk.steps)
    except Untraceable as error:
        if isinstance(layer, keras.Model):
            raise
        try:
            return _by_tf2onnx(walk, layer, args, kwargs), None
        except ExportError as foreign_error:
            raise foreign_error from error
    finally:
        walk.steps = before


def _by_tf2onnx(walk: Walk, operation: keras.Operation, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Has a call converted by tf2onnx."""
    from zoo.exporter.converters.foreign.conversion import foreign  # loads tf2onnx, which is slow and rarely needed

    return foreign(walk.graph, operation, *args, **kwargs)


def _bound(walk: Walk, trace: Trace, values: Sequence[Value]) -> list[Value]:
    """Writes the calls of a trace with `values` as its inputs, cast to the inputs' types."""
    cast = [walk.graph.cast(value, tensor.dtype) for value, tensor in zip(values, trace.inputs, strict=True)]
    return write_trace(walk, trace, {id(tensor): value for tensor, value in zip(trace.inputs, cast, strict=True)})


def _aside(walk: Walk, write: Callable[[], Any]) -> Any:
    """Writes calls without recording them as steps."""
    before, walk.steps = walk.steps, []
    try:
        return write()
    finally:
        walk.steps = before


def _as_argument(walk: Walk, leaf: Any) -> Any:
    """An argument as a value of the graph if it is a tensor, without its mask if a layer has removed that."""
    leaf = _tensor(walk.graph, leaf)
    return dataclasses.replace(leaf, mask=None) if isinstance(leaf, Value) and leaf.name in walk.unmasked else leaf


def _tensor(graph: Graph, leaf: Any, always: bool = False) -> Any:
    """A weight or an array as a constant of the graph; if `always`, a plain value too. Anything else is unchanged."""
    if isinstance(leaf, Value):
        return leaf
    if leaf is None and always:
        raise ExportError("model: expected tensors as outputs, got None among them. Return tensors only.")
    is_tensor = isinstance(leaf, keras.Variable | np.ndarray) or keras.ops.is_tensor(leaf)
    if not is_tensor and not always:
        return leaf
    array = np.asarray(keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(leaf)))
    return graph.constant(array, leaf.name if isinstance(leaf, keras.Variable) else "constant")


def _names(arguments: Any) -> tuple[str, ...]:
    return tuple(leaf.name for leaf in keras.tree.flatten(arguments) if isinstance(leaf, Value))
