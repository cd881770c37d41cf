"""Copies of models with fast layers in place of Keras's own, and back."""

from collections.abc import Mapping
from typing import Any, cast

import keras
from keras import layers as kl

from zoo.core.errors import TrainError
from zoo.fast.cells import CELLS

#: Keras's layer -> the fast layer of the same name.
FAST: dict[type[kl.Layer], type[kl.Layer]] = {cell.layer: cell.fast for cell in CELLS.values()}

STOCK = {ours: keras_own for keras_own, ours in FAST.items()}


def fast(model: keras.Model) -> keras.Model:
    """A copy of a functional or Sequential model that trains faster on a CPU.

    Its SimpleRNN, LSTM and GRU layers, also in Bidirectional and in nested models, are the zoo's; where a kernel does
    not cover a layer's settings, the layer runs as before. Weights and the states of random generators are copied;
    stateful layers are reset. `model.set_weights(copy.get_weights())` takes the trained weights back.

    Raises:
        TrainError: the model is subclassed, so its layers cannot be replaced from outside.
    """
    return _copied(model, FAST)


def stock(model: keras.Model) -> keras.Model:
    """A copy of a model with Keras's own layers only, so that a saved file opens without the zoo.

    Raises:
        TrainError: the model is subclassed, so its layers cannot be replaced from outside.
    """
    return _copied(model, STOCK)


def _copied(model: keras.Model, classes: Mapping[type[kl.Layer], type[kl.Layer]]) -> keras.Model:
    """A copy with the layers of some classes replaced by others, with equal variables."""
    named = [(_serialized_class(old), _serialized_class(new)) for old, new in classes.items()]

    def replaced(config: Any) -> Any:
        """A layer's config with the classes of the layers inside it replaced."""
        match config:
            case {"class_name": _, "config": _}:
                new = next((new for old, new in named if old.items() <= config.items()), {})
                return {**config, **new, "config": replaced(config["config"])}
            case dict():
                return {key: replaced(value) for key, value in config.items()}
            case list() | tuple():
                return type(config)(replaced(value) for value in config)
            case _:
                return config

    def copied(layer: kl.Layer) -> kl.Layer:
        kind = classes.get(type(layer), type(layer))
        # A Lambda's function is already in this process, so nothing untrusted is loaded.
        trusted = {"safe_mode": False} if issubclass(kind, kl.Lambda) else {}
        return kind.from_config(replaced(layer.get_config()), **trusted)

    if not isinstance(model, keras.Model):
        raise TrainError(
            f"model: expected a Keras model, got {type(model).__name__}. Give the model that contains the layer."
        )
    for part in _models(model):
        if not _is_built_of_layers(part):
            raise TrainError(
                f"model '{part.name}': expected a functional or Sequential model, got a subclassed one. "
                "Use zoo.fast.LSTM, GRU and SimpleRNN in it instead."
            )
    copy = cast("keras.Model", keras.models.clone_model(model, clone_function=copied, recursive=True, **_inputs(model)))
    for theirs, ours in zip(model.layers, copy.layers, strict=True):
        for value, variable in zip(theirs.variables, ours.variables, strict=True):
            variable.assign(value)
    return copy


def _models(model: keras.Model) -> list[keras.Model]:
    """The model and all models nested in it."""
    return [model, *(nested for part in model.layers if isinstance(part, keras.Model) for nested in _models(part))]


def _is_built_of_layers(model: keras.Model) -> bool:
    """Whether a model is Sequential or functional; Keras does not export the latter's class by name."""
    return isinstance(model, keras.Sequential) or hasattr(model, "operations")


def _inputs(model: keras.Model) -> dict[str, Any]:
    """Inputs with the same names for a copy of a functional model; Keras would invent names for some."""
    if isinstance(model, keras.Sequential):
        return {}
    layers = {id(layer.output): layer for layer in model.layers if isinstance(layer, kl.InputLayer)}

    def alike(tensor: keras.KerasTensor) -> Any:
        layer = layers[id(tensor)]
        return keras.Input(
            batch_shape=tensor.shape, dtype=tensor.dtype, sparse=tensor.sparse, name=layer.name, optional=layer.optional
        )

    return {"input_tensors": keras.tree.map_structure(alike, model.input)}


def _serialized_class(layer: type[kl.Layer]) -> dict[str, Any]:
    """The entries with which a config names the class."""
    serialized = cast("dict[str, Any]", keras.saving.serialize_keras_object(layer.from_config({"units": 1})))
    return {key: serialized[key] for key in ("module", "class_name", "registered_name")}
