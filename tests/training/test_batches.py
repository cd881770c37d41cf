import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zoo.data.examples import Batch
from zoo.training.batches import (
    TrainingBatches,
    ValidationBatches,
    batches_in,
    training_data,
    training_order,
    validation_data,
)


class Numbered:
    """Examples in which example n is the number n, with the length `lengths[n]`."""

    def __init__(self, lengths: list[int], groups: list[int] | None = None) -> None:
        self.lengths = np.asarray(lengths)
        self.groups = None if groups is None else np.asarray(groups)

    def take(self, rows: np.ndarray) -> Batch:
        return rows, rows, rows


@given(count=st.integers(1, 300), batch=st.integers(1, 40), seed=st.integers(0, 9), round_=st.integers(0, 9))
def test_a_pass_contains_every_example_once(count: int, batch: int, seed: int, round_: int) -> None:
    lengths = np.random.default_rng(0).integers(1, 50, count)
    batches = training_order(lengths, batch, seed, round_)
    assert sorted(np.concatenate(batches)) == list(range(count))
    assert all(1 <= len(rows) <= batch for rows in batches)


def test_every_pass_has_its_own_order_that_the_seed_reproduces() -> None:
    lengths = np.ones(50, int)
    first, again, next_pass, other_seed = (
        np.concatenate(training_order(lengths, 8, seed, round_)).tolist()
        for seed, round_ in ((1, 0), (1, 0), (1, 1), (2, 0))
    )
    assert first == again
    assert first != next_pass
    assert first != other_seed


def test_examples_of_similar_length_share_a_batch() -> None:
    lengths = np.random.default_rng(3).integers(1, 400, 2000)
    batches = training_order(lengths, 32, 0, 0)
    padded = sum(int(lengths[rows].max()) * len(rows) for rows in batches)
    assert padded < 1.1 * lengths.sum()
    longest_first = [int(lengths[rows].max()) for rows in batches]
    assert longest_first != sorted(longest_first), "short batches must not all come first"


@given(numbers=st.permutations(range(30)))
def test_a_batch_depends_on_its_number_only(numbers: list[int]) -> None:
    examples = Numbered([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    in_order = TrainingBatches(examples, 3, 7)
    expected = [in_order[number][0].tolist() for number in range(30)]
    jumping = TrainingBatches(examples, 3, 7)
    assert {number: jumping[number][0].tolist() for number in numbers} == dict(enumerate(expected))


def test_the_dataset_begins_with_the_given_batch() -> None:
    examples = Numbered([1, 2, 3, 4, 5, 6, 7])
    whole = [x.numpy().tolist() for x, _, _ in training_data(TrainingBatches(examples, 2, 5), 0).take(9)]
    resumed = [x.numpy().tolist() for x, _, _ in training_data(TrainingBatches(examples, 2, 5), 6).take(3)]
    assert resumed == whole[6:]


def test_validation_contains_every_example_once_shortest_first() -> None:
    batches = ValidationBatches(Numbered([4, 1, 3, 1]), 3)
    assert [x.numpy().tolist() for x, _, _ in validation_data(batches)] == [[1, 3, 2], [0]]


@given(groups=st.lists(st.integers(0, 4), min_size=1, max_size=60), batch=st.integers(1, 9), seed=st.integers(0, 9))
def test_examples_of_two_groups_never_share_a_batch(groups: list[int], batch: int, seed: int) -> None:
    examples = Numbered([1] * len(groups), groups)
    count = batches_in(examples, batch)
    training, validation = TrainingBatches(examples, batch, seed), ValidationBatches(examples, batch)
    assert len(validation) == count
    for batches in (training, validation):
        rows = [batches[number][0] for number in range(count)]
        assert sorted(np.concatenate(rows)) == list(range(len(groups)))
        assert all(len({groups[row] for row in part}) == 1 and len(part) <= batch for part in rows)
