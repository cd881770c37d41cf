"""Keras's rules for masks: which masks a layer receives, and which its outputs carry.

The rules are those of `keras.Layer.__call__`. What a layer does to a mask comes from its own `compute_mask`, called
with symbolic tensors, so no rule of any layer is repeated here.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from zoo.exporter.graph import Value
from zoo.exporter.model.trace import Trace, Untraceable, placeholder, title, walk


@dataclass(frozen=True)
class Masks:
    """The masks of one call of a layer.

    Attributes:
        filled_in: values for the mask arguments that the caller left out.
        first: the layer's first argument.
        previous: the masks to pass to `compute_mask`, nested like `first`.
    """

    filled_in: dict[str, Any]
    first: Any
    previous: Any


def incoming(layer: keras.Layer, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Masks:
    """The masks that Keras passes to a layer for these arguments; `Value`s carry their masks."""
    bound = inspect.signature(layer.call).bind(*args, **kwargs)
    bound.apply_defaults()
    arguments = bound.arguments
    tensors = {name: value for name, value in arguments.items() if _holds_tensors(value)}
    by_argument = {"mask" if len(tensors) == 1 else f"{name}_mask": value for name, value in tensors.items()}
    filled_in = {
        name: masks
        for name, value in by_argument.items()
        if name in arguments and arguments[name] is None and (masks := _carried(value)) is not None
    }
    first = next(iter(arguments.values()))
    explicit = {**kwargs, **filled_in}.get("mask")
    return Masks(filled_in, first, _carried(first) if explicit is None else explicit)


def outgoing(layer: keras.Layer, masks: Masks, write: Callable[[Trace, Sequence[Value]], list[Any]]) -> list[Any]:
    """The masks that a layer's outputs carry.

    Args:
        layer: the layer, with its `compute_mask`.
        masks: the incoming masks.
        write: writes the calls of `compute_mask`; takes their trace and the values of its inputs.

    Returns:
        One mask or None for each output, flat; may be shorter than the outputs.

    Raises:
        Untraceable: `compute_mask` does anything but call `keras.ops`.
    """
    if not layer.supports_masking:
        return []
    values: list[Value] = []

    def symbolic(leaf: Any) -> Any:
        if isinstance(leaf, Value):
            values.append(leaf)
        return placeholder(leaf)

    first, previous = (keras.tree.map_structure(symbolic, part) for part in (masks.first, masks.previous))
    inputs = [leaf for leaf in keras.tree.flatten((first, previous)) if isinstance(leaf, keras.KerasTensor)]
    try:
        computed = layer.compute_mask(first, previous)
    except Exception as error:  # a layer's own code may raise anything for a symbolic tensor
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Untraceable(
            f"{title(layer)}: expected a compute_mask that can be traced, got: {reason} Write it with keras.ops."
        ) from error
    value_of = {id(tensor): value for tensor, value in zip(inputs, values, strict=True)}
    flat = keras.tree.flatten(computed)
    if all(mask is None or id(mask) in value_of for mask in flat):
        return [value_of.get(id(mask)) for mask in flat]
    return write(walk(inputs, flat), values)


def _holds_tensors(argument: Any) -> bool:
    """Whether Keras treats an argument as tensors: one tensor, or a nest of tensors and None."""
    leaves = [leaf for leaf in keras.tree.flatten(argument) if leaf is not None]
    return bool(leaves) and all(isinstance(leaf, Value) for leaf in leaves)


def _carried(argument: Any) -> Any:
    """The masks that a nest of tensors carries, nested likewise; None if no tensor has a mask."""
    masks = keras.tree.map_structure(lambda leaf: leaf.mask if isinstance(leaf, Value) else None, argument)
    return None if all(mask is None for mask in keras.tree.flatten(masks)) else masks
