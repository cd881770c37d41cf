"""What a stream asks of a model: nothing looks ahead, and every output is a step's. And how long its pieces may be."""

import math
from collections.abc import Iterable

from zoo.core.errors import ExportError
from zoo.exporter.converters.table import why_not_in_pieces
from zoo.exporter.model.subject import Subject
from zoo.exporter.model.trace import title
from zoo.exporter.walk import Step, every_step

#: A length that every sensible stride divides: the least common multiple of 1 to 10.
PROBE = 2520


def check_causal(steps: Iterable[Step]) -> None:
    """Refuses what is known to look ahead or to wait for the end. What is not known, running in pieces shows.

    Raises:
        ExportError: names the layer, and what to do.
    """
    for step in every_step(steps):
        if reason := why_not_in_pieces(step.operation):
            raise ExportError(f"{title(step.operation)}: {reason}, or export without streaming.")


def piece(subject: Subject) -> int:
    """How many steps a piece of a stream has at least; longer ones are multiples of it.

    Raises:
        ExportError: the model has not exactly one input with a free time axis, or an output without one.
    """
    tensors = subject.inputs
    if len(tensors) != 1 or len(tensors[0].shape) < 2 or tensors[0].shape[1] is not None:
        shapes = ", ".join(str(tensor.shape) for tensor in tensors)
        raise ExportError(
            f"model '{subject.model.name}': expected one input with a free time axis, (None, None, ...), got {shapes}. "
            "Change the model's Input, or export without streaming."
        )
    shapes = subject.output_shapes([[tensors[0].shape[0] or 1, PROBE, *tensors[0].shape[2:]]])
    free = [len(leaf.shape) > 1 and leaf.shape[1] is None for leaf in subject.trace.outputs]
    lengths = [shape[1] or 0 for shape in shapes if len(shape) > 1]
    if not all(free) or any(not length or PROBE % length for length in lengths):
        raise ExportError(
            f"model '{subject.model.name}': expected an output for every so many steps, got shapes {shapes} for "
            f"{PROBE} steps. Return sequences, or export without streaming."
        )
    return math.lcm(*(PROBE // length for length in lengths))
