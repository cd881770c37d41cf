"""Placement of windows over the steps: padding, and the position of the channels."""

import math
from collections.abc import Sequence
from typing import Any

from zoo.core.errors import ExportError
from zoo.exporter.graph import Graph, Value


def padding_attributes(
    padding: str,
    sizes: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    steps: Sequence[int | None],
) -> dict[str, Any]:
    """Attributes of a node for Keras's `padding`: explicit numbers, unless only the runtime knows them.

    Raises:
        ExportError: neither explicit numbers nor `auto_pad` can express what Keras does.
    """
    reaches = [dilation * (size - 1) for size, dilation in zip(sizes, dilations, strict=True)]
    if padding == "valid":
        return {}
    if padding == "causal":
        return {"pads": [*reaches, *([0] * len(reaches))]}
    totals = [_total(reach, stride, length) for reach, stride, length in zip(reaches, strides, steps, strict=True)]
    known = [total for total in totals if total is not None]
    if len(known) == len(totals):
        return {"pads": [*(total // 2 for total in known), *(total - total // 2 for total in known)]}
    if max(dilations) > 1 or any(stride > reach + 1 for stride, reach in zip(strides, reaches, strict=True)):
        raise ExportError(
            "padding: expected windows without gaps or known lengths for padding='same', got strides "
            f"{tuple(strides)}, windows of {tuple(sizes)} and dilations {tuple(dilations)}. "
            "Fix the lengths in the model's Input."
        )
    return {"auto_pad": "SAME_UPPER"}


def _total(reach: int, stride: int, length: int | None) -> int | None:
    """The number of steps that 'same' padding adds to an axis; half of them, rounded down, go before it.

    None if it depends on a length that only the runtime knows.
    """
    if stride == 1:
        return reach
    if length is not None:
        return max((math.ceil(length / stride) - 1) * stride + reach + 1 - length, 0)
    # Nothing goes before, and one step too many after adds no window.
    return reach if reach <= 1 else None


def steps_of(x: Value, rank: int, data_format: str) -> Sequence[int | None]:
    """Lengths of the axes that a window slides over."""
    if x.shape is None:
        return [None] * rank
    return x.shape[1:-1] if data_format == "channels_last" else x.shape[2:]


def channels_first(graph: Graph, x: Value, rank: int, data_format: str) -> Value:
    """(batch, *steps, features) to (batch, features, *steps), unless it has that order already."""
    return x if data_format == "channels_first" else graph.transpose(x, (0, rank + 1, *range(1, rank + 1)))


def channels_back(graph: Graph, y: Value, rank: int, data_format: str) -> Value:
    """Undoes `channels_first`."""
    return y if data_format == "channels_first" else graph.transpose(y, (0, *range(2, rank + 2), 1))
