"""Models with fast layers: copied, trained, saved and reverted."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as kl
from model_cases.making import FEATURES, UNITS, WORDS, randomised, sensor, text

from fast.twins import CELLS, assert_same, inputs, relative_difference
from zoo.core.errors import TrainError
from zoo.fast import fast, stock
from zoo.fast.recurrent import GRU, LSTM, SimpleRNN

pytestmark = pytest.mark.table("zoo/fast", "tests/fast/twins.py")

KERAS_OWN, OURS = (tuple(pair[index] for pair in CELLS.values()) for index in (0, 1))


class Scaled(kl.Layer):
    """A custom layer that is not registered with Keras."""

    def __init__(self, by: float, **options: Any) -> None:
        super().__init__(**options)
        self.by = by

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.each = self.add_weight(shape=(shape[-1],), name="each")

    def call(self, x: Any) -> Any:
        return self.by * self.each * x

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"by": self.by}


@keras.saving.register_keras_serializable("tests")
def squared(x: Any) -> Any:
    return x * x


class Subclassed(keras.Model):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.cell = kl.LSTM(UNITS)

    def call(self, x: Any) -> Any:
        return self.cell(x)


def sequential() -> keras.Model:
    return sensor(kl.Dropout(0.2), kl.LSTM(6, return_sequences=True), kl.GRU(5), kl.Dense(2))


def branches() -> keras.Model:
    x, y = keras.Input((None, FEATURES), name="one"), keras.Input((None, FEATURES), name="other")
    shared = kl.GRU(UNITS, return_sequences=True, name="shared")
    one, other = shared(x), shared(y)
    sides = [kl.LSTM(UNITS, return_sequences=True)(one), kl.SimpleRNN(UNITS, return_sequences=True)(other)]
    both = kl.Bidirectional(kl.LSTM(6))(kl.Add()(sides))
    return keras.Model([x, y], [both, kl.GlobalAveragePooling1D()(kl.Concatenate()([other, one]))], name="branches")


def nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((None, FEATURES)), kl.Bidirectional(kl.LSTM(UNITS, return_sequences=True))])
    outer = keras.Sequential([keras.Input((None, FEATURES)), inner, kl.SimpleRNN(5)], name="inside")
    x = keras.Input((None, FEATURES))
    return keras.Model(x, kl.Dense(2)(kl.Add()([outer(x), outer(kl.Rescaling(0.5)(x))])))


def both_directions() -> keras.Model:
    backward = kl.LSTM(UNITS, return_sequences=True, go_backwards=True)
    return text(
        kl.Bidirectional(kl.GRU(UNITS, return_sequences=True), backward_layer=backward),
        kl.Bidirectional(kl.SimpleRNN(5), merge_mode="sum"),
    )


def distributed() -> keras.Model:
    inner = keras.Sequential([keras.Input((None, FEATURES)), kl.GRU(UNITS)])
    x = keras.Input((2, None, FEATURES))
    return keras.Model(x, kl.Concatenate()([kl.TimeDistributed(kl.LSTM(6))(x), kl.TimeDistributed(inner)(x)]))


def tied() -> keras.Model:
    embedding = kl.ReversibleEmbedding(WORDS, UNITS)
    ids = keras.Input((None,), dtype="int32", name="ids")
    return keras.Model(ids, embedding(kl.LSTM(UNITS, return_sequences=True)(embedding(ids)), reverse=True))


def of_ones_own() -> keras.Model:
    return sensor(kl.LSTM(UNITS, return_sequences=True), Scaled(3.0), kl.Lambda(squared), kl.GRU(5))


def states_handed_on() -> keras.Model:
    x, y = keras.Input((None, FEATURES), name="one"), keras.Input((None, FEATURES), name="other")
    _, *states = kl.LSTM(UNITS, return_state=True)(x)
    return keras.Model([x, y], kl.LSTM(UNITS, return_sequences=True)(y, initial_state=states))


def not_covered() -> keras.Model:
    return sensor(kl.LSTM(UNITS, activation="relu", return_sequences=True), kl.GRU(5, unroll=True), time=7)


def regularised() -> keras.Model:
    own = {"kernel_regularizer": "l2", "kernel_initializer": keras.initializers.RandomUniform(seed=3)}
    return sensor(kl.LSTM(UNITS, bias_constraint=keras.constraints.NonNeg(), **own))


MODELS: dict[str, Callable[[], keras.Model]] = {
    build.__name__: build
    for build in (
        *(sequential, branches, nested, both_directions, distributed, tied, of_ones_own, states_handed_on),
        *(not_covered, regularised),
    )
}


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> keras.Model:
    return randomised(MODELS[request.param]())


def some_inputs(model: keras.Model) -> list[Any]:
    random = np.random.default_rng(0)
    return [
        tf.constant(random.integers(0, WORDS, (5, 7)), tf.int32)
        if tensor.dtype == "int32"
        else tf.constant(
            random.standard_normal([size or (5, 7)[axis > 0] for axis, size in enumerate(tensor.shape)]), tf.float32
        )
        for tensor in model.inputs
    ]


def called(model: keras.Model) -> list[Any]:
    return keras.tree.flatten(model(some_inputs(model) if len(model.inputs) > 1 else some_inputs(model)[0]))


def all_layers(layer: kl.Layer) -> Iterator[kl.Layer]:
    """A layer and all layers nested in it."""
    yield layer
    for inner in layer._layers:
        yield from all_layers(inner)


def classes(model: keras.Model) -> list[type]:
    return [type(layer) for layer in all_layers(model)]


def settings(model: keras.Model) -> list[dict[str, Any]]:
    return [layer.get_config() for layer in all_layers(model) if not isinstance(layer, (kl.Wrapper, keras.Model))]


def test_a_fast_model_computes_the_same_with_fast_layers(model: keras.Model) -> None:
    copy = fast(model)
    assert_same(called(copy), called(model))
    assert not set(classes(copy)) & set(KERAS_OWN)
    assert [CELLS[of.__name__][0] if of in OURS else of for of in classes(copy)] == classes(model)
    assert set(classes(copy)) & set(OURS)


def test_stock_reverts_fast(model: keras.Model) -> None:
    back = stock(fast(model))
    assert classes(back) == classes(model)
    assert settings(back) == settings(model)
    assert_same(called(back), called(model), tolerance=0)
    assert all(
        np.array_equal(ours, original) for ours, original in zip(back.get_weights(), model.get_weights(), strict=True)
    )


def test_names_and_positions_are_kept(model: keras.Model) -> None:
    copy = fast(model)
    assert copy.name == model.name
    assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]
    assert [weight.name for weight in copy.weights] == [weight.name for weight in model.weights]
    assert [tensor.shape for tensor in copy.outputs] == [tensor.shape for tensor in model.outputs]


def test_the_model_is_not_changed(model: keras.Model) -> None:
    def state() -> list[Any]:
        nodes = [len(layer._inbound_nodes) for layer in all_layers(model)]
        return [nodes, classes(model), [variable.numpy().tolist() for variable in model.variables]]

    before, outputs = state(), [layer.output for layer in model.layers if len(layer._inbound_nodes) == 1]
    copy = fast(model)
    for variable in copy.trainable_variables:
        variable.assign(variable + 1.0)
    assert state() == before
    assert outputs
    assert all(
        layer.output is output
        for layer, output in zip([part for part in model.layers if len(part._inbound_nodes) == 1], outputs, strict=True)
    )


def test_trained_weights_can_be_copied_back(model: keras.Model) -> None:
    copy = fast(model)
    for variable in copy.trainable_variables:
        variable.assign(variable * 1.5)
    model.set_weights(copy.get_weights())
    assert_same(called(copy), called(model))


def test_fast_and_stock_are_idempotent(model: keras.Model) -> None:
    assert classes(fast(fast(model))) == classes(fast(model))
    assert classes(stock(model)) == classes(model)


def test_trainable_flags_are_kept() -> None:
    frozen = keras.Sequential([keras.Input((None, UNITS)), kl.LSTM(UNITS, return_sequences=True)], name="frozen")
    frozen.trainable = False
    both = kl.Bidirectional(kl.GRU(UNITS), name="both")
    model = sensor(kl.LSTM(UNITS, return_sequences=True, name="one"), frozen, both, kl.Dense(2))
    model.get_layer("one").trainable = False
    both.forward_layer.trainable = False
    copy: Any = fast(model)
    assert [weight.name for weight in copy.trainable_weights] == [weight.name for weight in model.trainable_weights]
    assert len(copy.trainable_weights) == 3 + 2
    assert not copy.get_layer("one").trainable
    assert not copy.get_layer("frozen").trainable
    assert not copy.get_layer("both").forward_layer.trainable


def test_a_shared_layer_stays_shared() -> None:
    copy = fast(branches())
    assert len(copy.weights) == len(branches().weights)
    (shared,) = [layer for layer in copy.layers if isinstance(layer, GRU)]
    assert len(shared._inbound_nodes) == 2
    assert len(fast(tied()).weights) == 1 + 3


def test_an_unbuilt_model_is_copied() -> None:
    copy = fast(keras.Sequential([kl.SimpleRNN(UNITS), kl.Dense(2)]))
    assert not copy.built
    assert copy(inputs(7)).shape == (5, 2)
    assert isinstance(copy.layers[0], SimpleRNN)


@pytest.mark.parametrize("change", [fast, stock])
def test_a_subclassed_model_is_refused(change: Callable[[keras.Model], keras.Model]) -> None:
    alone, inside = Subclassed(name="mine"), sensor(Subclassed(name="mine"), kl.Dense(2), time=7)
    for model in (alone, inside):
        model(inputs(7))
        expected = r"^model 'mine': expected a functional or Sequential model, got a subclassed one\. Use zoo\.fast\."
        with pytest.raises(TrainError, match=expected):
            change(model)


def test_a_lambda_function_is_copied() -> None:
    model = randomised(sensor(kl.LSTM(UNITS), kl.Lambda(lambda x: 2.0 * x)))
    copy = fast(model)
    assert_same([copy(inputs(7))], [model(inputs(7))])
    assert isinstance(copy.layers[0], LSTM)


def test_unnamed_inputs_keep_the_names_from_keras() -> None:
    x, y = keras.Input((None, FEATURES)), keras.Input((None, FEATURES))
    model = randomised(keras.Model([x, y], kl.Subtract()([kl.LSTM(UNITS)(x), kl.LSTM(UNITS)(y)])))
    copy = fast(model)
    assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]
    feed = [inputs(7), inputs(5, seed=1)]
    assert_same([copy(feed)], [model(feed)])


def dropping(of_class: Any) -> keras.Model:
    """A model with dropout between layers, on a layer's inputs, and in both directions."""
    return sensor(
        kl.Dropout(0.3),
        of_class(6, return_sequences=True, dropout=0.2),
        kl.SpatialDropout1D(0.2),
        kl.Bidirectional(of_class(5, dropout=0.3)),
        kl.GaussianNoise(0.1),
        kl.Dense(2),
    )


def trained(model: Any, **options: Any) -> tuple[list[float], list[np.ndarray]]:
    """The losses of 50 steps of Adam, and the final weights."""
    random = np.random.default_rng(1)
    x = random.standard_normal((40, 9, FEATURES)).astype(np.float32)
    y = np.stack([x[:, :, 0].sum(1), np.abs(x[:, -1, 1])], 1)
    model.compile(keras.optimizers.Adam(1e-2), "mse", **options)
    history = model.fit(x, y, batch_size=8, epochs=10, shuffle=False, verbose=0).history["loss"]
    return history, model.get_weights()


@pytest.mark.parametrize("cell", CELLS)
def test_both_learn_the_same_with_the_same_dropout(cell: str) -> None:
    keras.utils.set_random_seed(5)
    model = dropping(CELLS[cell][0])
    copy = fast(model)
    losses, weights = trained(copy)
    expected_losses, expected_weights = trained(model)
    assert losses[-1] < losses[0]
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-4)
    assert_same(weights, expected_weights, tolerance=1e-3)


@pytest.mark.parametrize("cell", CELLS)
def test_equal_seeds_give_identical_results(cell: str) -> None:
    runs = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        runs.append(trained(dropping(CELLS[cell][1])))
    (losses, weights), (again, weights_again) = runs
    assert losses == again
    assert all(np.array_equal(first, second) for first, second in zip(weights, weights_again, strict=True))


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": False}, {"jit_compile": "auto"}])
def test_every_compile_option_gives_the_same_training(options: dict[str, Any]) -> None:
    model = randomised(sensor(kl.LSTM(UNITS), kl.Dense(2)))
    losses, _ = trained(fast(model), **options)
    expected, _ = trained(model)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)


def test_a_layer_works_in_a_compiled_function() -> None:
    model = randomised(sensor(kl.LSTM(UNITS), kl.Dense(2)))
    whole = tf.function(fast(model), jit_compile=True)
    assert_same([whole(inputs(7))], [model(inputs(7))])


def test_predictions_for_many_lengths_are_equal() -> None:
    model: Any = randomised(text(kl.Bidirectional(kl.GRU(UNITS, return_sequences=True)), kl.LSTM(5)))
    copy: Any = fast(model)
    for time in (3, 1, 16, 17, 40, 5):
        ids = np.random.default_rng(time).integers(0, WORDS, (6, time))
        assert_same([copy.predict(ids, verbose=0)], [model.predict(ids, verbose=0)])


def test_threads_do_not_disturb_each_other() -> None:
    model = randomised(sensor(kl.LSTM(UNITS, return_sequences=True)))
    copy = fast(model)
    x, expected = inputs(9), model(inputs(9)).numpy()

    def differences(time: int) -> list[float]:
        return [relative_difference(copy(x[:, :time]), expected[:, :time]) for _ in range(4)]

    with ThreadPoolExecutor(4) as threads:
        largest_differences = [number for numbers in threads.map(differences, range(2, 10)) for number in numbers]
    assert len(largest_differences) == 8 * 4
    assert max(largest_differences) < 1e-5


OPENS_ELSEWHERE = """
import sys
sys.modules["zoo"] = None  # `import zoo` fails
import keras, numpy as np
model = keras.models.load_model(sys.argv[1])
np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0))
try:
    import zoo
except ImportError:
    print("without the zoo")
"""


def test_a_saved_stock_model_opens_without_the_zoo(tmp_path: Path) -> None:
    model = randomised(
        sensor(
            kl.Bidirectional(kl.LSTM(UNITS, return_sequences=True)), kl.SimpleRNN(6, return_sequences=True), kl.GRU(5)
        )
    )
    trained_elsewhere = stock(fast(model))
    trained_elsewhere.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", inputs(7))
    names = [str(tmp_path / name) for name in ("model.keras", "x.npy", "y.npy")]
    process = subprocess.run(
        [sys.executable, "-c", OPENS_ELSEWHERE, *names], capture_output=True, text=True, check=False
    )
    assert process.stdout.strip().endswith("without the zoo"), process.stderr
    assert_same([np.load(tmp_path / "y.npy")], [model(inputs(7))])


def test_a_saved_fast_model_opens_with_the_zoo(tmp_path: Path) -> None:
    model = randomised(sensor(kl.Bidirectional(kl.LSTM(UNITS, return_sequences=True)), kl.SimpleRNN(6)))
    copy = fast(model)
    copy.save(tmp_path / "fast.keras")
    opened: Any = keras.models.load_model(tmp_path / "fast.keras")
    assert isinstance(opened.layers[0].forward_layer, LSTM)
    assert isinstance(opened.layers[1], SimpleRNN)
    assert_same([opened(inputs(7))], [model(inputs(7))])


def test_saved_weights_load_into_either_model(tmp_path: Path) -> None:
    model = randomised(sensor(kl.Bidirectional(kl.LSTM(UNITS, return_sequences=True)), kl.GRU(6)))
    fast(model).save_weights(tmp_path / "of.weights.h5")
    fresh = keras.models.clone_model(model)
    fresh.load_weights(tmp_path / "of.weights.h5")
    assert_same([fresh(inputs(7))], [model(inputs(7))], tolerance=0)


def test_a_tensorflow_saved_model_serves_the_same(tmp_path: Path) -> None:
    model = randomised(sensor(kl.LSTM(UNITS, return_sequences=True), kl.GRU(6)))
    fast(model).export(tmp_path / "served", verbose=False)
    served: Any = tf.saved_model.load(str(tmp_path / "served"))
    for time in (7, 17):
        assert_same([served.serve(inputs(time))], [model(inputs(time))])


@pytest.mark.parametrize("model", [None, keras.layers.LSTM(3)])
@pytest.mark.parametrize("exchange", [fast, stock])
def test_an_object_other_than_a_model_is_refused(exchange: Callable[[Any], Any], model: Any) -> None:
    kind = type(model).__name__
    with pytest.raises(TrainError, match=rf"^model: expected a Keras model, got {kind}\. Give the model that contains"):
        exchange(model)
