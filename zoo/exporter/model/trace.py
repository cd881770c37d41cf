"""Traces the calls of a Keras model, in order, through Keras's public API.

A Sequential or functional model lists its own calls. Anything else, a subclassed model or a layer made of operations
and other layers, is taken apart: its `call` runs on symbolic tensors, and Keras records the operations on them.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from zoo.core.errors import ExportError
from zoo.exporter.graph import Value


class Untraceable(ExportError):
    """A call cannot be expressed as calls of layers and `keras.ops`."""


@dataclass(frozen=True)
class Call:
    """One call of a layer, or of an operation of `keras.ops`.

    Attributes:
        operation: the model's own layer, with its weights; or the operation.
        args: positional arguments: symbolic tensors and plain values, possibly nested.
        kwargs: keyword arguments, likewise.
        outputs: symbolic tensors, nested as the operation returns them.
    """

    operation: keras.Operation
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outputs: Any

    def arguments(self, known: Mapping[int, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The call's arguments, with each symbolic tensor replaced by the entry of `known` for its `id`."""

        def fill(argument: Any) -> Any:
            return keras.tree.map_structure(lambda leaf: known.get(id(leaf), leaf), argument)

        return [fill(argument) for argument in self.args], {key: fill(value) for key, value in self.kwargs.items()}


@dataclass(frozen=True)
class Trace:
    """The calls between symbolic inputs and outputs.

    Attributes:
        inputs: symbolic inputs.
        calls: ordered so that every argument is computed before it is used.
        outputs: the results, flat: symbolic tensors, or plain values that depend on no input.
        structure: `outputs`, nested as they are returned.
    """

    inputs: list[keras.KerasTensor]
    calls: list[Call]
    outputs: list[Any]
    structure: Any


class Shadow(keras.Operation):
    """Replaces an operation while its model is walked, so that the model's own graph does not change."""

    def __init__(self, operation: keras.Operation) -> None:
        """Takes over the operation's name and its output specs."""
        super().__init__(name=operation.name)
        self.operation = operation

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Shape and dtype of the operation's results."""
        return self.operation.compute_output_spec(*args, **kwargs)


def title(operation: keras.Operation) -> str:
    """The name of an operation in errors: `layer 'gru' (GRU)`."""
    kind = "layer" if isinstance(operation, keras.Layer) else "operation"
    kind = "model" if isinstance(operation, keras.Model) else kind
    return f"{kind} '{operation.name}' ({type(operation).__name__})"


def is_functional(operation: keras.Operation) -> bool:
    """Whether a model lists its own calls: it has symbolic inputs and outputs, and no `call` of its own."""
    if not isinstance(operation, keras.Model):
        return False
    if type(operation).call not in (_functional_class().call, keras.Sequential.call):
        return False
    return bool(getattr(operation, "inputs", None))


def symbolic_outputs(model: Any) -> Any:
    """The symbolic outputs of a functional model, nested as it returns them."""
    return model.outputs[0] if isinstance(model, keras.Sequential) else model.output


@functools.cache
def _functional_class() -> type[keras.Model]:
    """The class of `keras.Model(inputs, outputs)`, which Keras does not export by name."""
    x = keras.Input((1,), name="x")
    return type(keras.Model(x, keras.layers.Identity(name="identity")(x), name="model"))


def walk(inputs: Sequence[keras.KerasTensor], outputs: Any) -> Trace:
    """The calls that lead from symbolic inputs to symbolic outputs."""
    flat = keras.tree.flatten(outputs)
    symbolic = [leaf for leaf in flat if isinstance(leaf, keras.KerasTensor)]
    if not symbolic:
        return Trace(list(inputs), [], flat, outputs)
    calls: list[Call] = []

    def record(shadow: Shadow, *args: Any, **kwargs: Any) -> Any:
        if any(0 in np.shape(leaf) for leaf in keras.tree.flatten((args, kwargs)) if keras.ops.is_tensor(leaf)):
            # such as `ops.arange(0, ops.shape(x)[1])` with a free size
            raise Untraceable(
                f"{title(shadow.operation)}: is called on an empty tensor, which was made from a free size."
            )
        results = shadow(*args, **kwargs)
        calls.append(Call(shadow.operation, args, kwargs, results))
        return results

    # Cloning a plain, uncompiled functional model compiles nothing.
    try:
        walked = _walked(inputs, symbolic, record)
    except ValueError:  # Keras 3.12 refuses a model with unread inputs, so each input gets a dummy reader
        calls.clear()
        read: Any = keras.ops.stop_gradient
        walked = _walked(inputs, [*symbolic, *(read(tensor) for tensor in inputs)], record)
    walked_outputs = iter(walked.outputs)
    walked_flat = [next(walked_outputs) if isinstance(leaf, keras.KerasTensor) else leaf for leaf in flat]
    return Trace(walked.inputs, calls, walked_flat, keras.tree.pack_sequence_as(outputs, walked_flat))


def _walked(inputs: Sequence[keras.KerasTensor], outputs: Sequence[keras.KerasTensor], call: Callable[..., Any]) -> Any:
    """A clone of the model made of shadows, each called through `call`."""
    plain = keras.Model(list(inputs), list(outputs))
    return keras.models.clone_model(plain, clone_function=Shadow, call_function=call)


def placeholder(value: Any) -> Any:
    """A symbolic input in place of a value of the graph; anything else is unchanged."""
    return keras.Input(batch_shape=value.shape, dtype=value.dtype) if isinstance(value, Value) else value


def take_apart(layer: keras.Layer, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Trace:
    """Traces the calls that a layer makes for these arguments.

    Args:
        layer: a layer, or a model.
        args: its arguments, with `Value`s for tensors.
        kwargs: its keyword arguments, likewise.

    Returns:
        Its calls, with one input for each `Value` of the arguments, flattened.

    Raises:
        Untraceable: the layer calls anything but layers and `keras.ops`, or reads a free size.
    """
    if is_functional(layer):
        return walk(layer.inputs, symbolic_outputs(layer))
    symbolic: Any = keras.tree.map_structure(placeholder, (list(args), dict(kwargs)))
    inputs = [leaf for leaf in keras.tree.flatten(symbolic) if isinstance(leaf, keras.KerasTensor)]
    positional, named = symbolic
    return walk(inputs, outputs_of(layer, positional, named))


def outputs_of(layer: keras.Layer, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The results of `layer.call` for symbolic tensors, in inference mode.

    Raises:
        Untraceable: see `take_apart`.
    """
    kwargs = dict(kwargs)
    if "training" in inspect.signature(layer.call).parameters:
        kwargs["training"] = False
    try:
        return layer.call(*args, **kwargs)
    except Exception as error:  # a layer's own code may raise anything for a symbolic tensor
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Untraceable(
            f"{title(layer)}: cannot be taken apart: {reason.rstrip('.')}. Write its call with layers and keras.ops "
            "for any batch and time, or move the part that needs something else into a separate layer."
        ) from error
