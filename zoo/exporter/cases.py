"""Inputs to verify an export on: random ones that fit any model, with every kind of mask; zeros; and real rows."""

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

#: Sizes of batches, and of the time axis; one goes with the other in turn.
BATCHES = (5, 1, 6, 2)
LENGTHS = (1, 2, 7, 33)
#: Tried when the model is too deep in strides and windows for the lengths above.
LONGER = (16, 64, 129, 513)
#: From so many steps on, a fixed length is tried on two batches only: Keras takes its time for each step.
LONG = 128
#: Ids are drawn below this where no embedding tells how many there are.
UNKNOWN_LIMIT = 10
#: Where the valid steps of a row are; the rows of a batch take turns.
PATTERNS = ("full", "right-padded", "left-padded", "holes", "empty")
RIGHT_PADDED = ("full", "right-padded", "empty")


@dataclass(frozen=True)
class Case:
    """Inputs to run both models on, and how to speak of them."""

    inputs: Arrays
    title: str


def random_cases(
    lowered: Lowered, patterns: Sequence[str] | None = None, lengths: Sequence[int] | None = None
) -> list[Case]:
    """Every length that the model takes, with a batch size in turn; and one of zeros only.

    Args:
        lowered: the model.
        patterns: where the masked steps are; as the model's masks may be, if not given.
        lengths: of the time axis; the shortest ones that the model takes, if not given.

    Raises:
        ExportError: the model takes none of the lengths.
    """
    random = np.random.default_rng(0)
    tensors, readers = lowered.subject.inputs, _readers(lowered)
    fixed = next((tensor.shape[0] for tensor in tensors if tensor.shape[0] is not None), None)
    lengths = lengths or _lengths(lowered)
    sizes = list(zip(lengths, cycle(BATCHES if fixed is None else [fixed]), strict=False))
    patterns = patterns or (RIGHT_PADDED if lowered.right_padded else PATTERNS)
    cases: list[Case] = []
    for number, (length, batch) in enumerate(sizes):
        valid = _valid_steps(random, batch, length, patterns, number)
        drawn = [_sample(random, tensor, readers.get(tensor.name, []), batch, length, valid) for tensor in tensors]
        cases.append(Case(drawn, f"batch {batch}, time {length}"))
    length, batch = sizes[-1][0] if len(set(lengths)) == 1 else lengths[1 % len(lengths)], sizes[0][1]
    zeros = [np.zeros(_shape(tensor, batch, length), tensor.dtype) for tensor in tensors]
    return [*cases, Case(zeros, f"zeros only, batch {batch}, time {length}")]


def real_cases(lowered: Lowered, rows: Sequence[np.ndarray]) -> list[Case]:
    """The rows one by one, each as a batch of one.

    Raises:
        ExportError: a row does not fit the model's one input.
    """
    tensors = lowered.subject.inputs
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


def _valid_steps(
    random: np.random.Generator, batch: int, length: int, patterns: Sequence[str], turn: int
) -> np.ndarray:
    """(batch, length) bool: each row by the next pattern."""
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
    """One random input for the layers that read it, masked where `valid` says so.

    Ids go up to the last one; values are spread about those that a normalization expects, otherwise about 0.
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
    if normalization is not None and not normalization.invert:  # of a size that the model knows: -57 dBm, not 0
        values = values * np.sqrt(np.asarray(normalization.variance)) + np.asarray(normalization.mean)
    values = values.astype(tensor.dtype)
    masking = next((reader for reader in readers if isinstance(reader, kl.Masking)), None)
    if masking is not None and per_step:
        values[~valid] = masking.mask_value
    return values


def _shape(tensor: keras.KerasTensor, batch: int, length: int) -> list[int]:
    return [batch, *(length if size is None else size for size in tensor.shape[1:])][: len(tensor.shape)]


def _readers(lowered: Lowered) -> dict[str, list[keras.Operation]]:
    """What reads each tensor, directly or after a change of its type, by the tensor's name."""
    cast_from = {node.output[0]: node.input[0] for node in lowered.proto.graph.node if node.op_type == "Cast"}
    found: dict[str, list[keras.Operation]] = {}
    for step in every_step(lowered.steps):
        for name in step.reads:
            found.setdefault(cast_from.get(name, name), []).append(step.operation)
    return found


def _lengths(lowered: Lowered) -> list[int]:
    """The shortest four lengths that the model takes; a fixed length counts as one."""
    tensors = lowered.subject.inputs
    if all(None not in tensor.shape[1:] for tensor in tensors):
        fixed = next((tensor.shape[1] for tensor in tensors if len(tensor.shape) > 1), 1)
        return [int(fixed or 1)] * (len(BATCHES) if (fixed or 1) < LONG else 2)
    accepted = [length for length in LENGTHS + LONGER if _accepts(lowered, length)]
    if not accepted:
        raise ExportError(
            f"model '{lowered.subject.model.name}': expected it to take one of {LENGTHS + LONGER} steps, got none. "
            "Lower its strides or windows."
        )
    return accepted[: len(LENGTHS)]


def _accepts(lowered: Lowered, length: int) -> bool:
    shapes = [_shape(tensor, tensor.shape[0] or 1, length) for tensor in lowered.subject.inputs]
    try:
        found = lowered.subject.output_shapes(shapes)
    except ValueError:  # a window longer than the input
        return False
    return all(size is None or size > 0 for shape in found for size in shape)
