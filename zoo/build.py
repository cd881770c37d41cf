"""Builds a recipe's Keras model from stock Keras layers: one `case` per kind of layer; the task adds its head."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import keras
import numpy as np
from keras import layers as kl
from typing_extensions import assert_never

from zoo.core.errors import RunError
from zoo.core.manifest import ModelInput
from zoo.fast import why_stock
from zoo.fast.cells import CELLS, LAYERS
from zoo.preparing import RecipeData
from zoo.schema import layers as spec
from zoo.schema.model import ModelSpec

POOLINGS = {
    ("max", "global"): kl.GlobalMaxPooling1D,
    ("average", "global"): kl.GlobalAveragePooling1D,
    ("max", "local"): kl.MaxPooling1D,
    ("average", "local"): kl.AveragePooling1D,
}


@dataclass(frozen=True)
class Statistics:
    """Mean and variance of each feature over the training split, (features,) each."""

    mean: np.ndarray
    variance: np.ndarray

    @classmethod
    def of(cls, values: Sequence[np.ndarray]) -> "Statistics":
        """Computes them over all rows of the recordings, (time, features) each; a constant feature gets variance 1."""
        count = sum(len(rows) for rows in values)
        mean = sum(rows.sum(0, np.float64) for rows in values) / count
        variance = sum(((rows - mean) ** 2).sum(0) for rows in values) / count
        return cls(np.asarray(mean), np.where(variance > 0, variance, 1.0))


@dataclass(frozen=True)
class LayerRow:
    """One line of a model's summary."""

    name: str
    kind: str
    output_shape: str
    parameters: int
    kernel: str = ""
    """The kernel that trains a recurrent layer: `fast`, or `stock` and the reason; empty for other layers."""


@dataclass(frozen=True)
class ModelSummary:
    """A model's layers and its number of parameters."""

    rows: tuple[LayerRow, ...]
    parameters: int


def build(prepared: RecipeData, statistics: Statistics | None = None) -> keras.Model:
    """Builds the recipe's model, with the input `input` and the output layer `output`.

    Args:
        prepared: the recipe, its model's input, and its labels; the data need not be encoded.
        statistics: the scale of `normalization` layers; without it, they leave values unchanged.

    Returns:
        A model from (batch, time) ids or (batch, time, features) values to the output of the task's head.
    """
    recipe, source = prepared.recipe, prepared.input
    inputs = keras.Input(source.sizes, dtype=source.dtype, name=source.name)
    names: Counter[str] = Counter()
    x: keras.KerasTensor = cast("keras.KerasTensor", inputs)
    embedding = None
    for layer_spec in recipe.model.layers:
        layer = _layer(layer_spec, recipe.model, _name(layer_spec, names), source, statistics)
        embedding = layer if isinstance(layer, kl.Embedding) else embedding
        x = cast("keras.KerasTensor", layer(x))
    return keras.Model(inputs, prepared.task.head(prepared, x, embedding), name=recipe.name.replace("-", "_"))


def read_model(path: Path) -> keras.Model:
    """Loads the `.keras` file of a run.

    Raises:
        RunError: the file is missing or damaged.
    """
    try:
        return cast("keras.Model", keras.models.load_model(path))
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise RunError(
            f"{path}: expected a run's model, got a file that Keras cannot read: {reason} Train again."
        ) from error


def describe(model: keras.Model, kernels: str = "auto") -> ModelSummary:
    """Lists the model's layers in order, with their output shapes (`?` for a variable size), parameters and kernels.

    Args:
        model: the model from `build`.
        kernels: the recipe's `training.kernels`.
    """
    rows = tuple(
        LayerRow(layer.name, _kind(layer), _shape(layer, model), layer.count_params(), _kernel(layer, kernels))
        for layer in model.layers
        if not isinstance(layer, kl.InputLayer)
    )
    return ModelSummary(rows, model.count_params())


def _layer(
    layer: spec.LayerSpec,
    model: ModelSpec,
    name: str,
    source: ModelInput,
    statistics: Statistics | None,
) -> kl.Layer:
    match layer:
        case spec.Normalization():
            features = source.sizes[-1] or 1
            scale = statistics or Statistics(np.zeros(features), np.ones(features))
            return kl.Normalization(mean=scale.mean.tolist(), variance=scale.variance.tolist(), name=name)
        case spec.Embedding():
            kind = kl.ReversibleEmbedding if model.tie_embeddings else kl.Embedding
            return kind(source.vocabulary, layer.units, mask_zero=layer.mask_zero, name=name)
        case spec.Recurrent():
            return _recurrent(layer, model, name)
        case spec.Bidirectional():
            return kl.Bidirectional(_recurrent(layer, model, f"{name}_cell"), merge_mode=layer.merge_mode, name=name)
        case spec.Conv1D():
            return kl.Conv1D(
                layer.filters,
                layer.kernel_size,
                strides=layer.strides,
                padding=layer.padding,
                dilation_rate=layer.dilation_rate,
                activation=layer.activation,
                name=name,
            )
        case spec.Dense():
            return kl.Dense(layer.units, layer.activation, name=name)
        case spec.Dropout():
            return kl.Dropout(layer.rate, name=name)
        case spec.SpatialDropout():
            return kl.SpatialDropout1D(layer.rate, name=name)
        case spec.LayerNormalization():
            return kl.LayerNormalization(epsilon=layer.epsilon, name=name)
        case spec.BatchNormalization():
            return kl.BatchNormalization(momentum=layer.momentum, epsilon=layer.epsilon, name=name)
        case spec.Pooling():
            sized = {} if layer.scope == "global" else {"pool_size": layer.size}
            return POOLINGS[layer.kind, layer.scope](name=name, **sized)
        case _:
            assert_never(layer)


def _recurrent(layer: spec.Recurrent | spec.Bidirectional, model: ModelSpec, name: str) -> kl.Layer:
    return CELLS[model.cell].layer(
        layer.units,
        return_sequences=layer.return_sequences,
        dropout=layer.dropout,
        recurrent_dropout=layer.recurrent_dropout,
        name=name,
    )


def _name(layer: spec.LayerSpec, names: Counter[str]) -> str:
    """The layer's kind, numbered from the second layer of that kind on: `recurrent`, `recurrent_2`."""
    kind = layer.key
    names[kind] += 1
    return kind if names[kind] == 1 else f"{kind}_{names[kind]}"


def _kind(layer: kl.Layer) -> str:
    if isinstance(layer, kl.Bidirectional):
        return f"Bidirectional {type(layer.forward_layer).__name__}"
    return type(layer).__name__


def _kernel(layer: kl.Layer, kernels: str) -> str:
    cell = layer.forward_layer if isinstance(layer, kl.Bidirectional) else layer
    if not isinstance(cell, LAYERS):
        return ""
    reason = "training.kernels" if kernels == "stock" else why_stock(cell)
    return "fast" if reason is None else f"stock ({reason})"


def _shape(layer: kl.Layer, model: keras.Model) -> str:
    # A layer that is called twice (tied embeddings) has no single output: the shape is that of its first call.
    shape = (
        layer.compute_output_shape(model.inputs[0].shape) if isinstance(layer, kl.Embedding) else _output(layer).shape
    )
    return f"({', '.join('?' if size is None else str(size) for size in shape)})"


def _output(layer: kl.Layer) -> keras.KerasTensor:
    return cast("keras.KerasTensor", layer.output)
