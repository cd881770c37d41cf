"""From a Keras model to an ONNX graph: every call is written through the table of converters, or taken apart."""

import dataclasses
import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import onnx
from onnx import helper

from zoo.errors import ExportError, RequestError
from zoo.export.graph import Foreign, Graph, Size, State, Value
from zoo.export.masks import incoming, outgoing
from zoo.export.subject import Subject, subject
from zoo.export.table import converter
from zoo.export.trace import Trace, Untraceable, stand_in, take_apart, title

DEFAULT_OPSET = 17
OLDEST_OPSET = 13


@dataclass(frozen=True)
class Step:
    """One call as it was written.

    Attributes:
        title: how errors name it.
        operation: the layer or operation.
        reads: names of the tensors that it is given, flat.
        values: the tensors that it returns, flat.
        inside: its own calls, if it was taken apart.
    """

    title: str
    operation: keras.Operation
    reads: tuple[str, ...]
    values: tuple[Value, ...]
    inside: "tuple[Trace, list[Step]] | None" = None


@dataclass(frozen=True)
class Lowered:
    """A Keras model and what it was written as.

    Attributes:
        proto: the ONNX model.
        subject: the Keras model, its symbolic inputs and outputs.
        steps: for each call of the model's trace, what was written.
        states: what stateful layers keep, by the name of their input; each has an output of that name and `.next`.
        foreign: layers that took the way through tf2onnx.
        right_padded: whether every mask was promised to end a row's valid steps for good.
        complete: writes the model once more, with all tensors of all steps as further outputs, also those that no
            output needs; returns the name of each tensor there, by its value's name.
    """

    proto: onnx.ModelProto
    subject: Subject
    steps: list[Step]
    states: Mapping[str, State]
    foreign: tuple[Foreign, ...]
    right_padded: bool
    complete: Callable[[], tuple[onnx.ModelProto, dict[str, str]]]


@dataclass
class Walk:
    """Where the walk is.

    Attributes:
        graph: what is written.
        steps: the calls that were written, at the depth that is being written.
        above: titles of the calls that are being taken apart.
    """

    graph: Graph
    steps: list[Step] = field(default_factory=list)
    above: tuple[str, ...] = ()


def lower(
    model: keras.Model,
    *,
    opset: int | None = None,
    outputs: Sequence[str] | None = None,
    name: str | None = None,
    inputs: Any = None,
    right_padded: bool = False,
) -> Lowered:
    """Writes a Keras model as ONNX. Nothing is run or verified yet.

    Args:
        model: any Keras model whose calls can be seen.
        opset: version of ONNX's operator set; 17 if not given.
        outputs: names for the outputs; the model's own if not given.
        name: name of the graph; the model's own if not given.
        inputs: for a subclassed model, its inputs, as `keras.Input`s.
        right_padded: a promise that in every mask no valid step follows a masked one.

    Raises:
        ExportError: a layer or an option of it cannot be written, or the opset is not known.
    """
    opset = _checked(opset)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Keras has to say of the model, it said when that was built
        return _lower(model, opset, outputs, name, inputs, right_padded)


def _lower(
    model: keras.Model, opset: int, outputs: Sequence[str] | None, name: str | None, inputs: Any, right_padded: bool
) -> Lowered:
    seen = subject(model, inputs)

    def write(graph: Graph, operation: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        specs = _specs(operation, args, kwargs)
        return _aside(walk, lambda: _write(walk, operation, args, kwargs, specs))

    walk = Walk(Graph(opset, write, right_padded=right_padded))
    values: dict[int, Value] = {}
    for position, tensor in enumerate(seen.inputs):
        time = "time" if position == 0 else f"{tensor.name}.time"
        values[id(tensor)] = walk.graph.input(tensor.name, tensor.dtype, _sizes(tensor, tensor.name, time))
    results = _write_trace(walk, seen.trace, values)
    labels = list(outputs or seen.output_names)
    times = ["time" if kept else f"{label}.time" for label, kept in zip(labels, _keep_time(seen), strict=True)]
    ends = [
        (label, result, str(result.dtype), _sizes(result, label, time))
        for label, result, time in zip(labels, results, times, strict=True)
    ]
    ends += [
        (f"{name}.next", state.now, str(state.now.dtype), [size or 1 for size in state.now.shape or ()])
        for name, state in walk.graph.states.items()
    ]
    title_of_graph = name or model.name
    graph, _ = walk.graph.finish(title_of_graph, ends)

    def complete() -> tuple[onnx.ModelProto, dict[str, str]]:
        names = [value.name for step in every_step(walk.steps) for value in step.values]
        graph, renamed = walk.graph.finish(title_of_graph, ends, names)
        made = {name for node in graph.node for name in node.output}
        known = {name: renamed.get(name, name) for name in names}
        return _model(graph, opset, check=False), {name: now for name, now in known.items() if now in made}

    foreign = tuple(walk.graph.foreign)
    return Lowered(_model(graph, opset), seen, walk.steps, walk.graph.states, foreign, right_padded, complete)


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, and those inside them."""
    for step in steps:
        yield step
        if step.inside is not None:
            yield from every_step(step.inside[1])


def _write_trace(walk: Walk, trace: Trace, values: dict[int, Value]) -> list[Value]:
    """Writes calls in order; `values` has what their inputs are, by `id`, and is filled with what they return."""
    for call in trace.calls:
        args, kwargs = call.arguments(values)
        results = keras.tree.flatten(_write(walk, call.operation, args, kwargs, call.outputs))
        values.update(zip([id(tensor) for tensor in keras.tree.flatten(call.outputs)], results, strict=True))
    return [
        values[id(leaf)] if isinstance(leaf, keras.KerasTensor) else _tensor(walk.graph, leaf, always=True)
        for leaf in trace.outputs
    ]


def _specs(operation: keras.Operation, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What an operation returns, as symbolic tensors."""
    symbolic: Any = keras.tree.map_structure(stand_in, (list(args), dict(kwargs)))
    return operation.compute_output_spec(*symbolic[0], **symbolic[1])


def _write(walk: Walk, operation: keras.Operation, args: Any, kwargs: Any, specs: Any) -> Any:
    """Writes one call of a layer or an operation.

    Args:
        walk: where it is written.
        operation: the layer or operation.
        args: its arguments, with `Value`s for tensors.
        kwargs: its keyword arguments, likewise.
        specs: what it returns, as symbolic tensors.

    Returns:
        What it returns, nested alike, with shapes, types and masks.
    """
    graph = walk.graph
    filled: Any = keras.tree.map_structure(lambda leaf: _tensor(graph, leaf), (list(args), dict(kwargs)))
    args, kwargs = filled[0], filled[1]
    if kwargs.pop("training", None):
        raise ExportError(f"{title(operation)}: expected a call without training=True. Leave it to Keras.")
    layer = operation if isinstance(operation, keras.Layer) else None
    masks = None if layer is None else incoming(layer, args, kwargs)
    reads = _names((args, kwargs))
    with graph.scope(operation.name if layer is not None else None):
        results, inside = _by_table(walk, operation, args, kwargs, {} if masks is None else masks.given)
        flat = [
            dataclasses.replace(_tensor(graph, result, always=True), shape=tuple(spec.shape), dtype=spec.dtype)
            for result, spec in zip(keras.tree.flatten(results), keras.tree.flatten(specs), strict=True)
        ]
        if layer is not None and masks is not None and any(value.mask is None for value in flat):
            carried = outgoing(layer, masks, lambda trace, given: _aside(walk, lambda: _bound(walk, trace, given)))
            for position, mask in enumerate(carried[: len(flat)]):
                if mask is not None and flat[position].mask is None:
                    flat[position] = dataclasses.replace(flat[position], mask=mask)
    walk.steps.append(Step(title(operation), operation, reads, tuple(flat), inside))
    return keras.tree.pack_sequence_as(specs, flat)


def _by_table(
    walk: Walk, operation: keras.Operation, args: list[Any], kwargs: dict[str, Any], masks: Mapping[str, Any]
) -> tuple[Any, "tuple[Trace, list[Step]] | None"]:
    """What a call returns, and its own calls if it had to be taken apart."""
    write = converter(operation)
    if isinstance(operation, keras.Layer):
        if operation.quantization_mode is not None:
            raise ExportError(
                f"{title(operation)}: expected float32 weights, got {operation.quantization_mode}. "
                "Export the model that it was quantised from."
            )
        if write is None:
            return _by_parts(walk, operation, args, {**kwargs, **masks})
        kwargs = {**kwargs, **masks}
    if write is None:
        return _elsewhere(walk, operation, args, kwargs), None
    parameters = inspect.signature(write).parameters
    kwargs = {key: value for key, value in kwargs.items() if key in parameters or not _omissible(operation, key, value)}
    if unknown := [key for key in kwargs if key not in parameters]:
        raise ExportError(
            f"{title(operation)}: is called with {', '.join(unknown)}=, which cannot be exported. Leave it out."
        )
    return write(walk.graph, operation, *args, **kwargs), None


def _omissible(operation: keras.Operation, key: str, value: Any) -> bool:
    """Whether a converter may do without an argument: it says nothing, or is a mask that the layer only passes on."""
    return value is None or value is False or (isinstance(operation, keras.Layer) and key.endswith("mask"))


def _by_parts(
    walk: Walk, layer: keras.Layer, args: list[Any], kwargs: dict[str, Any]
) -> tuple[Any, "tuple[Trace, list[Step]] | None"]:
    """Writes what a layer calls; if that cannot be seen, has the whole layer converted elsewhere."""
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
            return _elsewhere(walk, layer, args, kwargs), None
        except ExportError as second:
            raise second from error
    finally:
        walk.steps = before


def _elsewhere(walk: Walk, operation: keras.Operation, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Has a call converted by tf2onnx."""
    from zoo.export.foreign import foreign  # loads tf2onnx: slow, and hardly ever needed

    return foreign(walk.graph, operation, *args, **kwargs)


def _bound(walk: Walk, trace: Trace, given: Sequence[Value]) -> list[Value]:
    """Writes calls, their inputs being the given values, as the types that they want."""
    cast = [walk.graph.cast(value, tensor.dtype) for value, tensor in zip(given, trace.inputs, strict=True)]
    return _write_trace(walk, trace, {id(tensor): value for tensor, value in zip(trace.inputs, cast, strict=True)})


def _aside(walk: Walk, write: Callable[[], Any]) -> Any:
    """Writes calls that are no steps of what is being written."""
    before, walk.steps = walk.steps, []
    try:
        return write()
    finally:
        walk.steps = before


def _tensor(graph: Graph, leaf: Any, always: bool = False) -> Any:
    """A weight or an array as a constant of the graph; a plain value too if `always`. Anything else stays."""
    if isinstance(leaf, Value):
        return leaf
    known = isinstance(leaf, keras.Variable | np.ndarray) or keras.ops.is_tensor(leaf)
    if not known and not always:
        return leaf
    array = np.asarray(keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(leaf)))
    return graph.constant(array, leaf.name if isinstance(leaf, keras.Variable) else "constant")


def _names(arguments: Any) -> tuple[str, ...]:
    return tuple(leaf.name for leaf in keras.tree.flatten(arguments) if isinstance(leaf, Value))


def _keep_time(seen: Subject) -> list[bool]:
    """For each output, whether its second axis has as many steps as the inputs."""
    probe = 1009  # a prime: no stride divides it
    asked = [
        [probe if axis == 1 and size is None else size for axis, size in enumerate(tensor.shape)]
        for tensor in seen.inputs
    ]
    try:
        return [probe in shape[1:2] for shape in seen.output_shapes(asked)]
    except ValueError:  # inputs whose lengths hang together
        return [False] * len(seen.trace.outputs)


def _sizes(tensor: Any, name: str, time: str) -> list[Size]:
    """Sizes of the axes, free ones by name: `batch`, then `time`, then by the tensor and the axis."""
    names = ["batch", time, *(f"{name}.{axis}" for axis in range(2, len(tensor.shape)))]
    return [name if size is None else size for size, name in zip(tensor.shape, names, strict=False)]


def _checked(opset: int | None) -> int:
    newest = onnx.defs.onnx_opset_version()
    if opset is None:
        return DEFAULT_OPSET
    if not OLDEST_OPSET <= opset <= newest:
        raise RequestError(
            f"opset: expected {OLDEST_OPSET} to {newest}, got {opset}. Leave it out for {DEFAULT_OPSET}, "
            "which every runtime of the last years reads."
        )
    return opset


def _model(graph: onnx.GraphProto, opset: int, *, check: bool = True) -> onnx.ModelProto:
    """The graph with the lowest IR version that holds the opset: old runtimes refuse newer ones."""
    imports = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        graph, opset_imports=imports, ir_version=helper.find_min_ir_version_for(imports), producer_name="sequence-zoo"
    )
    if check:
        onnx.checker.check_model(model, full_check=True)
    return model
