"""Layers that the fast kernels do not cover run as in Keras, and give the reason."""

from typing import Any

import keras
import pytest
import tensorflow as tf
from keras import layers as kl
from model_cases.making import UNITS

from fast.twins import CELLS, assert_same, inputs, relative_difference, states, twins
from zoo.core.errors import TrainError
from zoo.fast import kernels, why_stock

#: Options, the cells that have them, and the reported reason.
NOT_COVERED: dict[str, tuple[dict[str, Any], tuple[str, ...], str]] = {
    "unrolled": ({"unroll": True}, tuple(CELLS), "unroll"),
    "recurrent dropout": ({"recurrent_dropout": 0.3}, tuple(CELLS), "recurrent_dropout"),
    "no bias": ({"use_bias": False}, tuple(CELLS), "no bias"),
    "relu": ({"activation": "relu"}, tuple(CELLS), "activation"),
    "no activation": ({"activation": None}, tuple(CELLS), "activation"),
    "a custom tanh": ({"activation": tf.tanh}, tuple(CELLS), "activation"),
    "hard gates": ({"recurrent_activation": "hard_sigmoid"}, ("LSTM", "GRU"), "recurrent_activation"),
    "reset before": ({"reset_after": False}, ("GRU",), "reset_after"),
    "dropout by gate": ({"dropout": 0.3, "implementation": 1, "use_cudnn": False}, ("LSTM", "GRU"), "implementation"),
    "all dropped": ({"dropout": 1.0}, ("LSTM", "GRU"), "dropout"),
    "float16": ({"dtype": "float16"}, tuple(CELLS), "float16"),
    "mixed float16": ({"dtype": "mixed_float16"}, tuple(CELLS), "float16"),
    "mixed bfloat16": ({"dtype": "mixed_bfloat16"}, tuple(CELLS), "bfloat16"),
    "float64": ({"dtype": "float64"}, tuple(CELLS), "float64"),
}

COVERED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "nothing set": ({}, tuple(CELLS)),
    "all that may be returned": ({"return_sequences": True, "return_state": True}, tuple(CELLS)),
    "backwards": ({"go_backwards": True}, tuple(CELLS)),
    "zeroed": ({"zero_output_for_mask": True}, tuple(CELLS)),
    "dropout": ({"dropout": 0.3}, tuple(CELLS)),
    "stateful": ({"stateful": True}, tuple(CELLS)),
    "activations by name": ({"activation": "tanh", "recurrent_activation": "sigmoid"}, ("LSTM", "GRU")),
    "no forget bias": ({"unit_forget_bias": False}, ("LSTM",)),
    "gate by gate without dropout": ({"implementation": 1}, ("LSTM", "GRU")),
    "no cuDNN": ({"use_cudnn": False}, ("LSTM", "GRU")),
    "regularised": ({"kernel_regularizer": "l2", "bias_constraint": "non_neg"}, tuple(CELLS)),
}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows by one entry for each run of a fast kernel."""
    calls: list[str] = []
    run = kernels.run

    def noting(*args: Any, **options: Any) -> Any:
        calls.append("run")
        return run(*args, **options)

    monkeypatch.setattr(kernels, "run", noting)
    return calls


@pytest.mark.table("zoo/fast", "tests/fast/twins.py")
@pytest.mark.parametrize(
    ("cell", "name"), [(cell, name) for name, (_, cells, _) in NOT_COVERED.items() for cell in cells]
)
def test_uncovered_layers_run_as_in_keras(cell: str, name: str, runs: list[str]) -> None:
    options, _, reason = NOT_COVERED[name]
    theirs, ours = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True, seed=3, **options))
    assert why_stock(ours) == reason
    x = inputs(7)
    for training in (False, True):
        assert_same([ours(x, training=training)], [theirs(x, training=training)], tolerance=0)
    assert runs == []


@pytest.mark.parametrize(("cell", "name"), [(cell, name) for name, (_, cells) in COVERED.items() for cell in cells])
def test_covered_layers_run_on_a_fast_kernel(cell: str, name: str, runs: list[str]) -> None:
    options, _ = COVERED[name]
    layer = CELLS[cell][1](UNITS, **options)
    assert why_stock(layer) is None
    layer(inputs(7), training=True)
    assert runs == ["run"]


def test_all_inputs_of_a_simple_rnn_are_dropped_as_in_keras() -> None:
    theirs, ours = twins("SimpleRNN", lambda of_class: of_class(UNITS, return_sequences=True, dropout=1.0))
    assert_same([ours(inputs(7), training=True)], [theirs(inputs(7), training=True)])


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_a_request_for_cudnn_fails_as_in_keras(cell: str) -> None:
    for layer in twins(cell, lambda of_class: of_class(UNITS, use_cudnn=True)):
        with pytest.raises(ValueError, match="cuDNN is not supported for this layer configuration"):
            layer(inputs(7))
    assert why_stock(layer) == "use_cudnn"


@pytest.mark.parametrize("cell", CELLS)
def test_a_gpu_runs_the_layers_as_keras_does(cell: str, runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True))
    assert why_stock(ours) is None
    found = {"GPU": ["a GPU"], "CPU": ["a CPU"]}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: found.get(kind or "CPU", []))
    assert why_stock(ours) == "a GPU runs it"
    assert_same([ours(inputs(7))], [theirs(inputs(7))], tolerance=0)
    assert runs == []


def test_devices_other_than_gpus_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [] if kind == "GPU" else ["a CPU"])
    assert why_stock(CELLS["LSTM"][1](UNITS)) is None


@pytest.mark.parametrize("cell", CELLS)
def test_options_set_after_construction_are_respected(cell: str) -> None:
    mask = [[False, True, True, False, True, False, False]] * len(inputs(7))
    changes = {"zero_output_for_mask": True, "go_backwards": True, "return_sequences": False}
    both = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True))
    before = None
    for name, value in changes.items():
        for layer in both:
            setattr(layer, name, value)
        theirs, ours = (layer(inputs(7), mask=tf.constant(mask)) for layer in both)
        assert_same([ours], [theirs])
        assert before is None or before.shape != ours.shape or relative_difference(before, ours) > 0.1
        before = ours


@pytest.mark.parametrize("cell", CELLS)
def test_an_activation_set_after_construction_is_respected(cell: str) -> None:
    both = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True))
    for layer in both:
        layer.cell.activation = keras.activations.relu
    theirs, ours = both
    assert why_stock(ours) == "activation"
    assert_same([ours(inputs(7))], [theirs(inputs(7))], tolerance=0)


@pytest.mark.parametrize("cell", CELLS)
def test_both_directions_zero_masked_steps(cell: str) -> None:
    _, both = twins(cell, lambda of_class: kl.Bidirectional(of_class(UNITS, return_sequences=True)))
    for layer in (both.forward_layer, both.backward_layer):
        assert isinstance(layer, CELLS[cell][1])
        assert layer.zero_output_for_mask
        assert why_stock(layer) is None


@pytest.mark.parametrize("cell", CELLS)
def test_states_of_one_row_are_broadcast(cell: str) -> None:
    theirs, ours = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True, return_state=True))
    first = [state[:1] for state in states(cell)]
    assert_same(ours(inputs(7), initial_state=first), theirs(inputs(7), initial_state=first))


@pytest.mark.parametrize("cell", CELLS)
def test_a_mask_of_one_row_is_broadcast(cell: str) -> None:
    mask = tf.constant([[True, True, False, True, False, True, False]])
    theirs, ours = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True, return_state=True))
    assert_same(ours(inputs(7), mask=mask), theirs(inputs(7), mask=mask))


@pytest.mark.parametrize("wrong", ["mask", "states", "features"])
@pytest.mark.parametrize("cell", CELLS)
def test_sizes_that_do_not_fit_are_refused(cell: str, wrong: str) -> None:
    _, ours = twins(cell, lambda of_class: of_class(UNITS))
    x, options = inputs(7), {}
    if wrong == "mask":
        options["mask"] = tf.ones((len(x), 5), tf.bool)
    elif wrong == "states":
        options["initial_state"] = [state[:, 1:] for state in states(cell)]
    else:
        x = x[..., :2]
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=r"[Ii]ncompatible|[Ss]hape|[Bb]roadcast"):
        ours(x, **options)


@pytest.mark.parametrize("cell", CELLS)
def test_second_and_forward_mode_derivatives_are_refused(cell: str) -> None:
    _, ours = twins(cell, lambda of_class: of_class(UNITS))
    x = tf.constant(inputs(7))
    message = r"expected one reverse-mode derivative, got .* Use zoo\.fast\.stock\(model\), or Keras's own"
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = ours(x)
        slope = tf.reduce_sum(tape.gradient(y, x) ** 2)
    with pytest.raises(TrainError, match=message):
        outer.gradient(slope, x)
    with pytest.raises(TrainError, match=message), tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)):
        ours(x)
