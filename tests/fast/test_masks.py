"""Under any mask, the fast layers have the results and gradients of Keras's own."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from model_cases.making import UNITS

from fast.twins import BATCH, CELLS, Function, assert_same, inputs, states, traced, twins

pytestmark = pytest.mark.table("zoo/fast", "tests/fast/twins.py")

TIME = 9

#: (batch, time) bool of one size, so that kernels are compiled once.
MASKS = hnp.arrays(np.bool_, (BATCH, TIME))


@cache
def functions(cell: str, backwards: bool, zeroed: bool, seed: int) -> tuple[Function, Function]:
    """Keras's layer and ours, with all optional results."""
    theirs, ours = twins(
        cell,
        lambda of_class: of_class(
            UNITS, return_sequences=True, return_state=True, go_backwards=backwards, zero_output_for_mask=zeroed
        ),
        seed=seed,
    )
    initial = len(states(cell))
    return traced(theirs, masked=True, initial=initial), traced(ours, masked=True, initial=initial)


@pytest.mark.parametrize("zeroed", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=30)
@given(mask=MASKS, seed=st.integers(0, 1000))
def test_any_mask_gives_the_results_and_gradients_of_keras(
    cell: str, backwards: bool, zeroed: bool, mask: np.ndarray, seed: int
) -> None:
    theirs, ours = functions(cell, backwards, zeroed, seed % 2)
    feed = inputs(TIME, seed), mask, *states(cell, seed)
    assert_same(ours(*feed), theirs(*feed))


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=30)
@given(mask=MASKS, seed=st.integers(0, 1000))
def test_masked_steps_have_no_effect(cell: str, backwards: bool, mask: np.ndarray, seed: int) -> None:
    _, ours = functions(cell, backwards, False, 0)
    x, initial = inputs(TIME, seed), states(cell, seed)
    moved, kept = np.zeros_like(x), mask.sum(1)
    for row, count in enumerate(kept):
        moved[row, :count] = x[row, mask[row]]
    last = slice(1, 1 + len(initial))
    assert_same(ours(moved, np.arange(TIME) < kept[:, np.newaxis], *initial)[last], ours(x, mask, *initial)[last])


@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=30)
@given(mask=MASKS, seed=st.integers(0, 1000))
def test_values_at_masked_steps_do_not_matter(cell: str, mask: np.ndarray, seed: int) -> None:
    _, ours = functions(cell, False, False, 0)
    x, initial = inputs(TIME, seed), states(cell, seed)
    other = np.where(mask[..., np.newaxis], x, inputs(TIME, seed + 1))
    results, of_other = ours(x, mask, *initial), ours(other, mask, *initial)
    assert all(np.array_equal(one, two) for one, two in zip(results, of_other, strict=True))
    d_inputs = results[1 + len(initial)].numpy()
    assert np.all(d_inputs[~mask] == 0)
