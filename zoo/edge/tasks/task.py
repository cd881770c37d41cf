"""Everything that a device must know about a task: one row of `TASKS`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from zoo.core.manifest import Manifest
from zoo.edge.answers import Prediction
from zoo.edge.inputs.kind import Contradiction
from zoo.edge.opened import Opened
from zoo.edge.stream import Stream
from zoo.edge.text_stream import TextStream

#: The first time step of a window, and the one after its last.
Span = tuple[int, int]


@dataclass(frozen=True)
class DeviceTask:
    """One task.

    Attributes:
        name: its name in manifests and recipes.
        reads: input kinds that it accepts.
        axes: axes of the graph's output: 2 for one answer per input, 3 for one per time step.
        contradictions: yields the invalid fields of a manifest for this task.
        answer: the open bundle, the output for one input (without the batch axis and without padding), the input's
            name for messages, and options -> the answer.
        uses: fields of the manifest's `output`, besides its name and type, that have a meaning for the task; the others
            must be empty.
        formerly: its former names in older manifests and recipes.
        cut: the open bundle and an input's time steps -> the windows that are run instead of the complete input; empty
            if the input is run as a whole. `answer` then takes the outputs of all windows, and `spans`.
        events: whether the manifest has event rules.
        options: options of `predict` that control the answer.
        check: the open bundle and the options that are set: refuses invalid ones before anything is run.
        flags: command line flag -> the option of `predict` that it sets.
        flags_for: which models the flags apply to, in words.
        stream: the open bundle, its pieces, how it streams, and options of the input kind -> a stream of live input.
        complete: the open bundle, `run`, its pieces or None, a beginning, and a number of words -> the complete text.
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
