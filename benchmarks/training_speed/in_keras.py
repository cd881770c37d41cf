"""The trainings in Keras: as a user writes them, jit-compiled, and with the zoo's layers, optimizer and loss."""

from typing import Any

import keras
import tensorflow as tf
from keras import layers as kl
from typing_extensions import assert_never

from benchmarks.training_speed.turns import Train, Turns
from benchmarks.training_speed.workloads import (
    CLASSES,
    FEATURES,
    LANGUAGE_UNITS,
    STRETCH,
    TOKENS,
    UNITS,
    VOCABULARY,
    WINDOW,
    WORD_UNITS,
    WORDS,
    WORKLOADS,
    Row,
)
from zoo.fast import fast
from zoo.fast.losses import NextTokenCrossentropy
from zoo.fast.optimizers import fused

LAYERS: dict[str, Any] = {"rnn": kl.SimpleRNN, "lstm": kl.LSTM, "gru": kl.GRU}

EPOCHS = 1_000_000  # more than the turns need


class InTurns(keras.callbacks.Callback):
    """Reports every step of `fit` to the turns."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self.turns, self.epoch = turns, 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Records the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Reports the step; the time between two epochs is not counted as the time of a step."""
        assert logs is not None
        self.turns.stepped(float(logs["loss"]), counted=batch > 0 or self.epoch == 0)


def prepare(row: Row, way: str) -> Train:
    """Builds and compiles a row's model: `stock`, `jit` or `zoo`. All three start with the same weights."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(0)
    model, loss, optimizer = build(row)
    if way == "zoo":
        model, optimizer = fast(model), fused(optimizer)
        loss = NextTokenCrossentropy() if WORKLOADS[row.workload].kind == "language" else loss
    jit: Any = True if way == "jit" else "auto"  # Keras accepts a bool, but its type hint does not
    model.compile(optimizer=optimizer, loss=loss, jit_compile=jit)
    workload = WORKLOADS[row.workload]
    x, y = workload.make_data()

    def train(turns: Turns) -> None:
        turns.begin()
        model.fit(
            x,
            y,
            batch_size=workload.batch,
            epochs=EPOCHS,
            shuffle=False,
            callbacks=[InTurns(turns)],
            verbose=0,  # type: ignore # Keras accepts numbers, but its type hint does not
        )

    return train


def build(row: Row) -> tuple[keras.Model, keras.losses.Loss, keras.optimizers.Optimizer]:
    """A row's model, loss and optimizer as a user of Keras writes them."""
    recurrent, workload = LAYERS[row.cell], WORKLOADS[row.workload]
    match workload.kind:
        case "windows":
            layers = [
                keras.Input((WINDOW, FEATURES)),
                recurrent(UNITS, return_sequences=True),
                recurrent(UNITS),
                kl.Dense(CLASSES, activation="softmax"),
            ]
            loss, optimizer = keras.losses.SparseCategoricalCrossentropy(), keras.optimizers.Adam(1e-3)
        case "texts":
            layers = [
                keras.Input((TOKENS,), dtype="int32"),
                kl.Embedding(WORDS, WORD_UNITS, mask_zero=workload.masked),
                kl.Bidirectional(recurrent(UNITS)),
                kl.Dense(1, activation="sigmoid"),
            ]
            loss, optimizer = keras.losses.BinaryCrossentropy(), keras.optimizers.Adam(1e-3)
        case "language":
            layers = [
                keras.Input((STRETCH,), dtype="int32"),
                kl.Embedding(VOCABULARY, LANGUAGE_UNITS),
                recurrent(LANGUAGE_UNITS, return_sequences=True),
                recurrent(LANGUAGE_UNITS, return_sequences=True),
                kl.Dense(VOCABULARY),
            ]
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            optimizer = keras.optimizers.SGD(1.0, global_clipnorm=5.0)
        case _:
            assert_never(workload.kind)
    return keras.Sequential(layers), loss, optimizer
