"""Layers that shift and scale by constants of the graph."""

import keras
import numpy as np
from keras import layers as kl

from zoo.exporter.converters.layers.activations import array
from zoo.exporter.graph import Graph, Value


def normalization(graph: Graph, layer: kl.Normalization, x: Value) -> Value:
    """(x - mean) / max(√variance, ε), with the layer's adapted or configured statistics; or its inverse."""
    mean = graph.constant(array(layer.mean), "mean")
    spread = graph.constant(np.maximum(np.sqrt(array(layer.variance)), np.float32(keras.config.epsilon())), "deviation")
    x = graph.cast(x, "float32")
    if layer.invert:
        return graph.add("Add", mean, graph.add("Mul", x, spread))
    return graph.add("Div", graph.add("Sub", x, mean), spread)


def rescaling(graph: Graph, layer: kl.Rescaling, x: Value) -> Value:
    """x·scale + offset, each a scalar or one number per feature."""
    scaled = graph.add("Mul", graph.cast(x, "float32"), np.asarray(layer.scale, np.float32))
    return graph.add("Add", scaled, np.asarray(layer.offset, np.float32))


def batch_normalization(graph: Graph, layer: kl.BatchNormalization, x: Value) -> Value:
    """x·scale + offset, both constants outside training: gamma/√(variance + ε), beta - mean·scale."""
    scale = 1 / np.sqrt(array(layer.moving_variance) + np.float32(layer.epsilon))
    scale = scale * array(layer.gamma) if layer.scale else scale
    offset = -array(layer.moving_mean) * scale
    offset = offset + array(layer.beta) if layer.center else offset
    shape = [1] * x.rank
    shape[layer.axis] = -1
    scaled = graph.add("Mul", x, graph.constant(scale.reshape(shape), "scale"))
    return graph.add("Add", scaled, graph.constant(offset.reshape(shape), "offset"))
