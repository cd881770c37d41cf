"""What training needs to know about an input kind: one row of `INPUTS`."""

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

#: A loaded data set of any kind: see `zoo.data.records`.
DataSet = Any


@dataclass(frozen=True)
class CardInput:
    """How a card shows passing an input of the kind to the model.

    Attributes:
        noun: what the model reads, such as "a text".
        argument: argument of `zoo predict`.
        value: argument of `predict`, in Python.
        comment: appended to the line with `value`.
        stream: lines of Python that feed live input; `{answer}` stands for the result of a push.
        package: package whose template `card.md` describes what the model reads, from `spec`.
    """

    noun: str
    argument: str
    value: str
    stream: str
    package: str
    comment: str = ""


@dataclass(frozen=True)
class Sets:
    """Operations on data sets of a kind.

    Attributes:
        read: the recipe's description of the user's own files, progress -> a data set.
        split: a data set, the recipe's split -> name of the split -> a data set.
        unseen: another data set, the recipe's own -> the part of the former that is not in the latter; None if a
            model can read only its own data set.
        facts: a data set -> its contents, for a person.
        one: a data set, the name of one of its inputs or None -> that input, for display; None if inputs have no
            names.
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
        learn: the recipe, the training split, progress -> a tokeniser; None if there is nothing to learn.
        input: the recipe, the features of the data, a tokeniser or None, and `continues_text`, whether the
            model continues its own input -> what the model reads.
        encode: a data set, the recipe's data prepared so far -> one split as the model reads it.
        statistics: one encoded split -> the rows that `normalization` is measured on; empty if nothing is scaled.
        ways: the ways to cut clips, the default first; empty if a clip is always the complete input.
        whole: the way in which a clip is the complete input; None if there are no ways.
        clips: the recipe's data, one encoded split, one of the ways -> inputs that have one label each.
        window_steps: the recipe, one of the ways -> time steps per window; None if clips are not windows.
        shown: the recipe's data, a data set, one of the ways -> the same clips in the form that a user passes.
        batch: rows of clips -> (batch, time, ...).
        padded: whether rows of different lengths may share a batch because the model skips padding.
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
        device: the device's half of the kind.
        words: plural noun for its inputs.
        layers: what layers that read only such inputs declare as `reads`: see `zoo.schema.layers`.
        from_source: recipe section for a registered data set.
        from_files: recipe section for the user's own files.
        problems: a draft recipe with data of this kind -> problems of its data and layers.
        default_split: how data are split unless the recipe specifies it.
        sets: operations on data sets.
        encoding: how data sets become what a model reads.
        golden: what the model reads -> made-up inputs whose answers are stored in the file.
        card: how a card shows passing an input to the model.
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
        """Its name in recipes and manifests."""
        return self.device.kind
