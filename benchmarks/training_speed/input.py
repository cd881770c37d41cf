"""Times the input of the shipped recipes: preparing a batch must be faster than training on it."""

import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from statistics import mean, median
from typing import Any

import keras
import tensorflow as tf

from benchmarks.quiet import silenced
from benchmarks.reasons import why
from benchmarks.training_speed.results import InputTimes
from benchmarks.training_speed.turns import pin
from zoo.fast.optimizers import fused
from zoo.preparing import prepare
from zoo.recipe import Recipe
from zoo.training.batches import TrainingBatches, training_data
from zoo.training.loop import fresh_model
from zoo.training.trainee import trainee

RECIPES = ("bed-exit", "sentiment", "next-word")
BATCHES = 16  # from the start of a training; the lengths of texts vary between batches
PASSES = 3  # over these batches, to time their preparation


class StepEnds(keras.callbacks.Callback):
    """Records the end of each step of `fit`, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Records the time."""
        self.times.append(time.perf_counter())


def time_input(name: str, core: int | None) -> InputTimes:
    """Prepares a recipe's first batches and trains on them, in a separate process with one thread.

    Args:
        name: name of a shipped recipe.
        core: number of the core to run on; None for any.
    """
    try:
        with silenced(), ProcessPoolExecutor(1, get_context("spawn")) as process:  # the child inherits the silence
            return process.submit(_time_input, name, core).result()
    except Exception as error:  # such as missing data; the results of the run so far must not be lost
        return InputTimes(name, why(error))


def _time_input(name: str, core: int | None) -> InputTimes:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    recipe = Recipe.load(name)
    prepared = prepare(recipe)
    pin(core)
    batches = TrainingBatches(prepared.train, recipe.training.batch_size, recipe.training.seed)

    def data() -> tf.data.Dataset:
        return training_data(batches, 0).take(BATCHES)

    model, loss = trainee(fresh_model(prepared), recipe)
    model.compile(optimizer=fused(keras.optimizers.Adam(recipe.training.learning_rate)), loss=loss)
    model.fit(data(), shuffle=False, verbose=0)  # type: ignore # compiles a program for each length
    ends = StepEnds()
    model.fit(data(), shuffle=False, verbose=0, callbacks=[ends])  # type: ignore # the type hint lacks numbers
    batch = median(_seconds_per_batch(data()) for _ in range(PASSES))
    step = mean(after - before for before, after in pairwise(ends.times))
    return InputTimes(name, batches=BATCHES, batch_ms=1000 * batch, step_ms=1000 * step)


def _seconds_per_batch(data: Iterable[Any]) -> float:
    """Average time to prepare a batch."""
    start = time.perf_counter()
    count = sum(1 for _ in data)
    return (time.perf_counter() - start) / count
