"""Inputs to verify an export on: random ones that fit any model, and real rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import keras
import numpy as np
from keras import layers as kl

from zoo.errors import ExportError
from zoo.export.converters import Lowered

#: Sizes of batches, and of the time axis; one goes with the other in turn.
BATCHES = (5, 1, 2)
LENGTHS = (1, 2, 7, 33)
#: Tried when the model is too deep in strides and windows for the lengths above.
LONGER = (129, 513)
#: Ids are drawn below this where no embedding tells how many there are.
UNKNOWN_LIMIT = 10

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Case:
    """Inputs to run both models on, and how to speak of them."""

    inputs: Arrays
    title: str


def random_cases(lowered: Lowered) -> list[Case]:
    """Every length that the model takes, with a batch size in turn.

    Raises:
        ExportError: the model takes none of the lengths.
    """
    random = np.random.default_rng(0)
    tensors, limits = lowered.trace.inputs, _id_limits(lowered)
    fixed = next((tensor.shape[0] for tensor in tensors if tensor.shape[0] is not None), None)
    sizes = zip(_lengths(lowered), cycle(BATCHES if fixed is None else [fixed]), strict=False)
    return [
        Case(
            [_sample(random, tensor, limits.get(id(tensor)), batch, length) for tensor in tensors],
            f"batch {batch}, time {length}",
        )
        for length, batch in sizes
    ]


def real_cases(lowered: Lowered, rows: Sequence[np.ndarray]) -> list[Case]:
    """The rows one by one, each as a batch of one.

    Raises:
        ExportError: a row does not fit the model's one input.
    """
    tensors = lowered.trace.inputs
    for number, row in enumerate(rows):
        if len(tensors) != 1 or row.ndim != len(tensors[0].shape) - 1:
            axes = len(tensors[0].shape) - 1
            raise ExportError(
                f"rows[{number}]: expected one input of {axes} axes, got {row.shape}. Leave the batch out."
            )
        sizes = tensors[0].shape[1:]
        if any(size not in (None, got) for size, got in zip(sizes, row.shape, strict=True)):
            raise ExportError(f"rows[{number}]: expected shape {sizes} (None: any), got {row.shape}.")
    return [
        Case([row[np.newaxis].astype(tensors[0].dtype)], f"real row {number}, time {len(row)}")
        for number, row in enumerate(rows)
    ]


def _sample(
    random: np.random.Generator, tensor: keras.KerasTensor, limit: int | None, batch: int, length: int
) -> np.ndarray:
    """One random input. Ids reach from 1 to the last one; each row but the first ends early and is padded with 0."""
    shape = [batch, *(length if size is None else size for size in tensor.shape[1:])]
    if "int" not in tensor.dtype and limit is None:
        return random.standard_normal(shape).astype(tensor.dtype)
    ids = random.integers(1, max(2, limit or UNKNOWN_LIMIT), shape)
    ids.flat[0] = max(1, (limit or UNKNOWN_LIMIT) - 1)
    for row in range(1, batch if ids.ndim > 1 else 0):
        ids[row, random.integers(1, shape[1] + 1) :] = 0
    return ids.astype(tensor.dtype)


def _id_limits(lowered: Lowered) -> dict[int, int]:
    """For each input that an embedding reads (by `id`), how many ids there are."""
    inputs = {id(tensor) for tensor in lowered.trace.inputs}
    return {
        id(call.args[0]): call.operation.input_dim
        for call in lowered.trace.calls
        if isinstance(call.operation, kl.Embedding) and id(call.args[0]) in inputs
    }


def _lengths(lowered: Lowered) -> list[int]:
    """The shortest four lengths that the model takes; a fixed length counts as one."""
    if all(None not in tensor.shape[1:] for tensor in lowered.trace.inputs):
        return [1] * len(BATCHES)  # asks for nothing: no axis is free
    accepted = [length for length in LENGTHS + LONGER if _accepts(lowered, length)]
    if not accepted:
        raise ExportError(
            f"model '{lowered.trace.name}': expected it to take one of {LENGTHS + LONGER} steps, got none. "
            "Lower its strides or windows."
        )
    return accepted[: len(LENGTHS)]


def _accepts(lowered: Lowered, length: int) -> bool:
    shapes = [[1, *(length if size is None else size for size in t.shape[1:])] for t in lowered.trace.inputs]
    asked = [keras.KerasTensor(s, t.dtype) for s, t in zip(shapes, lowered.trace.inputs, strict=True)]
    try:
        specs = keras.tree.flatten(lowered.trace.model.compute_output_spec(asked))
    except ValueError:  # a window longer than the input
        return False
    return all(size is None or size > 0 for spec in specs for size in spec.shape)
