"""The few lengths to which free time axes are padded."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from zoo.fast.kernels.hoisted import padded_length

LONGEST = 5000


@pytest.fixture(scope="module")
def sizes() -> np.ndarray:
    """The padded lengths for 1, 2, 3, ... steps."""
    steps = tf.range(1, LONGEST + 1)
    return tf.function(lambda: tf.map_fn(padded_length, steps), autograph=False)().numpy()


@pytest.mark.parametrize(
    ("steps", "size"),
    [
        *((1, 16), (2, 16), (15, 16), (16, 16), (17, 32), (31, 32), (32, 32), (33, 48), (48, 48), (49, 64), (63, 64)),
        *((64, 64), (65, 80), (80, 80), (81, 96), (113, 128), (127, 128), (128, 128), (129, 160), (160, 160)),
        *((161, 192), (255, 256), (256, 256), (257, 320), (511, 512), (512, 512), (513, 640), (1023, 1024)),
        *((1024, 1024), (1025, 1280), (2047, 2048), (2048, 2048), (2049, 2560), (4095, 4096), (4096, 4096)),
        *((4097, 5120), (5000, 5120)),
    ],
)
def test_lengths_around_powers_of_two_are_padded(steps: int, size: int) -> None:
    assert padded_length(tf.constant(steps)).numpy() == size


def test_the_padded_length_holds_every_step(sizes: np.ndarray) -> None:
    assert len(sizes) == LONGEST
    assert np.all(sizes >= np.arange(1, LONGEST + 1))


def test_the_padded_length_never_decreases(sizes: np.ndarray) -> None:
    assert np.all(np.diff(sizes) >= 0)


def test_at_most_a_quarter_is_padding(sizes: np.ndarray) -> None:
    steps = np.arange(1, LONGEST + 1)
    long = steps >= 64  # below, lengths are 16 apart
    assert np.all((sizes - steps)[long] < steps[long] / 4)
    assert np.all(sizes - steps < np.maximum(16, steps / 4))
    assert np.mean((sizes - steps)[long] / steps[long]) <= 1 / 8


def test_each_doubling_has_four_padded_lengths(sizes: np.ndarray) -> None:
    for low in (64, 128, 256, 512, 1024, 2048):
        assert set(sizes[low : 2 * low]) == {low + low // 4 * part for part in (1, 2, 3, 4)}
    assert set(sizes[:64]) == {16, 32, 48, 64}


def test_a_padded_length_is_not_padded_further(sizes: np.ndarray) -> None:
    within = np.unique(sizes[sizes <= LONGEST])
    assert len(within) == 4 + 4 * 6 + 1 - 1  # 4096 is the last of six doublings; 5120 is beyond
    assert np.array_equal(sizes[within - 1], within)


COMPILED = """
import sys
from pathlib import Path
import tensorflow as tf
from zoo import fast as layers

layer = getattr(layers, sys.argv[1])(3, return_sequences=True, go_backwards=sys.argv[2] == "backwards")
layer.build((None, None, 2))

@tf.function(input_signature=[tf.TensorSpec((None, None, 2))])
def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(x) ** 2)
    return tape.gradient(loss, [weight.value for weight in layer.trainable_weights])

for length in (32, 17, 20, 31, 33):
    step(tf.ones((4, length, 2)))
    print(len(list(Path(sys.argv[3]).glob("*.before_optimizations.txt"))))
"""


@pytest.mark.table("zoo/fast")
@pytest.mark.parametrize(
    ("cell", "direction"), [("SimpleRNN", "forwards"), ("LSTM", "backwards"), ("GRU", "forwards"), ("GRU", "backwards")]
)
def test_lengths_with_one_padded_length_share_their_programs(cell: str, direction: str, tmp_path: Path) -> None:
    environment = os.environ | {"XLA_FLAGS": f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text"}
    command = [sys.executable, "-c", COMPILED, cell, direction, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, *same, longer = map(int, done.stdout.split())
    assert first > 0
    assert set(same) == {first}
    assert longer == 2 * first
