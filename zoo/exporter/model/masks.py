"""Keras's own rules for masks: which a layer is given, and which go on with what it returns.

The rules are those of `keras.Layer.__call__`. What a layer does to a mask, its `compute_mask` says: that one is asked
with symbolic tensors, so nothing about any layer is repeated here.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from zoo.exporter.graph import Value
from zoo.exporter.model.trace import Trace, Untraceable, stand_in, title, walk


@dataclass(frozen=True)
class Masks:
    """What is known of masks when a layer is called.

    Attributes:
        given: keyword arguments for those of its mask arguments that the caller left out.
        first: its first argument.
        previous: the masks that `compute_mask` is told of, nested like `first`.
    """

    given: dict[str, Any]
    first: Any
    previous: Any


def incoming(layer: keras.Layer, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Masks:
    """The masks that Keras hands to a layer called so; `Value`s carry theirs."""
    bound = inspect.signature(layer.call).bind(*args, **kwargs)
    bound.apply_defaults()
    arguments = bound.arguments
    tensors = {name: value for name, value in arguments.items() if _holds_tensors(value)}
    wanted = {"mask" if len(tensors) == 1 else f"{name}_mask": value for name, value in tensors.items()}
    given = {
        name: masks
        for name, value in wanted.items()
        if name in arguments and arguments[name] is None and (masks := _carried(value)) is not None
    }
    first = next(iter(arguments.values()))
    explicit = {**kwargs, **given}.get("mask")
    return Masks(given, first, _carried(first) if explicit is None else explicit)


def outgoing(layer: keras.Layer, masks: Masks, write: Callable[[Trace, Sequence[Value]], list[Any]]) -> list[Any]:
    """The masks that go on with what a layer returns.

    Args:
        layer: is asked by its `compute_mask`.
        masks: those that came in.
        write: writes what `compute_mask` calls; given the calls and the values of their inputs.

    Returns:
        One mask or None for each output, flat; may be shorter than the outputs.

    Raises:
        Untraceable: `compute_mask` does something else than calling `keras.ops`.
    """
    if not layer.supports_masking:
        return []
    values: list[Value] = []

    def symbolic(leaf: Any) -> Any:
        if isinstance(leaf, Value):
            values.append(leaf)
        return stand_in(leaf)

    first, previous = (keras.tree.map_structure(symbolic, part) for part in (masks.first, masks.previous))
    inputs = [leaf for leaf in keras.tree.flatten((first, previous)) if isinstance(leaf, keras.KerasTensor)]
    try:
        computed = layer.compute_mask(first, previous)
    except Exception as error:  # a layer's own code may raise anything when it meets a symbolic tensor
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Untraceable(
            f"{title(layer)}: compute_mask cannot be followed: {reason} Write it with keras.ops."
        ) from error
    known = {id(tensor): value for tensor, value in zip(inputs, values, strict=True)}
    flat = keras.tree.flatten(computed)
    if all(mask is None or id(mask) in known for mask in flat):
        return [known.get(id(mask)) for mask in flat]
    return write(walk(inputs, flat), values)


def _holds_tensors(argument: Any) -> bool:
    """Whether Keras takes an argument for tensors: one, or a nest of them with or without gaps."""
    leaves = [leaf for leaf in keras.tree.flatten(argument) if leaf is not None]
    return bool(leaves) and all(isinstance(leaf, Value) for leaf in leaves)


def _carried(argument: Any) -> Any:
    """The masks that a nest of tensors carries, nested alike; None if there is none at all."""
    masks = keras.tree.map_structure(lambda leaf: leaf.mask if isinstance(leaf, Value) else None, argument)
    return None if all(mask is None for mask in keras.tree.flatten(masks)) else masks
