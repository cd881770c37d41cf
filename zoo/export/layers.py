"""Layers that work on each time step by itself: embedding, dense, normalisation, dropout, activations."""

import keras
import numpy as np
from keras import layers as kl

from zoo.errors import ExportError
from zoo.export.activations import activate, scalar
from zoo.export.graph import Graph, Value


def unchanged(graph: Graph, layer: keras.Layer, x: Value) -> Value:
    """Dropout and its kin do nothing outside training."""
    return x


def embedding(graph: Graph, layer: kl.Embedding, ids: Value) -> Value:
    """Looks rows up: (batch, time) ids to (batch, time, units); with `mask_zero`, masked where the id is 0."""
    # Of another type, Keras casts the ids to int32 as well.
    ids = ids if ids.dtype in ("int32", "int64") else graph.cast(ids, "int32")
    rows = graph.add("Gather", _matrix(graph, layer), ids, axis=0)
    return Value(rows.name, mask=not_equal(graph, None, ids, 0) if layer.mask_zero else None)


def reversible_embedding(graph: Graph, layer: kl.ReversibleEmbedding, x: Value, reverse: bool = False) -> Value:
    """Looks rows up: (batch, time) ids to (batch, time, units).

    With `reverse`, scores every row of the same matrix, which is stored once: (batch, time, units) to
    (batch, time, vocabulary) logits.
    """
    if not reverse:
        return embedding(graph, layer, x)
    if layer.tie_weights:
        kernel = graph.transpose(_matrix(graph, layer), (1, 0))
    else:
        kernel = graph.constant(array(layer.reverse_embeddings), "reverse_embeddings")
    logits = graph.add("MatMul", x, kernel)
    if layer.logit_soft_cap is None:
        return logits
    cap = scalar(layer.logit_soft_cap)
    return graph.add("Mul", graph.add("Tanh", graph.add("Div", logits, cap)), cap)


def not_equal(graph: Graph, operation: keras.Operation | None, x: Value, other: Value | float) -> Value:
    """True where x differs from `other`: how Keras makes masks. Of x's shape, bool."""
    same = graph.add("Equal", x, other if isinstance(other, Value) else np.array(other, x.dtype))
    return Value(graph.add("Not", same).name, x.shape, "bool")


def dense(graph: Graph, layer: kl.Dense, x: Value) -> Value:
    """x·kernel + bias along the last axis, then the activation: (..., features) to (..., units)."""
    y = graph.add("MatMul", x, graph.constant(array(layer.kernel), "kernel"))
    if layer.use_bias:
        y = graph.add("Add", y, graph.constant(array(layer.bias), "bias"))
    return activate(graph, layer, y)


def activation(graph: Graph, layer: kl.Activation, x: Value) -> Value:
    """The layer's function on every element; softmax along the last axis."""
    return activate(graph, layer, x)


def softmax(graph: Graph, layer: kl.Softmax, x: Value, mask: Value | None = None) -> Value:
    """Softmax along `layer.axis`.

    Raises:
        ExportError: the layer is given a mask, or normalises several axes together.
    """
    if mask is not None or not isinstance(layer.axis, int):
        got = "a mask" if mask is not None else f"axis={layer.axis}"
        raise ExportError(f"layer '{layer.name}' (Softmax): expected no mask and one axis, got {got}. Use Activation.")
    return graph.add("Softmax", x, axis=layer.axis)


def normalization(graph: Graph, layer: kl.Normalization, x: Value) -> Value:
    """(x - mean) / max(√variance, ε), with the statistics that the layer was adapted to or given.

    Raises:
        ExportError: the layer undoes a normalisation (Keras loses an axis then if an input has one step only).
    """
    if layer.invert:
        raise ExportError(f"layer '{layer.name}' (Normalization): expected invert=False, got True. Leave it out.")
    mean = graph.constant(array(layer.mean), "mean")
    spread = graph.constant(np.maximum(np.sqrt(array(layer.variance)), np.float32(keras.config.epsilon())), "deviation")
    return graph.add("Div", graph.add("Sub", x, mean), spread)


def batch_normalization(graph: Graph, layer: kl.BatchNormalization, x: Value) -> Value:
    """x·scale + offset, both constants outside training: gamma/√(variance + ε), beta - mean·scale."""
    scale = 1 / np.sqrt(array(layer.moving_variance) + np.float32(layer.epsilon))
    scale = scale * array(layer.gamma) if layer.scale else scale
    offset = -array(layer.moving_mean) * scale
    offset = offset + array(layer.beta) if layer.center else offset
    along = [1] * x.rank
    along[layer.axis] = -1
    scaled = graph.add("Mul", x, graph.constant(scale.reshape(along), "scale"))
    return graph.add("Add", scaled, graph.constant(offset.reshape(along), "offset"))


def layer_normalization(graph: Graph, layer: kl.LayerNormalization, x: Value) -> Value:
    """Normalises each example over the last axes (https://arxiv.org/abs/1607.06450), scales and shifts.

    Raises:
        ExportError: the layer normalises other axes than the last ones.
    """
    axes = sorted(axis % x.rank for axis in np.atleast_1d(layer.axis).tolist())
    first = axes[0]
    if axes != list(range(first, x.rank)) or layer.rms_scaling:
        raise ExportError(
            f"layer '{layer.name}' (LayerNormalization): expected the last axes and no rms_scaling, "
            f"got axis={layer.axis}, rms_scaling={layer.rms_scaling}. Move the normalised axes to the end."
        )
    assert x.shape is not None
    sizes = [size or 1 for size in x.shape[first:]]
    gamma = array(layer.gamma) if layer.scale else np.ones(sizes, np.float32)
    beta = array(layer.beta) if layer.center else np.zeros(sizes, np.float32)
    if graph.opset >= 17:
        return graph.add("LayerNormalization", x, gamma, beta, axis=first, epsilon=layer.epsilon)
    centred = graph.add("Sub", x, graph.reduce("ReduceMean", x, axes, keepdims=True))
    variance = graph.reduce("ReduceMean", graph.add("Mul", centred, centred), axes, keepdims=True)
    deviation = graph.add("Sqrt", graph.add("Add", variance, scalar(layer.epsilon)))
    return graph.add("Add", graph.add("Mul", graph.add("Div", centred, deviation), gamma), beta)


def array(variable: object) -> np.ndarray:
    """A layer's weight as a float32 array."""
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float32)


def _matrix(graph: Graph, layer: kl.Embedding) -> Value:
    return graph.constant(array(layer.embeddings), "embeddings")
