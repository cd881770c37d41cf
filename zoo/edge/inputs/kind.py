"""Everything that a device must know about an input kind: one row of `INPUTS`."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import Manifest
from zoo.edge.opened import Contents, Opened

Array = npt.NDArray[Any]
#: A field of the manifest, and what was expected there.
Contradiction = tuple[str, str]


@dataclass(frozen=True)
class Item:
    """An input named on the command line.

    Attributes:
        source: where it came from, for messages; "" for typed text.
        name: represents it in an answer: the text itself, or the recording's file.
        raw: the argument of `predict`.
        options: options of `predict` for this input.
    """

    source: str
    name: str
    raw: Any
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @contextmanager
    def named(self) -> Generator[None, None, None]:
        """Prepends the source to the messages of input errors."""
        try:
            yield
        except InputError as error:
            if not self.source:
                raise
            raise InputError(f"{self.source}: {error}") from error


@dataclass(frozen=True)
class TrialInput:
    """An input for a trial run of a file.

    Attributes:
        steps: (time, ...) samples or ids for a live stream, pushed one by one.
        row: (time, ...) input of the graph.
        raw: the argument of `predict`; None if there is no suitable one.
        golden: the golden input, or None.
    """

    steps: Array
    row: Array
    raw: Any
    golden: Any = None


@dataclass(frozen=True)
class TrialMethods:
    """How a file is run for a trial on a device.

    Attributes:
        push_unit: the unit that is pushed into a live stream, as a word: "sample" or "word".
        trial: the open bundle, the golden input or None, and the number of steps or None -> a trial input.
        pushes: a stream and a trial input -> a call that pushes the next step.
        differs: `predict`, a stream and a golden input -> how their answers differ; "" if they agree.
    """

    push_unit: str
    trial: Callable[[Opened, Any, int | None], TrialInput]
    pushes: Callable[[Any, TrialInput], Callable[[], object] | None]
    differs: Callable[[Callable[[Any], Any], Any, Any], str]


def array_of(array: npt.ArrayLike, name: str, kinds: str, what: str, sizes: tuple[int, ...] = ()) -> Array:
    """Checks an array against the graph's input; its type is not converted.

    Args:
        array: the array-like value.
        name: name of the input, for messages.
        kinds: the accepted `dtype.kind` characters.
        what: these kinds in words, for messages.
        sizes: sizes of the axes after batch and time.

    Raises:
        InputError: another type or shape, or an axis of size 0.
    """
    try:
        values: Array = np.asarray(array)
    except ValueError:
        raise InputError(f"{name}: expected an array, got rows of different lengths.") from None
    if values.dtype.kind not in kinds and values.size:
        raise InputError(f"{name}: expected {what}, got {values.dtype}.")
    if values.ndim != 2 + len(sizes) or values.shape[2:] != sizes or 0 in values.shape:
        axes = ", ".join(["batch", "time", *map(str, sizes)])
        raise InputError(f"{name}: expected shape ({axes}), none of them 0, got {values.shape}.")
    return values


@dataclass(frozen=True)
class Package:
    """An additional package that an input kind needs, the extra that installs it, and what it does."""

    name: str
    extra: str
    why: str


@dataclass(frozen=True)
class DeviceInput:
    """One kind of input.

    Attributes:
        kind: its name in manifests.
        place: name of a single input in messages.
        options: options of `predict` that control how raw input is read.
        flags: command line flag -> the argument of `items` that it sets.
        flags_for: which models the flags apply to, in words.
        needs: packages required besides numpy and onnxruntime.
        batch: number of rows that the model runs together, right-padded.
        port: element type of the graph's input, and the sizes of its axes, None where they are variable.
        rate_hz: time steps per second of the graph's input; None where a step has no length in seconds.
        contradictions: yields the invalid fields of a manifest for this kind.
        open: opens what reading the input requires of a bundle.
        rows: raw inputs, the name of each for messages, and options -> the graph's input for each, (time, ...).
        pad: rows -> (batch, time, ...).
        feed: any array -> (batch, time, ...) in the type of the graph's input.
        items: command line arguments and flags -> inputs.
        trial_methods: how a file is run for a trial on a device.
    """

    kind: str
    place: str
    options: tuple[str, ...]
    flags: Mapping[str, str]
    flags_for: str
    needs: tuple[Package, ...]
    batch: int
    port: Callable[[Opened], tuple[str, tuple[int | None, ...]]]
    rate_hz: Callable[[Manifest], float | None]
    contradictions: Callable[[Manifest], Iterator[Contradiction]]
    open: Callable[[Contents], Opened]
    rows: Callable[..., list[Array]]
    pad: Callable[[Opened, Sequence[Array]], Array]
    feed: Callable[[Opened, npt.ArrayLike], Array]
    items: Callable[..., Iterator[Item]]
    trial_methods: TrialMethods
