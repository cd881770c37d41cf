"""Times the matrix products of a training step alone: the duration of a step if everything else took no time."""

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median

import numpy as np

from benchmarks.training_speed.results import ProductTimes
from benchmarks.training_speed.turns import pin
from benchmarks.training_speed.workloads import (
    FEATURES,
    LANGUAGE_UNITS,
    STRETCH,
    TOKENS,
    UNITS,
    VOCABULARY,
    WINDOW,
    WORD_UNITS,
    WORKLOADS,
    Row,
)

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
ROUNDS, LEAST_S = 7, 0.02


@dataclass(frozen=True)
class Product:
    """(rows, inner) times (inner, columns), `count` times in a step."""

    rows: int
    inner: int
    columns: int
    count: int = 1


def products(row: Row) -> list[Product]:
    """All large products of a step; every masked text counts as long as the longest."""
    workload, gates = WORKLOADS[row.workload], GATES[row.cell]
    batch = workload.batch
    match workload.kind:
        case "windows":
            first = layer(batch, WINDOW, FEATURES, UNITS, gates, inputs_learn=False)
            return first + layer(batch, WINDOW, UNITS, UNITS, gates)
        case "texts":
            return 2 * layer(batch, TOKENS, WORD_UNITS, UNITS, gates)
        case "language":
            layers = 2 * layer(batch, STRETCH, LANGUAGE_UNITS, LANGUAGE_UNITS, gates)
            return layers + both_ways(batch * STRETCH, LANGUAGE_UNITS, VOCABULARY)


def layer(batch: int, time: int, features: int, units: int, gates: int, inputs_learn: bool = True) -> list[Product]:
    """The products of a recurrent layer: of its inputs for all steps together, of its state step by step.

    If no layer with weights comes before it (`inputs_learn` is false), there is no gradient of the inputs.
    """
    steps, columns = batch * time, gates * units
    input_products = both_ways(steps, features, columns)
    state_products = [Product(batch, units, columns, time), Product(batch, columns, units, time)]
    if not inputs_learn:
        input_products = input_products[:2]
    return input_products + state_products + [Product(units, steps, columns)]


def both_ways(rows: int, inner: int, columns: int) -> list[Product]:
    """A product, the gradient of its weights, and the gradient of its inputs."""
    return [Product(rows, inner, columns), Product(inner, rows, columns), Product(rows, columns, inner)]


def time_products(row: Row, core: int | None) -> ProductTimes:
    """Times the products of a row's step, in a separate process with one thread.

    Args:
        row: the row.
        core: number of the core to run on; None for any.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_time_products, row, core).result()


def _time_products(row: Row, core: int | None) -> ProductTimes:
    pin(core)
    row_products = products(row)
    seconds = sum(product.count * _seconds(product) for product in row_products)
    operations = sum(2.0 * product.count * product.rows * product.inner * product.columns for product in row_products)
    return ProductTimes(row.workload, row.cell, products_ms=1000 * seconds, gflops=operations / seconds / 1e9)


def _seconds(product: Product) -> float:
    """Duration of one product: the median over rounds of many."""
    random = np.random.default_rng(0)
    left = random.standard_normal((product.rows, product.inner), dtype=np.float32)
    right = random.standard_normal((product.inner, product.columns), dtype=np.float32)
    out = np.empty((product.rows, product.columns), np.float32)

    def duration(count: int) -> float:
        start = time.perf_counter()
        for _ in range(count):
            np.matmul(left, right, out)
        return time.perf_counter() - start

    duration(2)
    count = 1 + int(LEAST_S / duration(1))
    return median(duration(count) / count for _ in range(ROUNDS))
