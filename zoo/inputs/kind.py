"""What training must know of an input kind: one row of `INPUTS`."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.data.examples import Clips
from zoo.data.prepared import Prepared
from zoo.edge.inputs import DeviceInput
from zoo.schema.data import Data, FromFiles, FromSource, Split, SplitBy
from zoo.schema.draft import Draft
from zoo.schema.parts import Parts
from zoo.schema.problems import Problem

#: A loaded data set, whatever it holds: see `zoo.data.records`.
DataSet = Any


@dataclass(frozen=True)
class CardInput:
    """How a card says that an input of the kind is given to the model.

    Attributes:
        noun: what the model reads, such as "a text".
        argument: of `zoo predict`.
        value: of `predict`, in Python.
        comment: behind the line with `value`.
        stream: lines of Python that feed live input; `{answer}` stands for what a push gives.
        package: whose template `card.md` says what the model reads, given `spec`.
    """

    noun: str
    argument: str
    value: str
    stream: str
    package: str
    comment: str = ""


@dataclass(frozen=True)
class Sets:
    """What is done with data sets of a kind.

    Attributes:
        read: the user's own files, as the recipe names them, and progress -> a data set.
        split: a data set and the recipe's split -> side of the split -> a data set.
        unseen: another data set and the recipe's own -> the part of the other that is not in one's own; None if a
            model can read its own data set alone.
        facts: a data set -> what it holds, for a person.
        one: a data set, the name of one of its inputs, and a file to write it to or None -> what there is to see of
            it; None if its inputs have no names.
    """

    read: Callable[..., DataSet]
    split: Callable[[DataSet, Split], Mapping[str, DataSet]]
    unseen: Callable[[DataSet, DataSet], DataSet] | None
    facts: Callable[[DataSet], dict[str, Any]]
    one: Callable[..., Any] | None


@dataclass(frozen=True)
class Encoding:
    """How data become what a model reads.

    Attributes:
        learn: the recipe's data section and the training side -> a tokeniser; None if there is nothing to learn.
        input: the recipe, the features of the data, a tokeniser or None, and `goes_on`, whether the model goes on with
            its own input -> what the model reads.
        encode: a data set, and the recipe's data prepared so far -> one split as the model reads it.
        statistics: one encoded split -> the rows that `normalization` is measured on; empty if nothing is scaled.
        ways: what a clip may be, the usual way first; empty if it is always the whole input.
        whole: the way that is the whole input; None if there are no ways.
        clips: the recipe's data, one encoded split, and one of the ways -> inputs that have one label each.
        window_steps: the recipe, and one of the ways -> time steps of a window; None if clips are no even windows.
        shown: the recipe's data, a data set, and one of the ways -> the same as a user would give them.
        batch: rows of clips -> (batch, time, ...).
        padded: whether rows of different lengths may share a batch: the model passes over the padding.
    """

    learn: Callable[..., Any] | None
    input: Callable[..., Any]
    encode: "Callable[[DataSet, Prepared], Sized]"
    statistics: Callable[[Any], Sequence[np.ndarray]]
    ways: tuple[str, ...]
    whole: str | None
    clips: Callable[..., Clips]
    window_steps: "Callable[[Parts, str | None], int | None]"
    shown: Callable[..., Clips]
    batch: Callable[[Sequence[np.ndarray]], np.ndarray]
    padded: bool


@dataclass(frozen=True)
class InputKind:
    """One kind of input.

    Attributes:
        device: what a device knows of it.
        words: what its inputs are called, more than one of them.
        layers: what the layers are called that read such inputs alone: see `zoo.schema.layers`.
        from_source: what a recipe says of a data set that the zoo knows.
        from_files: what a recipe says of the user's own files.
        problems: what does not fit in a recipe whose data are of this kind: data and layers.
        default_split: how data are split if the recipe does not say.
        sets: what is done with data sets.
        encoding: how they become what a model reads.
        golden: what the model reads -> made-up inputs whose answers travel in the file.
        card: how an input is given to the model.
    """

    device: DeviceInput
    words: str
    layers: str
    from_source: type[FromSource]
    from_files: type[FromFiles]
    problems: "Callable[[Draft], Iterator[Problem]]"
    default_split: Callable[[Data], SplitBy]
    sets: Sets
    encoding: Encoding
    golden: Callable[[Any], list[Any]]
    card: CardInput

    @property
    def name(self) -> str:
        """What recipes and manifests call it."""
        return self.device.kind
