"""Lowers a Keras model to an ONNX model: its inputs, its calls and its outputs."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import onnx
from onnx import helper

from zoo.core.errors import ExportError, RequestError
from zoo.exporter.graph import Foreign, Size, State, Value
from zoo.exporter.model.subject import Subject, subject, unchanged
from zoo.exporter.streaming import check_causal, piece
from zoo.exporter.walk import Step, Walk, begin, every_step, write_trace

DEFAULT_OPSET = 17
OLDEST_OPSET = 13
#: Probe lengths that show which input's time axis an output follows.
PRIMES = (1009, 1013, 1019, 1021, 1031, 1033, 1039, 1049)


@dataclass(frozen=True)
class Lowered:
    """A Keras model and the ONNX model written from it.

    Attributes:
        proto: the ONNX model.
        subject: the Keras model, its symbolic inputs and outputs.
        steps: what was written for each call of the model's trace.
        states: what persists between runs, by the name of its input; the output of each is called `<name>.next`.
        foreign: calls that tf2onnx converted.
        right_padded: whether the caller promised that no valid step follows a masked one.
        piece: for streams, the number of steps in the shortest piece; longer pieces are multiples of it. None: the file
            is not for streams.
        complete: writes the model again with the tensors of all steps as further outputs, even those that no output
            needs; returns the name of each tensor in that model, by its value's name.
    """

    proto: onnx.ModelProto
    subject: Subject
    steps: list[Step]
    states: Mapping[str, State]
    foreign: tuple[Foreign, ...]
    right_padded: bool
    complete: Callable[[], tuple[onnx.ModelProto, dict[str, str]]]
    piece: int | None = None


def lower(
    model: keras.Model,
    *,
    opset: int | None = None,
    outputs: Sequence[str] | None = None,
    name: str | None = None,
    inputs: Any = None,
    right_padded: bool = False,
    streaming: bool = False,
) -> Lowered:
    """Writes a Keras model as ONNX. Nothing is run or verified yet.

    Args:
        model: any Keras model whose calls can be traced.
        opset: version of ONNX's operator set. Default: 17.
        outputs: names for the outputs. Default: the model's own.
        name: name of the graph. Default: the model's name.
        inputs: for a subclassed model, its inputs, as `keras.Input`s.
        right_padded: a promise that in every mask no valid step follows a masked one.
        streaming: add the states from earlier steps as inputs, and those for the next run as outputs.

    Raises:
        ExportError: a layer or an option of it cannot be written, or the opset is not supported.
    """
    opset = _checked(opset)
    with unchanged(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras already gave its warnings when the model was built
        return _lower(
            subject(model, inputs), begin(opset, right_padded=right_padded, streaming=streaming), outputs, name
        )


def _lower(traced: Subject, walk: Walk, outputs: Sequence[str] | None, name: str | None) -> Lowered:
    values: dict[int, Value] = {}
    times = _times(traced)
    for tensor in traced.inputs:
        sizes = _sizes(tensor, tensor.name, times.get(tensor.name, ""))
        values[id(tensor)] = walk.graph.input(tensor.name, tensor.dtype, sizes)
    results = write_trace(walk, traced.trace, values)
    if walk.graph.streaming:
        check_causal(walk.steps)
    labels = list(outputs or traced.output_names)
    ends = [
        (label, result, str(result.dtype), _sizes(result, label, time or f"{label}.time"))
        for label, result, time in zip(labels, results, _kept_times(traced, times), strict=True)
    ]
    ends += [
        (
            f"{state.first.name}.next",
            state.now,
            str(state.now.dtype),
            [size or "batch" for size in state.first.shape or ()],
        )
        for state in walk.graph.states.values()
    ]
    title_of_graph = name or traced.model.name
    opset = walk.graph.opset
    graph, _ = walk.graph.finish(title_of_graph, ends)

    def complete() -> tuple[onnx.ModelProto, dict[str, str]]:
        names = [value.name for step in every_step(walk.steps) for value in step.values]
        graph, renamed = walk.graph.finish(title_of_graph, ends, names)
        computed = {name for node in graph.node for name in node.output}
        final_names = {name: renamed.get(name, name) for name in names}
        return _model(graph, opset, check=False), {
            name: final for name, final in final_names.items() if final in computed
        }

    foreign = tuple(walk.graph.foreign)
    return Lowered(
        _model(graph, opset),
        traced,
        walk.steps,
        {state.first.name: state for state in walk.graph.states.values()},
        foreign,
        walk.graph.right_padded,
        complete,
        piece(traced) if walk.graph.streaming else None,
    )


def _times(traced: Subject) -> dict[str, str]:
    """Names of the free second axes of the inputs, by the inputs' names: `time`, then `<input>.time`."""
    free = [tensor.name for tensor in traced.inputs if len(tensor.shape) > 1 and tensor.shape[1] is None]
    return {name: "time" if position == 0 else f"{name}.time" for position, name in enumerate(free)}


def _kept_times(traced: Subject, times: Mapping[str, str]) -> list[str | None]:
    """For each output, the name of the input time axis that its second axis matches in length; None: no input."""
    probes = dict(zip(times, PRIMES, strict=False))  # primes, which no stride divides

    def probe_shape(tensor: keras.KerasTensor) -> list[int | None]:
        sizes = enumerate(tensor.shape)
        return [probes.get(tensor.name) if axis == 1 and size is None else size for axis, size in sizes]

    try:
        shapes = traced.output_shapes([probe_shape(tensor) for tensor in traced.inputs])
    except ValueError:  # inputs whose lengths depend on each other
        shapes = [()] * len(traced.trace.outputs)
    names = {probe: times[name] for name, probe in probes.items()}
    free = [len(leaf.shape) > 1 and leaf.shape[1] is None for leaf in traced.trace.outputs]
    return [
        names.get(shape[1] or 0) if is_free and len(shape) > 1 else None
        for shape, is_free in zip(shapes, free, strict=True)
    ]


def _sizes(tensor: Any, name: str, time: str) -> list[Size]:
    """Sizes of the axes; free ones have names: `batch`, then `time`, then the tensor's name and the axis."""
    names = ["batch", time, *(f"{name}.{axis}" for axis in range(2, len(tensor.shape)))]
    return [name if size is None else size for size, name in zip(tensor.shape, names, strict=False)]


def _checked(opset: int | None) -> int:
    newest = onnx.defs.onnx_opset_version()
    if opset is None:
        return DEFAULT_OPSET
    if not isinstance(opset, int):
        raise RequestError(f"opset: expected a whole number, got {opset!r}. Omit it to use {DEFAULT_OPSET}.")
    if not OLDEST_OPSET <= opset <= newest:
        raise RequestError(
            f"opset: expected {OLDEST_OPSET} to {newest}, got {opset}. Omit it to use {DEFAULT_OPSET}, "
            "which every runtime of recent years reads."
        )
    return opset


def _model(graph: onnx.GraphProto, opset: int, *, check: bool = True) -> onnx.ModelProto:
    """The graph with the lowest IR version that supports the opset, because old runtimes refuse newer ones."""
    imports = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        graph, opset_imports=imports, ir_version=helper.find_min_ir_version_for(imports), producer_name="sequence-zoo"
    )
    if check:
        try:
            onnx.checker.check_model(model, full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            reason = str(error).strip().splitlines()[-1][:300]
            raise ExportError(f"model '{graph.name}': expected valid ONNX, got: {reason} Please report it.") from error
    return model
