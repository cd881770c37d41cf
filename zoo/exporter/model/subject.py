"""The Keras model to export: its inputs, its calls and its outputs."""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from zoo.core.errors import ExportError
from zoo.exporter.model.float32 import in_float32
from zoo.exporter.model.trace import Trace, Untraceable, is_functional, outputs_of, symbolic_outputs, title, walk

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Subject:
    """A model and its calls.

    Attributes:
        model: the model, in float32.
        trace: its calls.
        nested: its inputs in the structure that it takes: a tensor, or a nest of tensors.
        output_names: its names for its outputs.
        by_name: whether `nested` is a dict of arguments, not one argument.
    """

    model: keras.Model
    trace: Trace
    nested: Any
    output_names: list[str]
    by_name: bool = False

    @property
    def inputs(self) -> list[keras.KerasTensor]:
        """Symbolic inputs, in the model's order."""
        return self.trace.inputs

    def run(self, arrays: Arrays) -> Arrays:
        """Runs the Keras model in inference mode; returns one array for each output.

        Args:
            arrays: one for each input.
        """
        tensors = [
            keras.ops.convert_to_tensor(array, tensor.dtype) for array, tensor in zip(arrays, self.inputs, strict=True)
        ]
        nested = keras.tree.pack_sequence_as(self.nested, tensors)
        outputs = self.model(**nested) if self.by_name else self.model(nested, training=False)
        return [np.asarray(keras.ops.convert_to_numpy(output)) for output in keras.tree.flatten(outputs)]

    def output_shapes(self, shapes: Sequence[Sequence[int | None]]) -> list[tuple[int | None, ...]]:
        """Shapes of the outputs for the given shapes, one for each input.

        Raises:
            ValueError: the model does not accept inputs of these shapes.
        """
        symbolic = [leaf for leaf in self.trace.outputs if isinstance(leaf, keras.KerasTensor)]
        plain: Any = keras.Model(self.inputs, symbolic)
        symbolic_inputs = [keras.KerasTensor(shape, t.dtype) for shape, t in zip(shapes, self.inputs, strict=True)]
        specs = iter(keras.tree.flatten(plain.compute_output_spec(symbolic_inputs)))
        return [
            tuple(next(specs).shape) if isinstance(leaf, keras.KerasTensor) else np.shape(leaf)
            for leaf in self.trace.outputs
        ]


@contextmanager
def unchanged(model: keras.Model) -> Iterator[None]:
    """Restores the states of a model, and whatever else its layers change when called, on exit.

    Raises:
        ExportError: `model` is not a Keras model.
    """
    if not isinstance(model, keras.Model):
        raise ExportError(f"model: expected a Keras model, got {type(model).__name__}.")
    before = [np.asarray(keras.ops.convert_to_numpy(variable)) for variable in model.non_trainable_variables]
    try:
        yield
    finally:
        for variable, value in zip(model.non_trainable_variables, before, strict=False):
            variable.assign(value)


def subject(model: keras.Model, inputs: Any = None) -> Subject:
    """Prepares a model for export.

    Args:
        model: Sequential, functional or a subclass.
        inputs: for a subclass, its inputs: `keras.Input`s, nested as its `call` takes them, or a dict by the names of
            its arguments. Default: those it was built on, in float32, with batch and (of three axes) time free.

    Raises:
        ExportError: the model is not built, its calls cannot be traced, or its weights are not finite.
    """
    _check_inputs(inputs)
    if isinstance(model, keras.Sequential) and not model.built:
        if inputs is None:
            raise ExportError(
                f"model '{model.name}': expected a built model. Give it an Input, or call it on data first."
            )
        _build(model, inputs, by_name=False)
        inputs = None
    _check_weights(model)
    model = in_float32(model)
    traced = _functional(model, inputs) if is_functional(model) else _subclassed(model, inputs)
    if text := next((tensor.name for tensor in traced.inputs if tensor.dtype == "string"), None):
        raise ExportError(f"input '{text}': expected numbers, got text. Convert text to ids before the model.")
    return traced


def _check_inputs(inputs: Any) -> None:
    for leaf in [] if inputs is None else keras.tree.flatten(inputs):
        if not isinstance(leaf, keras.KerasTensor):
            raise ExportError(f"inputs: expected keras.Input(...), or a nest of them, got {type(leaf).__name__}.")


def _functional(model: Any, inputs: Any) -> Subject:
    if inputs is not None:
        raise ExportError(f"{title(model)}: expected no inputs=, because it has its own inputs. Omit it.")
    nested = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    outputs = symbolic_outputs(model)
    plain: Any = keras.Model(model.inputs, model.outputs)
    return Subject(model, walk(model.inputs, outputs), nested, _keys(outputs) or list(plain.output_names))


def _subclassed(model: keras.Model, inputs: Any) -> Subject:
    if inputs is None and not model.built:
        raise ExportError(
            f"{title(model)}: expected a built model or its inputs. Call it on data first, or give inputs=."
        )
    failure: Untraceable | None = None
    parameters = inspect.signature(model.call).parameters
    if inputs is not None:
        inputs = _by_argument(parameters, _named(inputs))
    for nested in [inputs] if inputs is not None else _built_on(model):
        by_name = isinstance(nested, dict) and set(nested) <= set(parameters)
        try:
            if not model.built:
                _build(model, nested, by_name)
            outputs = outputs_of(model, [] if by_name else [nested], nested if by_name else {})
        except Untraceable as error:
            failure = error
            continue
        trace = walk(keras.tree.flatten(nested), outputs)
        flat = keras.tree.flatten(outputs)
        names = _keys(outputs) or (["output"] if len(flat) == 1 else [f"output_{i}" for i in range(len(flat))])
        return Subject(model, trace, nested, names, by_name)
    assert failure is not None
    raise failure


def _build(model: keras.Model, nested: Any, by_name: bool) -> None:
    try:
        _ = model(**nested) if by_name else model(nested)
    except Exception as error:  # the model's own code may raise anything for other inputs
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ExportError(f"{title(model)}: cannot be called on inputs=: {reason} Give other inputs.") from error


def _named(inputs: Any) -> Any:
    """Renames inputs without a name of the user's to input, input_2 …, whatever Keras calls them."""
    count = 0

    def renamed(tensor: keras.KerasTensor) -> Any:
        nonlocal count
        count += 1
        if not re.fullmatch(r"keras_tensor(_\d+)?", tensor.name):
            return tensor
        name = "input" if count == 1 else f"input_{count}"
        return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=name)

    return keras.tree.map_structure(renamed, inputs)


def _by_argument(parameters: Mapping[str, inspect.Parameter], inputs: Any) -> Any:
    """A list with one input for each required argument of `call` as a dict by name; anything else is unchanged."""
    required = [name for name, p in parameters.items() if p.default is p.empty and p.kind == p.POSITIONAL_OR_KEYWORD]
    if isinstance(inputs, list | tuple) and len(required) > 1 and len(required) == len(inputs):
        return dict(zip(required, inputs, strict=True))
    return inputs


def _built_on(model: keras.Model) -> list[Any]:
    """Candidate inputs like those that a model was built on, the one with the most free axes first."""
    config = model.get_build_config() or {}
    shapes = config.get("shapes_dict") or ([config["input_shape"]] if config.get("input_shape") else None)
    no_inputs = ("training", "mask")
    arguments = [name for name in inspect.signature(model.call).parameters if not name.endswith(no_inputs)]
    complete = isinstance(shapes, dict) or len(arguments) == 1  # Keras records the first argument only
    if not shapes or not complete:
        raise ExportError(
            f"{title(model)}: expected known inputs, got a model that was built without them. Give "
            "inputs=keras.Input(...), nested as its call takes them, or a dict by the names of its arguments."
        )
    if isinstance(shapes, dict):
        names = [name.removesuffix("_shape") for name in shapes]
        pairs = list(zip(names, shapes.values(), strict=True))
        return [{name: _input(shape, name, free) for name, shape in pairs} for free in (2, 1)]
    return [_input(shapes[0], "input", free) for free in (2, 1)]


def _input(shape: Any, name: str, free: int) -> Any:
    """An input of a shape, or inputs nested like the shapes; the first `free` axes are free."""
    if isinstance(shape, dict):
        return {key: _input(part, key, free) for key, part in shape.items()}
    if shape and isinstance(shape[0], list | tuple):
        return [_input(part, f"{name}_{number}", free) for number, part in enumerate(shape)]
    kept = free if len(shape) > 2 else 1
    return keras.Input(batch_shape=(None,) * kept + tuple(shape[kept:]), name=name)


def _keys(outputs: Any) -> list[str]:
    """Names of the outputs of a model that returns a dict; empty for any other model."""
    if not isinstance(outputs, dict):
        return []
    return [".".join(str(part) for part in path) for path, _ in keras.tree.flatten_with_path(outputs)]


def _check_weights(model: keras.Model) -> None:
    """Refuses a model with NaN or infinite weights, on which no comparison of runtimes means anything."""
    for weight in model.weights:
        value = np.asarray(keras.ops.convert_to_numpy(weight))
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ExportError(f"{weight.path}: expected finite weights, got NaN or infinity. Train the model again.")
