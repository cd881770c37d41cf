"""An endless, repeatable stream of batches: batch number k is the same whenever and wherever it is asked for.

That is what lets a resumed run end with the weights of one that was never interrupted.
"""

import numpy as np
import tensorflow as tf

from zoo.data.examples import Batch, Examples

#: Examples are put in order of length within pools of this many batches: little padding, and still a random order.
POOL = 64


def training_order(
    lengths: np.ndarray, batch_size: int, seed: int, round_: int, groups: np.ndarray | None = None
) -> list[np.ndarray]:
    """The batches of one pass through the data: random, but examples of like length share a batch.

    Args:
        lengths: (examples,) time steps of each.
        batch_size: examples in a batch; the last of a pass, or of a group, may have fewer.
        seed: of the run.
        round_: number of the pass.
        groups: (examples,) only examples of one group share a batch; None: any do.

    Returns:
        One array of example numbers a batch; each example occurs exactly once.
    """
    random = np.random.default_rng([seed, round_])
    rows = random.permutation(len(lengths))
    if groups is not None:
        batches = _cut(rows[np.argsort(groups[rows], kind="stable")], batch_size, groups)
        return [batches[i] for i in random.permutation(len(batches))]
    pools = [rows[start : start + POOL * batch_size] for start in range(0, len(rows), POOL * batch_size)]
    rows = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
    batches = _cut(rows, batch_size)
    return [batches[i] for i in random.permutation(len(batches))]


def _cut(rows: np.ndarray, batch_size: int, groups: np.ndarray | None = None) -> list[np.ndarray]:
    """The rows in their order, in batches, none of which has rows of two groups."""
    parts = [rows] if groups is None else np.split(rows, np.flatnonzero(np.diff(groups[rows])) + 1)
    return [part[start : start + batch_size] for part in parts for start in range(0, len(part), batch_size)]


def batches_in(examples: Examples, batch_size: int) -> int:
    """Batches in one pass."""
    counts = [len(examples.lengths)] if examples.groups is None else np.unique(examples.groups, return_counts=True)[1]
    return sum(-(-int(count) // batch_size) for count in counts)


class TrainingBatches:
    """Training batches by number, pass after pass without end; number k is a function of the seed and k alone."""

    def __init__(self, examples: Examples, batch_size: int, seed: int) -> None:
        self.examples, self.batch_size, self.seed = examples, batch_size, seed
        self._round, self._order = -1, list[np.ndarray]()

    def __getitem__(self, number: int) -> Batch:
        """Batch `number`, counted from the first step of the first pass."""
        round_, place = divmod(int(number), batches_in(self.examples, self.batch_size))
        if round_ != self._round:
            self._round = round_
            groups = self.examples.groups
            self._order = training_order(self.examples.lengths, self.batch_size, self.seed, round_, groups)
        return self.examples.take(self._order[place])


class ValidationBatches:
    """Every example once, in order of length."""

    def __init__(self, examples: Examples, batch_size: int) -> None:
        self.examples = examples
        order = np.argsort(examples.lengths if examples.groups is None else examples.groups, kind="stable")
        self._batches = _cut(order, batch_size, examples.groups)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, number: int) -> Batch:
        """Batch `number`."""
        return self.examples.take(self._batches[int(number)])


def training_data(batches: TrainingBatches, first: int) -> tf.data.Dataset:
    """All training batches from number `first` on, as a data set for `fit`."""
    return _dataset(batches, tf.data.Dataset.counter(first))


def validation_data(batches: ValidationBatches) -> tf.data.Dataset:
    """All validation batches, as a data set for `fit`."""
    return _dataset(batches, tf.data.Dataset.range(len(batches)))


def _dataset(batches: TrainingBatches | ValidationBatches, numbers: tf.data.Dataset) -> tf.data.Dataset:
    """Makes the numbered batches, in order, while the one before is trained on.

    Not `from_generator`: that sets the process's memory allocator to give back what it frees at once, and training
    becomes slower by a good part.
    """
    sample = batches.examples.take(np.zeros(1, np.int64))
    types = [array.dtype for array in sample]

    def numbered(number: tf.Tensor) -> tuple[tf.Tensor, ...]:
        arrays = tf.numpy_function(batches.__getitem__, [number], types)
        for array, like in zip(arrays, sample, strict=True):
            # Batch and time may vary; what comes after them is fixed.
            array.set_shape([None if axis < 2 else size for axis, size in enumerate(like.shape)])
        return tuple(arrays)

    return numbers.map(numbered).prefetch(4)
