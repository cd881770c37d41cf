"""From a Keras model to an ONNX model: what goes in, what is written in between, what comes out."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import onnx
from onnx import helper

from zoo.errors import RequestError
from zoo.export.graph import Foreign, Size, State, Value
from zoo.export.model.subject import Subject, subject
from zoo.export.walk import Step, begin, every_step, write_trace

DEFAULT_OPSET = 17
OLDEST_OPSET = 13


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

    walk = begin(opset, right_padded=right_padded)
    values: dict[int, Value] = {}
    for position, tensor in enumerate(seen.inputs):
        time = "time" if position == 0 else f"{tensor.name}.time"
        values[id(tensor)] = walk.graph.input(tensor.name, tensor.dtype, _sizes(tensor, tensor.name, time))
    results = write_trace(walk, seen.trace, values)
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
