"""What the table of converters says of streams: whether a layer gives in pieces what it gives as a whole.

A column of functions. Each takes the layer, and returns why it cannot run piece by piece and what to do about it; or
None, if nothing is known against it. Running in pieces has the last word.
"""

from collections.abc import Callable
from typing import Any

Streams = Callable[[Any], str | None]


def step_by_step(layer: Any) -> None:
    """Streams: an output is of one step, and knows no other step."""


def tried(layer: Any) -> None:
    """May stream: what it does with time is up to its options, and running it in pieces shows that."""


def whole(layer: Any) -> str:
    """Does not stream: wants the whole sequence before it gives anything, whatever its options."""
    return "needs the whole sequence, and a stream has no end. Remove it"


def both_ways(layer: Any) -> str:
    """Does not stream."""
    return "reads backwards too, and a stream has no future. Use one direction"


def one_way(layer: Any) -> str | None:
    """A recurrent layer streams if it reads forwards, tells every step, and leaves its states to the file."""
    if layer.stateful:
        return "keeps its states itself, and a stream's file keeps them. Set stateful=False"
    if layer.go_backwards:
        return "reads backwards, and a stream has no future. Set go_backwards=False"
    if not layer.return_sequences:
        return "gives one output at the end, and a stream has no end. Set return_sequences=True"
    return None


def window(layer: Any) -> str | None:
    """A convolution over time streams if its window reaches back only."""
    if layer.padding != "causal" and max(layer.kernel_size) > 1:
        return f"looks ahead with padding='{layer.padding}', and a stream has no future. Use a causal Conv1D"
    return None
