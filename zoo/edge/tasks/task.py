"""What a device must know of a task: one row of `TASKS`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from zoo.core.manifest import Manifest
from zoo.edge.answers import Prediction
from zoo.edge.inputs.kind import Contradiction
from zoo.edge.opened import Opened
from zoo.edge.stream import Stream
from zoo.edge.text_stream import TextStream

#: The first time step of a window, and the one behind its last.
Span = tuple[int, int]


@dataclass(frozen=True)
class DeviceTask:
    """One task.

    Attributes:
        name: its name in manifests and recipes.
        reads: kinds of input.
        axes: of the graph's output: 2 for one answer an input, 3 for one a time step.
        contradictions: what a manifest says wrongly of it.
        answer: the open bundle, the output of one input (without the batch axis, cut to the input's own length), the
            input's place, and options -> the answer.
        uses: fields of the manifest's `output`, besides its name and type, that mean something for it; the others must
            be empty.
        formerly: other names that it had, in older manifests and recipes.
        cut: the open bundle and an input's time steps -> the windows that are run instead of the whole; empty if the
            whole is. `answer` is then given the outputs of all of them, and `spans`.
        events: whether the manifest has rules for events.
        options: of `predict`: what is to be answered.
        check: the open bundle and the options that are given: refuses them before anything is run.
        flags: the same on the command line, and the option of `predict` that each becomes.
        flags_for: whom the flags are for, in words.
        stream: the open bundle, its pieces, how it streams, and options of the input kind -> a stream of live input.
        complete: the open bundle, `run`, its pieces or None, a beginning, and how many words -> the whole text.
    """

    name: str
    reads: frozenset[str]
    axes: int
    contradictions: Callable[[Manifest], Iterator[Contradiction]]
    answer: Callable[..., Prediction]
    uses: frozenset[str] = frozenset({"labels"})
    formerly: tuple[str, ...] = ()
    cut: Callable[[Opened, int], Sequence[Span]] | None = None
    events: bool = False
    options: tuple[str, ...] = ()
    check: Callable[..., object] | None = None
    flags: Mapping[str, str] = field(default_factory=dict[str, str])
    flags_for: str = ""
    stream: Callable[..., Stream | TextStream] | None = None
    complete: Callable[..., str] | None = None
