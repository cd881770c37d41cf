import numpy as np

from zoo.core.predictor import in_batches


def test_in_batches_pads_and_returns_every_row_once() -> None:
    rows = [np.arange(1, length + 1) for length in (3, 7, 1, 5, 2)]
    unpadded: dict[int, list[int]] = {}
    for numbers, batch in in_batches(rows, 2):
        assert batch.shape == (len(numbers), max(len(rows[n]) for n in numbers))
        for number, row in zip(numbers, batch, strict=True):
            unpadded[int(number)] = row[: len(rows[number])].tolist()
            assert not row[len(rows[number]) :].any()
    assert unpadded == {n: row.tolist() for n, row in enumerate(rows)}


def test_in_batches_puts_long_rows_in_separate_batches() -> None:
    rows = [np.zeros((length, 2), np.float32) for length in (100, 90, 10)]
    assert [batch.shape for _, batch in in_batches(rows, 8, most_steps=150)] == [(1, 100, 2), (1, 90, 2), (1, 10, 2)]


def test_in_batches_without_padding_groups_rows_of_equal_length() -> None:
    rows = [np.full(length, length) for length in (3, 2, 3, 2, 2, 1)]
    batches = [(numbers.tolist(), batch.tolist()) for numbers, batch in in_batches(rows, 2, padded=False)]
    assert sorted(number for numbers, _ in batches for number in numbers) == list(range(6))
    assert all(batch == [rows[number].tolist() for number in numbers] for numbers, batch in batches)
    assert sorted(len(numbers) for numbers, _ in batches) == [1, 1, 2, 2]
