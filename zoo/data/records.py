"""Data sets as training sees them, whatever file they came from: frozen values, numbers in numpy arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from zoo.core.manifest import Feature
from zoo.edge.inputs.recording import RECORDING
from zoo.edge.inputs.text import TEXT

#: The splits of a data set.
SPLITS = ("train", "validation", "test")

#: Label of a sample that belongs to no class.
NO_LABEL = -1


@dataclass(frozen=True)
class About:
    """The origin of data, which a model trained on them records.

    Attributes:
        name: the source's name; for the user's own data, the file's.
        title: one line for a reader.
        licence: as the publisher states it; "" for the user's own data.
        cite: the paper to cite; "" if there is none.
        sha256: of the file that was read; of several files, the digest of their digests.
        url: the publisher's page; "" for the user's own data.
    """

    name: str
    title: str
    licence: str
    cite: str
    sha256: str
    url: str


@dataclass(frozen=True, eq=False)
class Recording:
    """One uninterrupted recording of one subject.

    Attributes:
        name: unique within the data set.
        subject: who was recorded; recordings of one subject never fall into two splits.
        time_s: (time,) float64, seconds, rising.
        values: (time, features) float32, in the features' units.
        labels: (time,) int16, index into the data set's `label_names`, or `NO_LABEL`.
    """

    name: str
    subject: str
    time_s: NDArray[np.float64]
    values: NDArray[np.float32]
    labels: NDArray[np.int16]

    def cut(self, start: int, stop: int) -> "Recording":
        """The samples from `start` up to but not including `stop`, as a separate recording with unchanged times."""
        part = slice(start, stop)
        name = f"{self.name}[{start}:{stop}]"
        return Recording(name, self.subject, self.time_s[part], self.values[part], self.labels[part])


@dataclass(frozen=True, eq=False)
class RecordingSet:
    """Labelled recordings that share their features.

    Attributes:
        name: the source's name.
        features: name, unit and range of each column of `Recording.values`.
        label_names: names of the label numbers.
        recordings: in a fixed order.
        test_subjects: the publisher's test subjects, or None if it names none.
        splits: name of the recording -> "train", "validation" or "test", or None if the data define no split.
        about: origin of the data.
        parts: name of the recording -> its part of the data set, or None if the data set has no parts.
    """

    kind: ClassVar[str] = RECORDING.kind
    """Name of the input kind."""

    name: str
    features: tuple[Feature, ...]
    label_names: tuple[str, ...]
    recordings: tuple[Recording, ...]
    test_subjects: frozenset[str] | None
    splits: dict[str, str] | None
    about: About
    parts: dict[str, str] | None = None

    def __len__(self) -> int:
        return len(self.recordings)

    def only(self, parts: Sequence[str]) -> "RecordingSet":
        """The recordings of these parts."""
        part_of = self.parts or {}
        return self.of(recording for recording in self.recordings if part_of.get(recording.name) in parts)

    def of(self, recordings: Iterable[Recording]) -> "RecordingSet":
        """The same data set with these recordings only."""
        return replace(self, recordings=tuple(recordings))


@dataclass(frozen=True, eq=False)
class TextSet:
    """Texts, with or without a label each.

    Attributes:
        name: the source's name.
        texts: N texts, in a fixed order.
        labels: (N,) int16, index into `label_names`, or None if there are none.
        label_names: names of the label numbers; empty without labels.
        groups: the group of each text, such as its author, or None; one group never falls into two splits.
        splits: "train", "validation" or "test" for each text, or None if the data define no split.
        parts: each text's part of the data set, or None if the data set has no parts.
        about: origin of the data.
    """

    kind: ClassVar[str] = TEXT.kind
    """Name of the input kind."""

    name: str
    texts: list[str]
    labels: NDArray[np.int16] | None
    label_names: tuple[str, ...]
    groups: list[str] | None
    splits: list[str] | None
    parts: list[str] | None
    about: About

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def features(self) -> tuple[Feature, ...]:
        """Texts have none."""
        return ()

    def only(self, parts: Sequence[str]) -> "TextSet":
        """The texts of these parts."""
        return self.at([number for number, part in enumerate(self.parts or ()) if part in parts])

    def at(self, numbers: Sequence[int]) -> "TextSet":
        """The texts at these positions."""
        return replace(
            self,
            texts=[self.texts[number] for number in numbers],
            labels=None if self.labels is None else self.labels[np.asarray(numbers, np.intp)],
            groups=None if self.groups is None else [self.groups[number] for number in numbers],
            splits=None if self.splits is None else [self.splits[number] for number in numbers],
            parts=None if self.parts is None else [self.parts[number] for number in numbers],
        )
