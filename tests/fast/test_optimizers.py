"""The one-pass optimizers reach the same weights as Keras's own, with dense and sparse gradients."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.fast.optimizers import Adam, AdamW, fused

SETTINGS: dict[str, Any] = {
    "adam": keras.optimizers.Adam(0.03),
    "betas": keras.optimizers.Adam(0.03, beta_1=0.7, beta_2=0.9, epsilon=1e-3),
    "weight decay": keras.optimizers.Adam(0.03, weight_decay=0.1),
    "clipped": keras.optimizers.Adam(0.03, global_clipnorm=0.5),
    "adamw": keras.optimizers.AdamW(0.03, weight_decay=0.2),
    "amsgrad": keras.optimizers.Adam(0.03, amsgrad=True),
    "schedule": keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.03, 2, 0.5)),
}


def trained(optimizer: keras.optimizers.Optimizer) -> list[np.ndarray]:
    """After five steps: an embedding, whose sparse gradient hits one row twice, and a dense kernel."""
    random = np.random.default_rng(0)
    table = keras.Variable(random.normal(size=(7, 3)).astype("float32"))
    kernel = keras.Variable(random.normal(size=(3, 2)).astype("float32"))
    optimizer.build([table, kernel])

    @tf.function
    def step(rows: tf.Tensor, target: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((tf.matmul(tf.gather(table.value, rows), kernel.value) - target) ** 2)
        gradients = tape.gradient(loss, [table.value, kernel.value])
        assert isinstance(gradients[0], tf.IndexedSlices)
        optimizer.apply(gradients, [table, kernel])

    for number in range(5):
        step(tf.constant([1, 4, 1, number]), tf.constant(random.normal(size=(4, 2)).astype("float32")))
    return [table.numpy(), kernel.numpy()]


@pytest.mark.parametrize("settings", SETTINGS)
def test_one_pass_gives_the_weights_that_keras_gives(settings: str) -> None:
    optimizer = SETTINGS[settings]
    ours = fused(optimizer)
    assert isinstance(ours, Adam)
    assert isinstance(ours, AdamW) == isinstance(optimizer, keras.optimizers.AdamW)
    assert ours.get_config() == optimizer.get_config() | {"name": ours.name}
    expected = trained(type(optimizer).from_config(optimizer.get_config()))
    for got, reference in zip(trained(ours), expected, strict=True):
        np.testing.assert_allclose(got, reference, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD(0.1), keras.optimizers.RMSprop(0.1)])
def test_other_optimizers_are_unchanged(optimizer: keras.optimizers.Optimizer) -> None:
    assert fused(optimizer) is optimizer


@pytest.mark.parametrize(
    "gradient",
    [
        tf.constant([[1.0, 2.0], [3.0, 4.0]], tf.float64),
        tf.constant([[1.0, 2.0], [3.0, 4.0]], tf.float16),
        tf.constant(2.0),
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        tf.IndexedSlices(tf.constant([[1.0, 2.0]], tf.float64), tf.constant([1]), tf.constant([2, 2])),
    ],
    ids=["float64", "float16", "a number", "numpy", "sparse float64"],
)
def test_a_gradient_of_another_type_or_shape_is_left_to_keras(gradient: Any) -> None:
    weights = []
    for optimizer in (keras.optimizers.Adam(0.1), Adam(0.1)):
        variable = keras.Variable(np.ones((2, 2), "float32"))
        optimizer.build([variable])
        optimizer.apply([gradient], [variable])
        weights.append(variable.numpy())
    np.testing.assert_allclose(weights[1], weights[0], rtol=1e-6)


@pytest.mark.parametrize("betas", [(0.9, 1e-7), (1e-3, 0.999), (0.0, 0.9)])
def test_small_decays_lose_no_precision(betas: tuple[float, float]) -> None:
    options = {"beta_1": betas[0], "beta_2": betas[1]}
    expected = trained(keras.optimizers.Adam(0.03, **options))
    for got, reference in zip(trained(Adam(0.03, **options)), expected, strict=True):
        np.testing.assert_allclose(got, reference, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_a_model_compiled_with_a_one_pass_optimizer_can_be_loaded(kind: type, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(kind(0.01), "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    model.save(tmp_path / "model.keras")
    opened = keras.models.load_model(tmp_path / "model.keras")
    assert type(opened.optimizer) is kind
