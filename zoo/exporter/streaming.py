"""What a stream requires of a model (no layer looks ahead, every output belongs to a step), and its piece length."""

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
    """Refuses layers that are known to look ahead or to wait for the end. `verify_pieces` finds the others.

    Raises:
        ExportError: a layer cannot stream. The message names it and the remedy.
    """
    for step in every_step(steps):
        if reason := why_not_in_pieces(step.operation):
            raise ExportError(f"{title(step.operation)}: {reason}, or export without streaming.")


def piece(subject: Subject) -> int:
    """The number of steps in the shortest piece of a stream; longer pieces are multiples of it.

    Raises:
        ExportError: the model does not have exactly one input with a free time axis, or has an output without one.
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
            f"model '{subject.model.name}': expected one output for every fixed number of steps, got shapes {shapes} "
            f"for {PROBE} steps. Return sequences, or export without streaming."
        )
    return math.lcm(*(PROBE // length for length in lengths))
