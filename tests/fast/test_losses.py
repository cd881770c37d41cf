"""The compiled loss agrees with the plain one, and `fit` gets the requested kernels."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo import fast as layers
from zoo.fast.losses import NextTokenCrossentropy
from zoo.preparing import prepare
from zoo.recipe import Recipe
from zoo.training.loop import fresh_model
from zoo.training.trainee import trainee


@pytest.mark.parametrize("scale", [1.0, 50.0])
def test_the_compiled_loss_and_its_gradient_are_those_of_the_plain_one(scale: float) -> None:
    random = np.random.default_rng(0)
    logits = tf.constant(scale * random.normal(size=(3, 5, 11)), tf.float32)
    target = tf.constant(random.integers(0, 11, (3, 5)))
    weight = tf.constant(random.choice([0.0, 1.0, 2.0], (3, 5)), tf.float32)
    results = []
    for loss in (
        NextTokenCrossentropy(),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight"),
    ):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss(target, logits, weight)
        results.append((value, tape.gradient(value, logits)))
    (value, gradient), (expected, expected_gradient) = results
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    np.testing.assert_allclose(gradient, expected_gradient, atol=1e-6)


@pytest.mark.parametrize(("kernels", "kind"), [("auto", layers.LSTM), ("stock", keras.layers.LSTM)])
def test_fit_gets_the_kernels_that_the_recipe_requests(tiny_text: Path, kernels: str, kind: type) -> None:
    recipe = Recipe.load(tiny_text, [f"training.kernels={kernels}", "model.cell=lstm"])
    model = fresh_model(prepare(recipe))
    trained, _ = trainee(model, recipe)
    cells = [layer for layer in trained.layers if isinstance(layer, keras.layers.RNN)]
    cells += [layer.forward_layer for layer in trained.layers if isinstance(layer, keras.layers.Bidirectional)]
    assert cells
    assert {type(cell) for cell in cells} == {kind}
    for theirs, ours in zip(model.get_weights(), trained.get_weights(), strict=True):
        assert (theirs == ours).all()
