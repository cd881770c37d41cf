"""The one-pass optimizers against Keras's own: the same weights after some steps, dense and sparse gradients."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.training.optimizers import Adam, AdamW, fused

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
    """An embedding, whose gradient is sparse and hits one row twice, and a dense kernel after five steps."""
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
    for got, wanted in zip(trained(ours), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD(0.1), keras.optimizers.RMSprop(0.1)])
def test_other_optimizers_stay_as_they_are(optimizer: keras.optimizers.Optimizer) -> None:
    assert fused(optimizer) is optimizer
