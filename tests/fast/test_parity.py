"""The fast layers have the results and gradients of Keras's own."""

from itertools import combinations, product
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as kl
from model_cases.making import FEATURES, UNITS
from model_cases.recurrent import MERGES

from fast.twins import BATCH, CELLS, assert_same, inputs, results, states, traced, twins
from zoo.fast import why_stock

pytestmark = pytest.mark.table("zoo/fast", "tests/fast/twins.py")

OPTIONS = ("states", "given", "zeroed", "dropout", "stateful")

#: Direction, result, mask, further options, and numbers of time steps: each pair of settings occurs together in at
#: least one row.
ROWS = [
    ("forwards", "last", "none", "zeroed", (7, 1)),
    ("backwards", "sequence", "none", "states given dropout stateful", (17,)),
    ("forwards", "last", "right", "states given zeroed stateful", (40,)),
    ("backwards", "last", "right", "given", (7, 1)),
    ("backwards", "sequence", "right", "states zeroed dropout stateful", (17,)),
    ("forwards", "last", "left", "states dropout", (40,)),
    ("backwards", "sequence", "left", "given zeroed stateful", (7, 1)),
    ("forwards", "sequence", "holes", "states given zeroed", (17,)),
    ("backwards", "last", "holes", "dropout stateful", (40,)),
    ("forwards", "last", "empty row", "states zeroed stateful", (7, 1)),
    ("backwards", "sequence", "empty row", "given dropout", (17,)),
    ("forwards", "last", "late start", "states dropout stateful", (40,)),
    ("backwards", "sequence", "late start", "given zeroed", (7, 1)),
]


def mask_of(pattern: str, time: int, seed: int = 0) -> np.ndarray:
    """(batch, time) bool, with different rows if there are enough steps."""
    random = np.random.default_rng(seed)
    valid = random.integers(1, time, (BATCH, 1), endpoint=True)
    steps, some = np.arange(time), random.random((BATCH, time)) < 0.6
    match pattern:
        case "right":
            return steps < valid
        case "left":
            return steps >= time - valid
        case "holes":
            return some | (steps == 0) | (steps == time - 1)
        case "late start":
            return some & (steps > time // 3)
        case _:
            return some & (np.arange(BATCH) != 2)[:, np.newaxis]


def settings(row: tuple[Any, ...]) -> tuple[Any, ...]:
    direction, returned, mask, options, _ = row
    return direction, returned, mask, *(option in options.split() for option in OPTIONS)


def test_every_pair_of_settings_has_a_row() -> None:
    values = [
        ("forwards", "backwards"),
        ("last", "sequence"),
        {row[2] for row in ROWS},
        *[(False, True)] * len(OPTIONS),
    ]
    assert len(values[2]) == 6
    for first, second in combinations(range(len(values)), 2):
        pairs = {(settings(row)[first], settings(row)[second]) for row in ROWS}
        assert pairs == set(product(values[first], values[second]))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row[:4]).replace(" ", "-"))
@pytest.mark.parametrize("cell", CELLS)
def test_outputs_states_and_all_gradients_are_equal(cell: str, row: tuple[Any, ...]) -> None:
    direction, returned, pattern, options, lengths = row
    batch = BATCH if "stateful" in options else None
    both = twins(
        cell,
        lambda of_class: of_class(
            UNITS,
            go_backwards=direction == "backwards",
            return_sequences=returned == "sequence",
            return_state="states" in options,
            zero_output_for_mask="zeroed" in options,
            dropout=0.4 if "dropout" in options else 0.0,
            stateful="stateful" in options,
            seed=3,
        ),
        batch=batch,
    )
    assert why_stock(both[1]) is None
    masked, initial = pattern != "none", len(states(cell)) if "given" in options else 0
    theirs, ours = (
        traced(layer, batch=batch, masked=masked, initial=initial, training="dropout" in options) for layer in both
    )
    seen = []
    for time in lengths:
        for number in range(3 if "stateful" in options else 1):  # each starts where the previous one ended
            feed = [inputs(time, number), *[mask_of(pattern, time, number)] * masked, *states(cell, number)[:initial]]
            expected = theirs(*feed)
            assert_same(ours(*feed), expected)
            seen.append(expected[0].numpy())
    if "stateful" in options and "dropout" not in options and not initial:
        assert not np.array_equal(seen[0], seen[1])
        for layer in both:
            layer.reset_state()
        feed = [inputs(lengths[-1]), *[mask_of(pattern, lengths[-1])] * masked]
        assert_same(ours(*feed), theirs(*feed))


@pytest.mark.parametrize("merge", MERGES)
@pytest.mark.parametrize("cell", CELLS)
def test_both_directions_are_merged_in_every_way(cell: str, merge: Any) -> None:
    both = twins(cell, lambda of_class: kl.Bidirectional(of_class(UNITS, return_sequences=True), merge))
    theirs, ours = (traced(layer, masked=True) for layer in both)
    for pattern in ("holes", "empty row"):
        feed = inputs(7), mask_of(pattern, 7)
        assert_same(ours(*feed), theirs(*feed))


@pytest.mark.parametrize("cell", CELLS)
def test_both_directions_start_from_their_initial_states(cell: str) -> None:
    both = twins(cell, lambda of_class: kl.Bidirectional(of_class(UNITS, return_state=True)))
    first = [*states(cell), *states(cell, 1)]
    theirs, ours = (traced(layer, initial=len(first)) for layer in both)
    assert_same(ours(inputs(7), *first), theirs(inputs(7), *first))


def stacked(of_class: Any) -> keras.Model:
    return keras.Sequential([kl.Masking(), of_class(6, return_sequences=True), of_class(UNITS, return_sequences=True)])


def regularised(of_class: Any) -> kl.Layer:
    return of_class(
        UNITS, kernel_regularizer="l2", recurrent_regularizer="l1", bias_regularizer="l2", activity_regularizer="l1"
    )


def of_one_feature(of_class: Any) -> keras.Model:
    """The narrowest layers."""
    return keras.Sequential([kl.Dense(1), of_class(1, return_sequences=True), of_class(2)])


@pytest.mark.parametrize("make", [stacked, regularised, of_one_feature])
@pytest.mark.parametrize("cell", CELLS)
def test_models_of_several_layers_have_equal_gradients(cell: str, make: Any) -> None:
    theirs, ours = (traced(layer) for layer in twins(cell, make))
    x = inputs(7)
    x[1, 4:] = x[2] = 0.0  # steps that Masking masks
    assert_same(ours(x), theirs(x))


@pytest.mark.parametrize("cell", CELLS)
def test_a_layer_that_is_called_twice_sums_its_gradients(cell: str) -> None:
    results_of_both = []
    for layer in twins(cell, lambda of_class: of_class(FEATURES, return_sequences=True)):

        @tf.function(autograph=False)
        def call(x: Any, layer: kl.Layer = layer) -> list[Any]:
            with tf.GradientTape() as tape:
                y = layer(layer(x), mask=mask_of("holes", 7))
                loss = tf.reduce_sum(tf.sin(3.0 * y))
            return [y, *tape.gradient(loss, [weight.value for weight in layer.trainable_weights])]

        results_of_both.append(call(inputs(7)))
    assert_same(results_of_both[1], results_of_both[0])


@pytest.mark.parametrize("cell", CELLS)
def test_a_frozen_layer_lets_gradients_through(cell: str) -> None:
    both = twins(cell, lambda of_class: of_class(UNITS))
    for layer in both:
        layer.trainable = False
    theirs, ours = (traced(layer)(inputs(7)) for layer in both)
    assert len(ours) == 2
    assert np.abs(ours[1]).max() > 0
    assert_same(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_an_eager_call_has_equal_gradients(cell: str) -> None:
    theirs, ours = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True, return_state=True))
    for time in (1, 7, 17):
        feed = tf.constant(inputs(time)), mask_of("holes", time), *map(tf.constant, states(cell))
        assert_same(results(ours, *feed), results(theirs, *feed))


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_persistent_tape_gives_gradients_repeatedly(cell: str, eager: bool) -> None:
    def call(layer: kl.Layer, x: tf.Tensor) -> list[Any]:
        with tf.GradientTape() as outer, tf.GradientTape(persistent=True) as tape:
            outer.watch(x)
            tape.watch(x)
            y, *last = layer(x)
            one, other = tf.reduce_sum(tf.sin(y)), tf.reduce_sum(tf.cos(last[-1]))
        return [tape.gradient(one, x), tape.gradient(other, x), outer.gradient(one, x)]

    both = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True, return_state=True))
    run = call if eager else tf.function(call, autograph=False)
    theirs, ours = (run(layer, tf.constant(inputs(7))) for layer in both)
    assert_same(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_free_and_fixed_axes_give_the_same(cell: str) -> None:
    def make(of_class: Any) -> kl.Layer:
        return of_class(UNITS, return_sequences=True, return_state=True, go_backwards=True)

    _, ours = twins(cell, make)
    feed = inputs(17), mask_of("holes", 17), *states(cell)
    free, *fixed = (
        traced(ours, batch=batch, time=time, masked=True, initial=len(states(cell)))(*feed)
        for batch, time in product((None, BATCH), (None, 17))
    )
    assert len(fixed) == 3
    for of_fixed in fixed:
        assert_same(of_fixed, free)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_static_shapes_are_those_of_keras(cell: str, sequences: bool, masked: bool) -> None:
    both = twins(cell, lambda of_class: of_class(UNITS, return_sequences=sequences, return_state=True))
    for batch, time in product((None, BATCH), (None, 7)):
        signature = [tf.TensorSpec((batch, time, FEATURES)), *[tf.TensorSpec((None, None), tf.bool)] * masked]
        theirs, ours = (
            tf.function(lambda x, mask=None, layer=layer: layer(x, mask=mask), signature, autograph=False)
            .get_concrete_function()
            .output_shapes
            for layer in both
        )
        assert [shape.as_list() for shape in ours] == [shape.as_list() for shape in theirs]


@pytest.mark.parametrize("cell", CELLS)
def test_one_function_accepts_any_length_and_batch(cell: str) -> None:
    theirs, ours = (
        traced(layer, masked=True) for layer in twins(cell, lambda of_class: of_class(UNITS, return_sequences=True))
    )
    for time in (15, 16, 2, 17):
        for rows in (1, BATCH):
            feed = inputs(time)[:rows], mask_of("holes", time)[:rows]
            assert_same(ours(*feed), theirs(*feed))


@pytest.mark.parametrize("cell", CELLS)
def test_an_empty_batch_gives_an_empty_result(cell: str) -> None:
    _, ours = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True))
    y, d_inputs, *d_weights = traced(ours)(inputs(7)[:0])
    assert (y.shape, d_inputs.shape) == ((0, 7, UNITS), (0, 7, FEATURES))
    assert all(np.all(np.asarray(gradient) == 0) for gradient in d_weights)
    assert len(d_weights) == 3


@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_without_steps_is_refused_as_by_keras(cell: str) -> None:
    for layer in twins(cell, lambda of_class: of_class(UNITS)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="slice index 0 of dimension"):
            layer(inputs(7)[:, :0])


KINDS_OF_INPUTS = {
    "float64": lambda x: x.astype(np.float64),
    "float16": lambda x: tf.constant(x, tf.float16),
    "int32": lambda x: (3 * x).astype(np.int32),
    "uint8": lambda x: (x > 0).astype(np.uint8),
    "bool": lambda x: x > 0,
}


@pytest.mark.parametrize("kind", KINDS_OF_INPUTS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_kind_of_inputs_is_accepted(cell: str, kind: str) -> None:
    x = KINDS_OF_INPUTS[kind](inputs(7))
    theirs, ours = (
        layer(x) for layer in twins(cell, lambda of_class: of_class(UNITS, return_sequences=True, go_backwards=True))
    )
    assert_same([ours], [theirs])


KINDS_OF_MASKS = {
    "numpy": lambda mask: mask,
    "bool": tf.constant,
    "int32": lambda mask: tf.constant(mask, tf.int32),
    "float32": lambda mask: 0.5 * tf.cast(mask, tf.float32),
    "one for all features": lambda mask: tf.expand_dims(mask, -1),
}


@pytest.mark.parametrize("kind", KINDS_OF_MASKS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_kind_of_mask_is_accepted(cell: str, kind: str) -> None:
    mask = KINDS_OF_MASKS[kind](mask_of("holes", 7))
    theirs, ours = (
        layer(inputs(7), mask=mask) for layer in twins(cell, lambda of_class: of_class(UNITS, return_sequences=True))
    )
    assert_same([ours], [theirs])


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_nan_and_infinity_propagate_as_in_keras(cell: str, masked: bool, wrong: float) -> None:
    x, mask = inputs(7), mask_of("holes", 7)
    x[1, 3], x[2, 0, 1], x[4] = wrong, wrong, wrong
    both = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True, return_state=True))
    theirs, ours = (layer(x, mask=mask if masked else None) for layer in both)
    for got, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)  # treats NaN as equal to NaN


@pytest.mark.parametrize("size", [1e-30, 1e20, 3e38])
@pytest.mark.parametrize("cell", CELLS)
def test_the_smallest_and_largest_inputs_saturate_as_in_keras(cell: str, size: float) -> None:
    x = (np.sign(inputs(7)) * size).astype(np.float32)
    theirs, ours = (traced(layer)(x) for layer in twins(cell, lambda of_class: of_class(UNITS, return_sequences=True)))
    assert np.all(np.isfinite(theirs[0]))
    assert_same([ours[0]], [theirs[0]])


@pytest.mark.parametrize("bias", [-6.0, -10.0, -20.0])
@pytest.mark.parametrize(("cell", "gates"), [("LSTM", (0, 1, 3)), ("GRU", (0, 1))])
def test_nearly_closed_gates_lose_no_precision(cell: str, gates: tuple[int, ...], bias: float) -> None:
    both = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True))
    for layer in both:
        shift = np.zeros(layer.cell.bias.shape, np.float32)
        for gate in gates:
            shift[..., gate * UNITS : (gate + 1) * UNITS] = bias
        layer.cell.bias.assign(layer.cell.bias + shift)
    theirs, ours = (traced(layer)(inputs(7)) for layer in both)
    assert_same(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_an_outer_tape_may_record(cell: str) -> None:
    def gradients(layer: kl.Layer) -> list[Any]:
        x = tf.constant(inputs(7))
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                energy = tf.reduce_sum(layer(x) ** 2)
            inner = tape.gradient(energy, x)
            loss = tf.reduce_sum(layer(x + tf.stop_gradient(inner)))
        return [inner, outer.gradient(loss, x)]

    theirs, ours = map(gradients, twins(cell, lambda of_class: of_class(UNITS)))
    assert_same(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_a_jacobian_is_equal(cell: str) -> None:
    def jacobian(layer: kl.Layer) -> list[Any]:
        x = tf.constant(inputs(3))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        return [tape.jacobian(y, x)]

    theirs, ours = map(jacobian, twins(cell, lambda of_class: of_class(UNITS)))
    assert_same(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_a_layer_in_a_branch_has_gradients(cell: str) -> None:
    @tf.function
    def gradients(layer: kl.Layer, x: tf.Tensor) -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.cond(tf.reduce_sum(x) < 1e9, lambda: tf.reduce_sum(layer(x) ** 2), lambda: 0.0)
        return tape.gradient(y, [x, *(weight.value for weight in layer.trainable_weights)])

    theirs, ours = (gradients(one, tf.constant(inputs(7))) for one in twins(cell, lambda of_class: of_class(UNITS)))
    assert_same(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_the_number_of_features_may_be_unknown(cell: str) -> None:
    def gradient(layer: kl.Layer) -> list[Any]:
        @tf.function(input_signature=[tf.TensorSpec([None, None, None])])
        def of(x: tf.Tensor) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x)
            return tape.gradient(y, x)

        return [of(tf.constant(inputs(7)))]

    theirs, ours = map(gradient, twins(cell, lambda of_class: of_class(UNITS)))
    assert_same(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_masks_per_unit_and_lists_of_none_work_as_in_keras(cell: str) -> None:
    both = twins(cell, lambda of_class: of_class(UNITS, return_sequences=True))
    of_units = np.random.default_rng(3).random((len(inputs(7)), 7, UNITS)) < 0.6
    assert_same(*([layer(inputs(7), mask=of_units)] for layer in both[::-1]))
    assert_same([both[1](inputs(7), mask=[None])], [both[0](inputs(7))])
