"""A model as a function, and batches of rows of different lengths."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

#: A model as a function: (batch, time) ids or (batch, time, features) values -> output of the model's head.
Predictor = Callable[[np.ndarray], np.ndarray]


def in_batches(
    rows: Sequence[np.ndarray], size: int, most_steps: int = 1 << 18, *, padded: bool = True
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Groups rows of similar length into right-padded batches, so that little is computed on padding.

    Args:
        rows: (time,) or (time, features) arrays.
        size: maximum number of rows in a batch.
        most_steps: maximum number of time steps in a batch, padding included; a longer row forms a separate batch.
        padded: whether rows of different lengths may share a batch; if not, there is no padding.

    Yields:
        The indices of the rows in this batch, and the batch, right-padded with 0.
    """
    lengths = np.asarray([len(row) for row in rows])
    order = np.argsort(lengths, kind="stable")[::-1]
    start = 0
    while start < len(order):
        fitting = max(1, most_steps // max(1, int(lengths[order[start]])))
        chosen = order[start : start + min(size, fitting)]
        if not padded:
            chosen = chosen[lengths[chosen] == lengths[chosen[0]]]
        start += len(chosen)
        first = rows[int(chosen[0])]
        batch = np.zeros((len(chosen), len(first), *first.shape[1:]), first.dtype)
        for place, number in enumerate(chosen):
            batch[place, : lengths[number]] = rows[int(number)]
        yield chosen, batch
