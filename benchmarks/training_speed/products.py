"""Times the matrix products of a training step by themselves: what is left of a step if all else were free."""

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
    """All large products of a step: a masked text is taken as long as the longest."""
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
    """Those of a recurrent layer: of its inputs all at once, of its state step by step.

    Without the gradient of the inputs if these do not learn, having no weights before them.
    """
    steps, columns = batch * time, gates * units
    of_inputs = both_ways(steps, features, columns)
    of_state = [Product(batch, units, columns, time), Product(batch, columns, units, time)]
    return (of_inputs if inputs_learn else of_inputs[:2]) + of_state + [Product(units, steps, columns)]


def both_ways(rows: int, inner: int, columns: int) -> list[Product]:
    """A product, the gradient of its weights, and that of its inputs."""
    return [Product(rows, inner, columns), Product(inner, rows, columns), Product(rows, columns, inner)]


def time_products(row: Row, core: int | None) -> ProductTimes:
    """Times a row's products, in a process of its own with one thread.

    Args:
        row: whose step.
        core: number of the core to run on; None: any.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_time_products, row, core).result()


def _time_products(row: Row, core: int | None) -> ProductTimes:
    pin(core)
    found = products(row)
    seconds = sum(one.count * _seconds(one) for one in found)
    operations = sum(2.0 * one.count * one.rows * one.inner * one.columns for one in found)
    return ProductTimes(row.workload, row.cell, products_ms=1000 * seconds, gflops=operations / seconds / 1e9)


def _seconds(product: Product) -> float:
    """How long one takes: the median over rounds of many."""
    random = np.random.default_rng(0)
    left = random.standard_normal((product.rows, product.inner), dtype=np.float32)
    right = random.standard_normal((product.inner, product.columns), dtype=np.float32)
    out = np.empty((product.rows, product.columns), np.float32)

    def spent(count: int) -> float:
        start = time.perf_counter()
        for _ in range(count):
            np.matmul(left, right, out)
        return time.perf_counter() - start

    spent(2)
    count = 1 + int(LEAST_S / spent(1))
    return median(spent(count) / count for _ in range(ROUNDS))
