"""The table of layers, and the walk that writes a Keras model as an ONNX graph.

A converter is called as its layer is: with the graph, the layer and the call's own arguments, tensors given as
`Value`s. It returns what the layer returns. A new layer is one function and one row here.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import onnx
from keras import layers as kl
from onnx import helper

from zoo.errors import ExportError, RequestError
from zoo.export import convolution, layers, recurrent
from zoo.export.graph import Graph, Size, Value
from zoo.export.trace import Call, Trace, trace

Converter = Callable[..., Any]

#: Layer class -> what writes it. Subclasses are not looked up under their parents: they may compute anything.
CONVERTERS: dict[type[keras.Layer], Converter] = {
    kl.Activation: layers.activation,
    kl.AveragePooling1D: convolution.pooling1d,
    kl.BatchNormalization: layers.batch_normalization,
    kl.Bidirectional: recurrent.bidirectional,
    kl.Conv1D: convolution.conv1d,
    kl.Dense: layers.dense,
    kl.Dropout: layers.unchanged,
    kl.Embedding: layers.embedding,
    kl.GRU: recurrent.recurrent,
    kl.GlobalAveragePooling1D: convolution.global_average_pooling1d,
    kl.GlobalMaxPooling1D: convolution.global_max_pooling1d,
    kl.LSTM: recurrent.recurrent,
    kl.LayerNormalization: layers.layer_normalization,
    kl.MaxPooling1D: convolution.pooling1d,
    kl.Normalization: layers.normalization,
    kl.ReversibleEmbedding: layers.reversible_embedding,
    kl.SimpleRNN: recurrent.recurrent,
    kl.Softmax: layers.softmax,
    kl.SpatialDropout1D: layers.unchanged,
}

#: Operations of `keras.ops`, by the name of their class (Keras does not export the classes themselves).
OPERATIONS: dict[str, Callable[..., Any]] = {
    "NotEqual": layers.not_equal,  # a mask that Keras drew into the model's graph
}

DEFAULT_OPSET = 17
OLDEST_OPSET = 13


@dataclass(frozen=True)
class Lowered:
    """A Keras model and what it was written as.

    Attributes:
        proto: the ONNX model.
        trace: the model's calls.
        names: for each call, the names in `proto` of the tensors that it returns.
    """

    proto: onnx.ModelProto
    trace: Trace
    names: tuple[tuple[str, ...], ...]


def lower(
    model: keras.Model, *, opset: int | None = None, outputs: Sequence[str] | None = None, name: str | None = None
) -> Lowered:
    """Writes a Keras model as ONNX. Nothing is run or verified yet.

    Args:
        model: Sequential or functional.
        opset: version of ONNX's operator set; 17 if not given.
        outputs: names for the outputs; the model's own if not given.
        name: name of the graph; the model's own if not given.

    Raises:
        ExportError: a layer or an option of it cannot be written, or the opset is not known.
    """
    opset = _checked(opset)
    traced = trace(model)
    _check_weights(model)
    labels = list(outputs or traced.output_names)
    graph = Graph(opset)
    values: dict[int, Value] = {}
    for position, tensor in enumerate(traced.inputs):
        time = "time" if position == 0 else f"{tensor.name}.time"
        values[id(tensor)] = graph.input(tensor.name, tensor.dtype, _sizes(tensor, time))
    for call in traced.calls:
        with graph.scope(call.operation.name):
            _convert(graph, call, values)
    times = ["time" if kept else f"{label}.time" for label, kept in zip(labels, _keep_time(traced), strict=True)]
    finished, renamed = graph.finish(
        name or traced.name,
        [
            (label, values[id(tensor)], tensor.dtype, _sizes(tensor, time))
            for label, tensor, time in zip(labels, traced.outputs, times, strict=True)
        ],
    )
    made = [[values[id(tensor)].name for tensor in keras.tree.flatten(call.outputs)] for call in traced.calls]
    names = tuple(tuple(renamed.get(value, value) for value in row) for row in made)
    return Lowered(_model(finished, opset), traced, names)


def _convert(graph: Graph, call: Call, values: dict[int, Value]) -> None:
    """Writes one call and files what it returns under the call's symbolic outputs."""
    converter = _converter(call)
    args, kwargs = call.arguments(values)
    kwargs = {key: value for key, value in kwargs.items() if value is not None and value is not False}
    if kwargs.pop("training", False):
        raise ExportError(f"{call.title}: expected a call without training=True. Leave it to Keras.")
    carried = next((value.mask for value in keras.tree.flatten(args) if isinstance(value, Value)), None)
    mask = kwargs.pop("mask", None) or carried
    parameters = inspect.signature(converter).parameters
    if unknown := [key for key in kwargs if key not in parameters]:
        raise ExportError(
            f"{call.title}: is called with {', '.join(unknown)}=, which cannot be exported. Leave it out."
        )
    if mask is not None and "mask" in parameters:
        kwargs["mask"] = mask
    results = keras.tree.flatten(converter(graph, call.operation, *args, **kwargs))
    symbols = keras.tree.flatten(call.outputs)
    for result, symbol, goes_on in zip(results, symbols, _masks_going_on(call), strict=True):
        own = result.mask if result.mask is not None or not goes_on else mask
        values[id(symbol)] = Value(result.name, tuple(symbol.shape), symbol.dtype, own)


def _converter(call: Call) -> Converter:
    """The row of the table for this call.

    Raises:
        ExportError: there is none, or the layer computes in another type than float32.
    """
    operation = call.operation
    if not isinstance(operation, keras.Layer):
        if type(operation).__name__ in OPERATIONS:
            return OPERATIONS[type(operation).__name__]
        raise ExportError(f"{call.title}: cannot be exported. Use a layer that can: {_exportable()}.")
    if type(operation) not in CONVERTERS:
        raise ExportError(f"{call.title}: this class cannot be exported. Build the model from {_exportable()}.")
    if operation.compute_dtype != "float32" or operation.quantization_mode is not None:
        raise ExportError(
            f"{call.title}: dtype: expected float32, got {operation.dtype_policy.name}. "
            "Rebuild the layer with dtype='float32' and load the same weights."
        )
    return CONVERTERS[type(operation)]


def _masks_going_on(call: Call) -> list[bool]:
    """For each output, whether the mask that came in goes on with it: Keras's own `compute_mask` is asked."""
    count = len(keras.tree.flatten(call.outputs))
    layer = call.operation
    first = next((leaf for leaf in keras.tree.flatten(call.args) if isinstance(leaf, keras.KerasTensor)), None)
    if not isinstance(layer, keras.Layer) or not layer.supports_masking or first is None:
        return [False] * count
    incoming = keras.KerasTensor(first.shape[:2], dtype="bool")
    computed = layer.compute_mask(first, incoming)
    outgoing = list(computed) if isinstance(computed, list | tuple) else [computed]
    return [mask is incoming for mask in outgoing[:count]] + [False] * (count - len(outgoing))


def _keep_time(traced: Trace) -> list[bool]:
    """For each output, whether its second axis has as many steps as the inputs."""
    probe = 1009  # a prime: no stride divides it
    asked = [
        keras.KerasTensor(
            [probe if axis == 1 and size is None else size for axis, size in enumerate(tensor.shape)], tensor.dtype
        )
        for tensor in traced.inputs
    ]
    return [probe in spec.shape[1:2] for spec in keras.tree.flatten(traced.model.compute_output_spec(asked))]


def _sizes(tensor: keras.KerasTensor, time: str) -> list[Size]:
    """Sizes of the axes, free ones by name: `batch`, then `time`, then by the tensor and the axis."""
    names = ["batch", time, *(f"{tensor.name}.{axis}" for axis in range(2, len(tensor.shape)))]
    return [name if size is None else size for size, name in zip(tensor.shape, names, strict=False)]


def _exportable() -> str:
    return ", ".join(sorted(layer.__name__ for layer in CONVERTERS))


def _check_weights(model: keras.Model) -> None:
    """Refuses a model that a training has spoilt: what two runtimes make of NaN says nothing."""
    for weight in model.weights:
        value = np.asarray(keras.ops.convert_to_numpy(weight))
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ExportError(f"{weight.path}: expected finite weights, got NaN or infinity. Train the model again.")


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


def _model(graph: onnx.GraphProto, opset: int) -> onnx.ModelProto:
    """The graph with the lowest IR version that holds the opset: old runtimes refuse newer ones."""
    imports = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        graph, opset_imports=imports, ir_version=helper.find_min_ir_version_for(imports), producer_name="sequence-zoo"
    )
    onnx.checker.check_model(model, full_check=True)
    return model
