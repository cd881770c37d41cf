"""What a stream asks of a model: nothing looks ahead, and every output is a step's. And how long its pieces may be."""

import math
from collections.abc import Iterable

import keras
from keras import layers as kl

from zoo.core.errors import ExportError
from zoo.exporter.model.subject import Subject
from zoo.exporter.model.trace import title
from zoo.exporter.walk import Step, every_step

#: Layers that want the whole sequence before they give anything, whatever their options.
WHOLE = (
    kl.AdditiveAttention,
    kl.Attention,
    kl.AveragePooling1D,
    kl.Bidirectional,
    kl.Flatten,
    kl.GlobalAveragePooling1D,
    kl.GlobalMaxPooling1D,
    kl.GroupQueryAttention,
    kl.MaxPooling1D,
    kl.MultiHeadAttention,
)
WINDOWED = (kl.Conv1D, kl.DepthwiseConv1D, kl.SeparableConv1D)

#: A length that every sensible stride divides: the least common multiple of 1 to 10.
PROBE = 2520


def check_causal(steps: Iterable[Step]) -> None:
    """Refuses what is known to look ahead or to wait for the end. What is not known, running in pieces shows.

    Raises:
        ExportError: names the layer, and what to do.
    """
    for step in every_step(steps):
        if reason := _reason(step.operation):
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


def _reason(operation: keras.Operation) -> str | None:
    """Why a layer cannot run piece by piece, and what to do; None if nothing is known against it."""
    if isinstance(operation, kl.Bidirectional):
        return "reads backwards too, and a stream has no future. Use one direction"
    if isinstance(operation, WHOLE):
        return "needs the whole sequence, and a stream has no end. Remove it"
    if isinstance(operation, kl.RNN):
        if operation.stateful:
            return "keeps its states itself, and a stream's file keeps them. Set stateful=False"
        if operation.go_backwards:
            return "reads backwards, and a stream has no future. Set go_backwards=False"
        if not operation.return_sequences:
            return "gives one output at the end, and a stream has no end. Set return_sequences=True"
    if isinstance(operation, WINDOWED) and operation.padding != "causal" and max(operation.kernel_size) > 1:
        return f"looks ahead with padding='{operation.padding}', and a stream has no future. Use a causal Conv1D"
    return None
