"""Inputs for verifying an export: random ones for any model, with every kind of mask; zeros; and real rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import keras
import numpy as np
from keras import layers as kl

from zoo.core.errors import ExportError
from zoo.exporter.lowering import Lowered
from zoo.exporter.model.subject import Arrays
from zoo.exporter.walk import every_step

#: Batch sizes and lengths of the time axis, paired in turn.
BATCHES = (5, 1, 6, 2)
LENGTHS = (1, 2, 7, 33)
#: Further lengths for models whose strides and windows exceed the lengths above.
LONGER = (16, 64, 129, 513)
#: A fixed length of this many steps or more is run on two batches only, because Keras is slow per step.
LONG = 128
#: Exclusive upper limit of random ids where no embedding gives the vocabulary size.
UNKNOWN_LIMIT = 10
#: Positions of a row's valid steps; the rows of a batch cycle through these patterns.
PATTERNS = ("full", "right-padded", "left-padded", "holes", "empty")
RIGHT_PADDED = ("full", "right-padded", "empty")


@dataclass(frozen=True)
class ParityCase:
    """Inputs to run both models on, and the title that messages give them."""

    inputs: Arrays
    title: str


def random_cases(
    lowered: Lowered, patterns: Sequence[str] | None = None, lengths: Sequence[int] | None = None
) -> list[ParityCase]:
    """One case for each length that the model accepts, cycling through the batch sizes; and one of zeros only.

    Args:
        lowered: the model.
        patterns: positions of the masked steps. Default: all that the model's masks allow.
        lengths: lengths of the time axis. Default: the shortest ones that the model accepts.

    Raises:
        ExportError: the model accepts none of the lengths.
    """
    random = np.random.default_rng(0)
    tensors, readers = lowered.subject.inputs, _readers(lowered)
    fixed = next((tensor.shape[0] for tensor in tensors if tensor.shape[0] is not None), None)
    lengths = lengths or _lengths(lowered)
    sizes = list(zip(lengths, cycle(BATCHES if fixed is None else [fixed]), strict=False))
    patterns = patterns or (RIGHT_PADDED if lowered.right_padded else PATTERNS)
    cases: list[ParityCase] = []
    for number, (length, batch) in enumerate(sizes):
        valid = _valid_steps(random, batch, length, patterns, number)
        arrays = [_sample(random, tensor, readers.get(tensor.name, []), batch, length, valid) for tensor in tensors]
        cases.append(ParityCase(arrays, f"batch {batch}, time {length}"))
    length, batch = sizes[-1][0] if len(set(lengths)) == 1 else lengths[1 % len(lengths)], sizes[0][1]
    zeros = [np.zeros(_shape(tensor, batch, length), tensor.dtype) for tensor in tensors]
    return [*cases, ParityCase(zeros, f"zeros only, batch {batch}, time {length}")]


def real_cases(lowered: Lowered, rows: Sequence[np.ndarray]) -> list[ParityCase]:
    """One case for each row, as a batch of one.

    Raises:
        ExportError: the model has several inputs, or a row does not fit its input.
    """
    tensors = lowered.subject.inputs
    if len(rows) and len(tensors) != 1:
        raise ExportError(
            f"rows: expected a model with one input, got {len(tensors)} inputs. Omit rows: random inputs verify it."
        )
    rows = [np.asarray(row) for row in rows]
    for number, row in enumerate(rows):
        if row.ndim != len(tensors[0].shape) - 1:
            axes = len(tensors[0].shape) - 1
            raise ExportError(
                f"rows[{number}]: expected one input of {axes} axes, got {row.shape}. Leave the batch out."
            )
        sizes = tensors[0].shape[1:]
        if any(size not in (None, got) for size, got in zip(sizes, row.shape, strict=True)):
            raise ExportError(f"rows[{number}]: expected shape {sizes} (None: any), got {row.shape}.")
    return [
        ParityCase([row[np.newaxis].astype(tensors[0].dtype)], f"real row {number}, time {len(row)}")
        for number, row in enumerate(rows)
    ]


def _valid_steps(
    random: np.random.Generator, batch: int, length: int, patterns: Sequence[str], turn: int
) -> np.ndarray:
    """(batch, length) bool, where each row follows the next pattern."""
    valid = np.ones((batch, length), bool)
    for row in range(batch):
        cut = random.integers(0, length + 1)
        match patterns[(row + turn) % len(patterns)]:
            case "right-padded":
                valid[row, cut:] = False
            case "left-padded":
                valid[row, :cut] = False
            case "holes":
                valid[row] = random.random(length) < 0.6
            case "empty":
                valid[row] = False
    return valid


def _sample(
    random: np.random.Generator,
    tensor: keras.KerasTensor,
    readers: Sequence[keras.Operation],
    batch: int,
    length: int,
    valid: np.ndarray,
) -> np.ndarray:
    """One random input suited to the layers that read it, masked where `valid` is False.

    Ids reach the last one. Values are centred on the mean of a normalization that reads them, otherwise on 0.
    """
    shape = _shape(tensor, batch, length)
    per_step = len(shape) > 1 and shape[1] == length
    if tensor.dtype == "bool":
        return valid if tuple(shape) == valid.shape else random.random(shape) < 0.7
    limit = next((reader.input_dim for reader in readers if isinstance(reader, kl.Embedding)), None)
    if limit is not None or "int" in tensor.dtype:
        ids = random.integers(1, max(2, limit or UNKNOWN_LIMIT), shape)
        if per_step:
            ids[~valid] = 0
        last = max(1, (limit or UNKNOWN_LIMIT) - 1)
        ids.flat[np.argmax(ids)] = last if ids.any() else 0
        return ids.astype(tensor.dtype)
    values = random.standard_normal(shape)
    normalization = next((reader for reader in readers if isinstance(reader, kl.Normalization)), None)
    if normalization is not None and not normalization.invert:  # realistic values: -57 dBm, not 0
        values = values * np.sqrt(np.asarray(normalization.variance)) + np.asarray(normalization.mean)
    values = values.astype(tensor.dtype)
    masking = next((reader for reader in readers if isinstance(reader, kl.Masking)), None)
    if masking is not None and per_step:
        values[~valid] = masking.mask_value
    return values


def _shape(tensor: keras.KerasTensor, batch: int, length: int) -> list[int]:
    return [batch, *(length if size is None else size for size in tensor.shape[1:])][: len(tensor.shape)]


def _readers(lowered: Lowered) -> dict[str, list[keras.Operation]]:
    """The operations that read each tensor, directly or through a cast, by the tensor's name."""
    cast_from = {node.output[0]: node.input[0] for node in lowered.proto.graph.node if node.op_type == "Cast"}
    readers: dict[str, list[keras.Operation]] = {}
    for step in every_step(lowered.steps):
        for name in step.reads:
            readers.setdefault(cast_from.get(name, name), []).append(step.operation)
    return readers


def _lengths(lowered: Lowered) -> list[int]:
    """The four shortest lengths that the model accepts; a fixed length is repeated for each batch."""
    tensors = lowered.subject.inputs
    if all(None not in tensor.shape[1:] for tensor in tensors):
        fixed = next((tensor.shape[1] for tensor in tensors if len(tensor.shape) > 1), 1)
        return [int(fixed or 1)] * (len(BATCHES) if (fixed or 1) < LONG else 2)
    accepted = [length for length in LENGTHS + LONGER if _accepts(lowered, length)]
    if not accepted:
        raise ExportError(
            f"model '{lowered.subject.model.name}': expected a model that accepts one of {LENGTHS + LONGER} steps, "
            "got one that accepts none. Reduce its strides or windows."
        )
    return accepted[: len(LENGTHS)]


def _accepts(lowered: Lowered, length: int) -> bool:
    shapes = [_shape(tensor, tensor.shape[0] or 1, length) for tensor in lowered.subject.inputs]
    try:
        output_shapes = lowered.subject.output_shapes(shapes)
    except ValueError:  # a window longer than the input
        return False
    return all(size is None or size > 0 for shape in output_shapes for size in shape)
