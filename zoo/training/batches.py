"""An endless, reproducible stream of batches: batch number k is always the same.

This is why a resumed run ends with the same weights as an uninterrupted one.
"""

import numpy as np
import tensorflow as tf

from zoo.data.examples import Batch, Examples

#: Examples are sorted by length within pools of this many batches: little padding, and the order stays random.
POOL = 64


def training_order(
    lengths: np.ndarray, batch_size: int, seed: int, round_: int, groups: np.ndarray | None = None
) -> list[np.ndarray]:
    """The batches of one pass through the data, in random order; examples of similar length share a batch.

    Args:
        lengths: (examples,) time steps of each.
        batch_size: examples per batch; the last of a pass, or of a group, may have fewer.
        seed: seed of the run.
        round_: number of the pass.
        groups: (examples,) only examples of one group may share a batch; None: any may.

    Returns:
        One array of example numbers per batch; each example occurs exactly once.
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
    """Divides the rows, in their order, into batches that contain rows of one group only."""
    parts = [rows] if groups is None else np.split(rows, np.flatnonzero(np.diff(groups[rows])) + 1)
    return [part[start : start + batch_size] for part in parts for start in range(0, len(part), batch_size)]


def batches_in(examples: Examples, batch_size: int) -> int:
    """Number of batches in one pass."""
    counts = [len(examples.lengths)] if examples.groups is None else np.unique(examples.groups, return_counts=True)[1]
    return sum(-(-int(count) // batch_size) for count in counts)


class TrainingBatches:
    """Training batches by number, for an unlimited number of passes; batch k depends only on the seed and k."""

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
    """Batches that contain every example once, in order of length."""

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
    """All training batches from number `first` on, as a dataset for `fit`."""
    return _dataset(batches, tf.data.Dataset.counter(first))


def validation_data(batches: ValidationBatches) -> tf.data.Dataset:
    """All validation batches, as a dataset for `fit`."""
    return _dataset(batches, tf.data.Dataset.range(len(batches)))


def _dataset(batches: TrainingBatches | ValidationBatches, numbers: tf.data.Dataset) -> tf.data.Dataset:
    """Makes the numbered batches in order, each while the previous one is trained on.

    Avoids `from_generator`, which makes the process's memory allocator return freed memory immediately and so slows
    training down considerably.
    """
    sample = batches.examples.take(np.zeros(1, np.int64))
    types = [array.dtype for array in sample]

    def numbered(number: tf.Tensor) -> tuple[tf.Tensor, ...]:
        arrays = tf.numpy_function(batches.__getitem__, [number], types)
        for array, like in zip(arrays, sample, strict=True):
            # Batch and time may vary; the other dimensions are fixed.
            array.set_shape([None if axis < 2 else size for axis, size in enumerate(like.shape)])
        return tuple(arrays)

    return numbers.map(numbered).prefetch(4)
