"""The trainings that are measured: four workloads with three cells, and data from which all of them can learn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

#: Title of each cell by its key.
CELLS = {"rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}

EPOCH = 32  # batches in the data
WINDOW, FEATURES, CLASSES = 128, 9, 6  # a window of nine sensor channels
TOKENS, WORDS, WORD_UNITS = 200, 20_000, 128  # a text
SHORTEST = 50  # tokens of a masked text
STRETCH, VOCABULARY, LANGUAGE_UNITS = 35, 10_000, 200  # a stretch of text whose next words are predicted
UNITS = 64  # of the recurrent layers, except in the language model

#: Inputs and targets of one epoch, in the order of its batches.
Data = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Workload:
    """A model and its data.

    Attributes:
        title: title on the page.
        about: its sizes in one line.
        kind: kind of model.
        masked: whether texts are padded and the padding is masked.
        batch: examples per step.
        data: generates the data; called with a random generator and the number of examples.
    """

    title: str
    about: str
    kind: Literal["windows", "texts", "language"]
    masked: bool
    batch: int
    data: Callable[[np.random.Generator, int], Data]

    def make_data(self) -> Data:
        """The data of an epoch, the same on every call."""
        return self.data(np.random.default_rng(0), EPOCH * self.batch)


def windows(random: np.random.Generator, count: int) -> Data:
    """(count, 128, 9) float32 noise with one channel raised according to the class, and (count,) int32 classes."""
    y = random.integers(0, CLASSES, count, dtype=np.int32)
    x = random.standard_normal((count, WINDOW, FEATURES), dtype=np.float32)
    x[np.arange(count), :, y] += 0.5
    return x, y


def texts(random: np.random.Generator, count: int) -> Data:
    """(count, 200) int32 ids from 1 on, and (count, 1) float32 classes; each class has its own words."""
    y = random.integers(0, 2, (count, 1), dtype=np.int32)
    x = random.integers(1, WORDS // 2, (count, TOKENS), dtype=np.int32) + y * (WORDS // 2)
    return x, y.astype(np.float32)


def padded_texts(random: np.random.Generator, count: int) -> Data:
    """As `texts`, with 50 to 200 tokens, padded with zeros."""
    x, y = texts(random, count)
    lengths = random.integers(SHORTEST, TOKENS + 1, (count, 1))
    return np.where(np.arange(TOKENS) < lengths, x, 0), y


def language(random: np.random.Generator, count: int) -> Data:
    """(count, 35) int32 ids, few of them frequent and most of them rare, and the ids that follow them."""
    chances = 1 / np.arange(10, 10 + VOCABULARY)
    ids = random.choice(VOCABULARY, (count, STRETCH + 1), p=chances / chances.sum()).astype(np.int32)
    return ids[:, :-1], ids[:, 1:]


WORKLOADS = {
    "W1": Workload(
        "W1: windows of a sensor",
        "batch 64, (128, 9), two layers of 64, softmax over 6 classes, Adam(1e-3)",
        kind="windows",
        masked=False,
        batch=64,
        data=windows,
    ),
    "W2": Workload(
        "W2: texts",
        "batch 32, 200 tokens of 20,000 words, embedding of 128, bidirectional layer of 64, 2 classes, Adam(1e-3)",
        kind="texts",
        masked=False,
        batch=32,
        data=texts,
    ),
    "W2-masked": Workload(
        "W2 masked: texts of 50 to 200 tokens",
        "as W2, padded with zeros on the right and masked",
        kind="texts",
        masked=True,
        batch=32,
        data=padded_texts,
    ),
    "W3": Workload(
        "W3: the next word",
        "batch 20, 35 tokens of 10,000 words, embedding of 200, two layers of 200, softmax over 10,000 words at every "
        "step, SGD(1.0), gradients clipped to a norm of 5",
        kind="language",
        masked=False,
        batch=20,
        data=language,
    ),
}


@dataclass(frozen=True)
class Row:
    """A workload and a cell: a row of the tables."""

    workload: str
    cell: str

    @property
    def name(self) -> str:
        """Name on the command line: `W2-masked-gru`."""
        return f"{self.workload}-{self.cell}"

    @property
    def title(self) -> str:
        """Name in tables: `W2 masked, GRU`."""
        return f"{self.workload.replace('-', ' ')}, {CELLS[self.cell]}"


ROWS = tuple(Row(workload, cell) for workload in WORKLOADS for cell in CELLS)


def rows_named(name: str) -> tuple[Row, ...]:
    """The row of that name, or all rows whose names begin with it: `W2` is all of W2, masked or not."""
    return tuple(row for row in ROWS if row.name == name or row.name.startswith(f"{name}-"))
