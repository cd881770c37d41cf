"""Times contenders in turns, so that a disturbance of the machine affects all of them."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

#: One inference: takes no arguments, returns (batch, classes).
Run = Callable[[], np.ndarray]

#: CPU seconds per second that a process with one busy thread gets on an otherwise idle machine, approximately.
IDLE_CPU = 0.9

WARM_UP = 3  # calls before the first that counts
FEWEST = 3  # calls of a round, however slow


@dataclass(frozen=True)
class Turn:
    """The times of one turn.

    Attributes:
        seconds: time of each call.
        wall: seconds of all calls together.
        cpu: CPU seconds of the process during these calls.
    """

    seconds: tuple[float, ...]
    wall: float
    cpu: float


@runtime_checkable
class TimesItself(Protocol):
    """A `Run` in another process, with the clock in that process."""

    def turn(self, calls: int) -> Turn:
        """Times a number of calls."""
        ...


@dataclass(frozen=True)
class Timed:
    """The times of one contender.

    Attributes:
        seconds: median time of a call in each round.
        cpu: CPU seconds of the process per second, over all rounds.
    """

    seconds: tuple[float, ...]
    cpu: float


@dataclass(frozen=True)
class Ratio:
    """A contender's time divided by ours, round by round: the median and the 10th and 90th percentiles."""

    median: float
    low: float
    high: float


def interleave(runs: Mapping[str, Run], rounds: int, fill_s: float) -> dict[str, Timed]:
    """Times every contender in every round, each round in a different order.

    Args:
        runs: the contenders by key.
        rounds: number of turns of each contender.
        fill_s: approximate duration of a turn in seconds.

    Returns:
        The times by key.
    """
    keys = list(runs)
    calls = {key: max(FEWEST, round(fill_s / _rough_duration(run))) for key, run in runs.items()}
    seconds: dict[str, list[float]] = {key: [] for key in keys}
    spent = {key: np.zeros(2) for key in keys}  # seconds of the wall clock and of the CPU
    with no_garbage_collection():
        for number in range(rounds):
            first = number % max(1, len(keys))
            for key in keys[first:] + keys[:first]:
                runs[key]()  # reloads the caches after the previous contender
                turn = take_turn(runs[key], calls[key])
                seconds[key].append(float(np.median(turn.seconds)))
                spent[key] += turn.wall, turn.cpu
    return {key: Timed(tuple(seconds[key]), float(spent[key][1] / spent[key][0])) for key in keys}


def compare(theirs: Timed, ours: Timed) -> Ratio:
    """The ratio of their time to ours."""
    ratios = np.asarray(theirs.seconds) / np.asarray(ours.seconds)
    low, median, high = np.percentile(ratios, [10, 50, 90])
    return Ratio(float(median), float(low), float(high))


def take_turn(run: Run, calls: int) -> Turn:
    """Times a number of calls, in this process or in the contender's."""
    if isinstance(run, TimesItself):
        return run.turn(calls)
    seconds = []
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return Turn(tuple(seconds), time.perf_counter() - wall, time.process_time() - cpu)


def _rough_duration(run: Run) -> float:
    """Approximate duration of a call in seconds."""
    take_turn(run, WARM_UP)
    return float(np.median(take_turn(run, FEWEST).seconds))


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Collects garbage once at the start, and then disables the collector."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
