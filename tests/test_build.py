from dataclasses import replace
from typing import Any, get_args

import keras
import numpy as np
import pytest

from zoo.build import Statistics, build, describe
from zoo.core.manifest import Feature, RecordingInput, TextInput
from zoo.data.prepared import Prepared
from zoo.fast.cells import CELLS
from zoo.preparing import outline
from zoo.recipe import Recipe
from zoo.schema.layers import Layer
from zoo.schema.model import Cell

SENSOR = RecordingInput(tuple(Feature(name) for name in "abc"), 10.0)
TEXT = TextInput(50, 20)


def built(name: str, *overrides: str, statistics: Statistics | None = None) -> keras.Model:
    recipe = Recipe.load(name, overrides)
    return build(outlined(recipe), statistics)


def outlined(recipe: Recipe) -> Prepared:
    """The recipe's outline with a small vocabulary or three features."""
    return replace(outline(recipe), input=SENSOR if recipe.kind.name == SENSOR.kind else TEXT)


def test_recipes_accept_every_cell_of_the_table() -> None:
    assert get_args(Cell) == tuple(CELLS)


@pytest.mark.parametrize(("cell", "kind"), [("rnn", "SimpleRNN"), ("lstm", "LSTM"), ("gru", "GRU")])
def test_one_setting_switches_the_cell(cell: str, kind: str) -> None:
    for name in ("bed-exit", "next-word", "sentiment"):
        kinds = [row.kind for row in describe(built(name, f"model.cell={cell}")).rows]
        assert any(row.endswith(kind) for row in kinds)
        assert not any(row.endswith(other) for row in kinds for other in {"SimpleRNN", "LSTM", "GRU"} - {kind})


def test_heads_return_one_output_per_step_or_per_text() -> None:
    assert built("bed-exit")(np.zeros((2, 7, 3), np.float32)).shape == (2, 7, 1)
    assert built("sentiment")(np.ones((2, 7), np.int32)).shape == (2, 2)
    words = np.asarray(built("next-word")(np.ones((2, 7), np.int32)))
    assert words.shape == (2, 7, 50)
    assert words.sum(-1) == pytest.approx(np.ones((2, 7)), abs=1e-5)


def test_tied_embeddings_are_stored_once() -> None:
    tied, untied = built("next-word"), built("next-word", "model.tie_embeddings=false")
    units = tied.get_layer("embedding").output_dim
    assert untied.count_params() - tied.count_params() == 50 * units + 50


def test_inputs_and_outputs_have_the_names_that_bundles_expect() -> None:
    model = built("bed-exit")
    assert [tensor.name for tensor in model.inputs] == ["input"]
    assert model.layers[-1].name == "output"
    assert [layer.name for layer in model.layers].count("recurrent") == 1


def test_normalization_scales_by_the_given_statistics() -> None:
    values = [np.asarray([[1.0, 5.0, 2.0], [3.0, 5.0, 4.0]]), np.asarray([[5.0, 5.0, 9.0]])]
    statistics = Statistics.of(values)
    assert statistics.mean == pytest.approx([3.0, 5.0, 5.0])
    assert statistics.variance == pytest.approx([8 / 3, 1.0, 26 / 3]), "a constant feature must not be divided by 0"
    layer = built("bed-exit", statistics=statistics).get_layer("normalization")
    scaled = np.asarray(layer(np.concatenate(values)[None].astype(np.float32)))[0]
    assert scaled.mean(0) == pytest.approx([0, 0, 0], abs=1e-6)
    assert scaled.std(0) == pytest.approx([1, 0, 1], abs=1e-6)


#: A layer of each kind with settings that differ from the defaults, and the settings by their names in Keras.
LAYERS: dict[str, tuple[str, dict[str, Any]]] = {
    "conv1d": (
        "{filters: 5, kernel_size: 3, padding: same, activation: tanh, dilation_rate: 2}",
        {"filters": 5, "kernel_size": (3,), "padding": "same", "activation": "tanh", "dilation_rate": (2,)},
    ),
    "conv1d, strides": ("{filters: 5, kernel_size: 3, strides: 2}", {"strides": (2,), "padding": "causal"}),
    "recurrent": (
        "{units: 5, return_sequences: true, dropout: 0.1, recurrent_dropout: 0.2}",
        {"units": 5, "return_sequences": True, "dropout": 0.1, "recurrent_dropout": 0.2},
    ),
    "bidirectional": ("{units: 5, return_sequences: true, merge_mode: sum}", {"merge_mode": "sum"}),
    "dense": ("{units: 5, activation: gelu}", {"units": 5, "activation": "gelu"}),
    "dropout": ("{rate: 0.15}", {"rate": 0.15}),
    "spatial_dropout": ("{rate: 0.15}", {"rate": 0.15}),
    "layer_normalization": ("{epsilon: 0.02}", {"epsilon": 0.02}),
    "batch_normalization": ("{momentum: 0.7, epsilon: 0.02}", {"momentum": 0.7, "epsilon": 0.02}),
    "pooling": ("{kind: max, scope: local, size: 3}", {"pool_size": (3,)}),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_gets_the_settings_of_the_recipe(name: str) -> None:
    settings, expected = LAYERS[name]
    kind = name.partition(",")[0]
    layers = (
        f"[embedding: {{units: 7, mask_zero: false}}, {kind}: {settings}, pooling: {{kind: average, scope: global}}]"
    )
    model = built("sentiment", f"model.layers={layers}")
    assert model.layers[1].get_config()["output_dim"] == 7
    config = model.layers[2].get_config()
    assert {key: config[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        *((name.partition(",")[0], settings) for name, (settings, _) in LAYERS.items()),
        ("conv1d", "{filters: 5, kernel_size: 3, padding: valid}"),
        ("recurrent", "{units: 5}"),
        ("bidirectional", "{units: 5}"),
        ("pooling", "{kind: average, scope: global}"),
    ],
)
def test_a_layer_changes_time_and_width_as_its_specification_states(kind: str, settings: str) -> None:
    ends = kind in ("recurrent", "bidirectional") and "return_sequences" not in settings
    pooling = [] if ends or "global" in settings else ["pooling: {kind: average, scope: global}"]
    layers = ", ".join(["embedding: {units: 7, mask_zero: false}", f"{kind}: {settings}", *pooling])
    recipe = Recipe.load("sentiment", [f"model.layers=[{layers}]"])
    row, layer = recipe.model.layers[1], build(outlined(recipe)).layers[2]
    x = np.random.default_rng(0).normal(size=(1, 12, 7)).astype(np.float32)
    changed_x = x.copy()
    changed_x[:, -1] += 1
    y, changed_y = np.asarray(layer(x)), np.asarray(layer(changed_x))
    assert y.shape[-1] == row.width(7)
    assert (y.ndim == 2) == (row.ends_time is not None)
    if y.ndim == 3:
        assert (y.shape[1] < 12) == bool(row.thins_time)
    if y.ndim == 3 and y.shape[1] == 12:
        assert np.allclose(y[:, :-1], changed_y[:, :-1]) == (row.looks_ahead is None)


def test_a_bidirectional_layer_gets_the_settings_in_both_directions() -> None:
    settings = "{units: 5, dropout: 0.1, recurrent_dropout: 0.2}"
    model = built("sentiment", f"model.layers=[embedding: {{units: 7}}, bidirectional: {settings}]")
    layer = model.layers[-2]
    for cell in (layer.forward_layer, layer.backward_layer):
        assert (cell.units, cell.dropout, cell.recurrent_dropout) == (5, 0.1, 0.2)


def test_the_tests_build_every_kind_of_layer() -> None:
    kinds = {kind.key for kind in Layer.__subclasses__()}
    assert kinds == {name.partition(",")[0] for name in LAYERS} | {"embedding", "normalization"}


def test_a_summary_lists_layers_shapes_and_parameters() -> None:
    model = built("sentiment")
    summary = describe(model)
    assert summary.parameters == model.count_params() == sum(row.parameters for row in summary.rows)
    assert summary.rows[0].name == "embedding"
    assert summary.rows[-1].output_shape == "(?, 2)"


@pytest.mark.parametrize(
    ("name", "settings", "kernels", "kernel"),
    [
        ("bed-exit", [], "auto", "fast"),
        ("sentiment", [], "auto", "fast"),
        ("sentiment", [], "stock", "stock (training.kernels)"),
        ("sentiment", ["model.layers.2.bidirectional.recurrent_dropout=0.2"], "auto", "stock (recurrent_dropout)"),
    ],
)
def test_a_summary_names_the_kernel_of_a_recurrent_layer(
    name: str, settings: list[str], kernels: str, kernel: str
) -> None:
    rows = describe(built(name, *settings), kernels).rows
    assert [row.kernel for row in rows if row.kernel] == [kernel]


def test_the_saved_model_opens_in_plain_keras(tmp_path) -> None:
    for name in ("bed-exit", "next-word", "sentiment"):
        model = built(name)
        assert all(type(layer).__module__.startswith("keras.") for layer in model.layers)
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        x = np.ones((2, 5, 3), np.float32) if name == "bed-exit" else np.ones((2, 5), np.int32)
        assert np.asarray(loaded(x)) == pytest.approx(np.asarray(model(x)), abs=1e-6)
