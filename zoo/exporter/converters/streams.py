"""The column of the table of converters for streams: whether a layer gives the same outputs in pieces as uncut.

Each function takes the layer and returns why it cannot run in pieces and how to fix that, or None if no reason is
known. Verification in pieces has the last word.
"""

from collections.abc import Callable
from typing import Any

Streams = Callable[[Any], str | None]


def step_by_step(layer: Any) -> None:
    """Streams: each output depends on one step only."""


def unclear(layer: Any) -> None:
    """May stream: its options decide how it uses time, and verification in pieces tests that."""


def whole(layer: Any) -> str:
    """Does not stream: needs the complete sequence before its first output, whatever its options."""
    return "needs the complete sequence, but a stream has no end. Remove it"


def both_ways(layer: Any) -> str:
    """Does not stream: reads the sequence backwards as well."""
    return "also reads backwards, but a stream has no future. Use one direction"


def one_way(layer: Any) -> str | None:
    """A recurrent layer streams if it reads forwards, returns every step, and leaves its states to the file."""
    if layer.stateful:
        return "keeps its own states, but a file for streams keeps them. Set stateful=False"
    if layer.go_backwards:
        return "reads backwards, but a stream has no future. Set go_backwards=False"
    if not layer.return_sequences:
        return "returns one output at the end, but a stream has no end. Set return_sequences=True"
    return None


def window(layer: Any) -> str | None:
    """A convolution over time streams if its window reaches backwards only."""
    if layer.padding != "causal" and max(layer.kernel_size) > 1:
        return f"looks ahead with padding='{layer.padding}', but a stream has no future. Use a causal Conv1D"
    return None
