"""What a Keras model calls, in order, seen through Keras's public API and without touching the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from zoo.errors import ExportError


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

    @property
    def title(self) -> str:
        """How errors name it: `layer 'gru' (GRU)`."""
        kind = "layer" if isinstance(self.operation, keras.Layer) else "operation"
        return f"{kind} '{self.operation.name}' ({type(self.operation).__name__})"

    def arguments(self, known: Mapping[int, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The call's arguments, each symbolic tensor replaced by what `known` has under its `id`."""

        def fill(argument: Any) -> Any:
            return keras.tree.map_structure(lambda leaf: known.get(id(leaf), leaf), argument)

        return [fill(argument) for argument in self.args], {key: fill(value) for key, value in self.kwargs.items()}


@dataclass(frozen=True)
class Trace:
    """A model as a list of calls.

    Attributes:
        model: the layers as a plain functional model with a list of inputs and a list of outputs.
        inputs: symbolic inputs in the model's order.
        calls: in an order in which every argument is computed before it is used.
        outputs: symbolic outputs in the model's order.
        output_names: the model's names for them.
    """

    name: str
    model: Any
    inputs: list[keras.KerasTensor]
    calls: list[Call]
    outputs: list[keras.KerasTensor]
    output_names: list[str]


class Shadow(keras.Operation):
    """Stands in for an operation while its model is walked, so that the model's own graph stays as it is."""

    def __init__(self, operation: keras.Operation) -> None:
        """Takes the operation's name, and answers for its shapes."""
        super().__init__(name=operation.name)
        self.operation = operation

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Shape and dtype of what the operation returns."""
        return self.operation.compute_output_spec(*args, **kwargs)


def trace(model: keras.Model) -> Trace:
    """Walks a Sequential or functional model.

    Raises:
        ExportError: the model is not built, or is a subclass whose layers Keras does not know.
    """
    functional = _functional(model)
    calls: list[Call] = []

    def record(shadow: Shadow, *args: Any, **kwargs: Any) -> Any:
        outputs = shadow(*args, **kwargs)
        calls.append(Call(shadow.operation, args, kwargs, outputs))
        return outputs

    walked = keras.models.clone_model(functional, clone_function=Shadow, call_function=record)
    return Trace(model.name, functional, walked.inputs, calls, walked.outputs, list(functional.output_names))


def _functional(model: keras.Model) -> Any:
    """The same layers as a plain, uncompiled functional model: cloning that one compiles nothing."""
    if not isinstance(model, keras.Model):
        raise ExportError(f"model: expected a Keras model, got {type(model).__name__}.")
    if isinstance(model, keras.Sequential) and not model.built:
        raise ExportError(f"model '{model.name}': expected a built model. Give it an Input, or call it on data first.")
    try:
        return keras.Model(model.inputs, model.outputs)
    except (AttributeError, TypeError, ValueError) as error:
        raise ExportError(
            f"model '{model.name}' ({type(model).__name__}): expected a Sequential or functional model, got a subclass "
            "whose layers Keras cannot list. Rebuild it as keras.Model(inputs, outputs)."
        ) from error
