import numpy as np

from zoo.core.predictor import in_batches


def test_in_batches_pads_and_returns_every_row_once() -> None:
    rows = [np.arange(1, length + 1) for length in (3, 7, 1, 5, 2)]
    seen: dict[int, list[int]] = {}
    for numbers, batch in in_batches(rows, 2):
        assert batch.shape == (len(numbers), max(len(rows[n]) for n in numbers))
        for number, row in zip(numbers, batch, strict=True):
            seen[int(number)] = row[: len(rows[number])].tolist()
            assert not row[len(rows[number]) :].any()
    assert seen == {n: row.tolist() for n, row in enumerate(rows)}


def test_in_batches_keeps_long_rows_apart() -> None:
    rows = [np.zeros((length, 2), np.float32) for length in (100, 90, 10)]
    assert [batch.shape for _, batch in in_batches(rows, 8, most_steps=150)] == [(1, 100, 2), (1, 90, 2), (1, 10, 2)]


def test_in_batches_without_padding_rows_of_one_length_share_a_batch() -> None:
    rows = [np.full(length, length) for length in (3, 2, 3, 2, 2, 1)]
    found = [(numbers.tolist(), batch.tolist()) for numbers, batch in in_batches(rows, 2, padded=False)]
    assert sorted(number for numbers, _ in found for number in numbers) == list(range(6))
    assert all(batch == [rows[number].tolist() for number in numbers] for numbers, batch in found)
    assert sorted(len(numbers) for numbers, _ in found) == [1, 1, 2, 2]
