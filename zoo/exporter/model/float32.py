"""A model that computes in half or double precision, made again in float32: what a file of the zoo computes in."""

from typing import Any

import keras
import numpy as np

from zoo.core.errors import ExportError

#: Types and policies that are replaced.
OTHERS = frozenset({"float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"})


def in_float32(model: keras.Model) -> keras.Model:
    """The model itself if it computes in float32 already; else one like it, with the same weights, that does.

    Raises:
        ExportError: a layer cannot be made again from its configuration.
    """
    try:
        config = model.get_config()
    except NotImplementedError:
        return _unless_other(model)
    replaced = _in_float32(config)
    if replaced == config:
        return model
    try:
        with keras.saving.custom_object_scope({type(layer).__name__: type(layer) for layer in _layers(model)}):
            made = type(model).from_config(replaced)
    except (TypeError, ValueError, AttributeError, NotImplementedError) as error:
        raise ExportError(_advice(model, (str(error).splitlines() or [""])[0])) from error
    if not made.built and model.built:
        made.build_from_config(model.get_build_config())
    made.set_weights([np.asarray(keras.ops.convert_to_numpy(weight), np.float32) for weight in model.weights])
    return made


def _unless_other(model: keras.Model) -> keras.Model:
    if model.compute_dtype in OTHERS:
        raise ExportError(_advice(model, "it has no get_config."))
    return model


def _advice(model: keras.Model, reason: str) -> str:
    return (
        f"model '{model.name}': expected float32, got {model.compute_dtype}, and it cannot be made again in float32: "
        f"{reason} Build it with dtype='float32' and load the same weights."
    )


def _in_float32(config: Any) -> Any:
    """A configuration whose types are float32 wherever they were another floating type."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy" and config["config"]["name"] in OTHERS:
            return {**config, "config": {"name": "float32"}}
        return {
            key: "float32" if key == "dtype" and isinstance(value, str) and value in OTHERS else _in_float32(value)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(_in_float32(value) for value in config)
    return config


def _layers(model: keras.Model) -> list[keras.Layer]:
    """The model's layers, and those of the models in it."""
    found: list[keras.Layer] = []
    for layer in model.layers:
        found += [layer, *(_layers(layer) if isinstance(layer, keras.Model) else [])]
    return found
