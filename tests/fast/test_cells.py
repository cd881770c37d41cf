"""Each row of the table of cells describes Keras's classes correctly."""

import pytest
from model_cases.making import FEATURES, UNITS

from zoo.fast import why_stock
from zoo.fast.cells import CELLS, LAYERS, cell_of

ROWS = pytest.mark.parametrize("name", CELLS)


@ROWS
def test_a_row_has_three_classes_of_one_cell(name: str) -> None:
    cell = CELLS[name]
    assert isinstance(cell.layer(UNITS).cell, cell.lone)
    assert issubclass(cell.fast, cell.layer)
    parts = (cell.layer(UNITS), cell.lone(UNITS), cell.fast(UNITS), type("Own", (cell.layer,), {})(UNITS))
    assert all(cell_of(part) is cell for part in parts)
    assert cell.layer in LAYERS


@ROWS
def test_a_row_has_as_many_gates_and_states_as_keras(name: str) -> None:
    cell = CELLS[name]
    layer = cell.layer(UNITS)
    layer.build((None, None, FEATURES))
    assert layer.cell.kernel.shape == (FEATURES, len(cell.gates) * UNITS)
    assert len(layer.state_size) == len(cell.states)
    assert len(set(cell.gates)) == len(cell.gates)


@ROWS
def test_the_built_in_options_of_a_kernel_are_the_defaults_of_keras(name: str) -> None:
    cell = CELLS[name]
    assert why_stock(cell.layer(UNITS)) is None
    asked = {"activation", "recurrent_activation", "reset_after"} & cell.layer(UNITS).get_config().keys()
    assert cell.fast.fast_kernel.built_in.keys() == asked
