"""What a device must know of an input kind: one row of `INPUTS`."""

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
#: A field of the manifest, and what was expected of it.
Contradiction = tuple[str, str]


@dataclass(frozen=True)
class Item:
    """An input that somebody named on the command line.

    Attributes:
        source: where it came from, for messages; "" for what was typed.
        name: what stands for it in an answer: the text itself, or the recording's file.
        raw: what `predict` takes.
        options: of `predict`, that belong to this input.
    """

    source: str
    name: str
    raw: Any
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @contextmanager
    def named(self) -> Generator[None, None, None]:
        """Puts the source in front of what the model objects to."""
        try:
            yield
        except InputError as error:
            if not self.source:
                raise
            raise InputError(f"{self.source}: {error}") from error


@dataclass(frozen=True)
class TrialInput:
    """An input to try a file with.

    Attributes:
        steps: (time, ...) what a live stream is given one by one.
        row: (time, ...) what the graph reads.
        raw: what `predict` takes; None if there is none to give.
        golden: the golden input, or None.
    """

    steps: Array
    row: Array
    raw: Any
    golden: Any = None


@dataclass(frozen=True)
class Trying:
    """How a file is tried on a device.

    Attributes:
        pushed: what a live stream is given, in a word.
        trial: the golden input, or None, and how many steps, or None -> an input to try.
        pushes: a stream and a trial -> a call that pushes the next step.
        differs: `predict`, a stream and a golden input -> what the stream says otherwise; "" if nothing.
    """

    pushed: str
    trial: Callable[[Opened, Any, int | None], TrialInput]
    pushes: Callable[[Any, TrialInput], Callable[[], object] | None]
    differs: Callable[[Callable[[Any], Any], Any, Any], str]


def array_of(array: npt.ArrayLike, name: str, kinds: str, what: str, sizes: tuple[int, ...] = ()) -> Array:
    """An array as the graph's input has it, in the type that it was given in.

    Args:
        array: what was given.
        name: of the input, for messages.
        kinds: of numpy's types that will do.
        what: these are, in words.
        sizes: of the axes behind batch and time.

    Raises:
        InputError: another type or shape, or an axis without anything on it.
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
    """A package that a kind of input needs besides, the extra that brings it, and what it does."""

    name: str
    extra: str
    why: str


@dataclass(frozen=True)
class DeviceInput:
    """One kind of input.

    Attributes:
        kind: its name in manifests.
        place: what a single input is called in messages.
        options: of `predict`: how raw input is to be read.
        flags: the same on the command line, and the argument of `given` that each becomes.
        flags_for: whom the flags are for, in words.
        needs: packages besides numpy and onnxruntime.
        batch: rows that go through the model together, right-padded.
        port: element type of the graph's input, and the sizes of its axes, None where they are free.
        rate_hz: time steps a second of the graph's input; None where a step has no length in seconds.
        contradictions: what a manifest says wrongly of it.
        open: what reading needs of a bundle.
        rows: raw inputs, the place of each, and options -> what the graph reads of each, (time, ...).
        pad: rows -> (batch, time, ...).
        feed: any array -> (batch, time, ...) as the graph takes it.
        given: arguments of the command line and flags -> inputs.
        trying: how a file is tried on a device.
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
    given: Callable[..., Iterator[Item]]
    trying: Trying
