"""Rebuilds a model of half or double precision in float32, the precision of the exported files."""

from typing import Any

import keras
import numpy as np

from zoo.core.errors import ExportError

#: Types and policies that are replaced by float32.
OTHERS = frozenset({"float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"})


def in_float32(model: keras.Model) -> keras.Model:
    """The model itself if it computes in float32; otherwise a float32 copy with the same weights.

    Raises:
        ExportError: a layer cannot be rebuilt from its configuration.
    """
    try:
        config = model.get_config()
    except NotImplementedError:
        return _check_float32(model)
    replaced = _in_float32(config)
    if replaced == config:
        return model
    try:
        with keras.saving.custom_object_scope({type(layer).__name__: type(layer) for layer in _layers(model)}):
            copy = type(model).from_config(replaced)
    except (TypeError, ValueError, AttributeError, NotImplementedError) as error:
        raise ExportError(_advice(model, (str(error).splitlines() or [""])[0])) from error
    if not copy.built and model.built:
        copy.build_from_config(model.get_build_config())
    copy.set_weights([np.asarray(keras.ops.convert_to_numpy(weight), np.float32) for weight in model.weights])
    return copy


def _check_float32(model: keras.Model) -> keras.Model:
    if model.compute_dtype in OTHERS:
        raise ExportError(_advice(model, "it has no get_config."))
    return model


def _advice(model: keras.Model, reason: str) -> str:
    return (
        f"model '{model.name}': expected float32, got {model.compute_dtype}, which cannot be rebuilt in float32: "
        f"{reason} Build it with dtype='float32' and load the same weights."
    )


def _in_float32(config: Any) -> Any:
    """The configuration with every other floating type replaced by float32."""
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
    """The model's layers, including those of nested models."""
    layers: list[keras.Layer] = []
    for layer in model.layers:
        layers += [layer, *(_layers(layer) if isinstance(layer, keras.Model) else [])]
    return layers
