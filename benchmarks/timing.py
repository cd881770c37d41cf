"""Times contenders in turns, so that what disturbs the machine disturbs all of them."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

#: One inference: takes nothing, returns (batch, classes).
Run = Callable[[], np.ndarray]

#: CPU seconds a second that a process with one busy thread gets on a machine that has nothing else to do, about.
IDLE_CPU = 0.9

WARM_UP = 3  # calls before the first that counts
FEWEST = 3  # calls of a round, however slow


@dataclass(frozen=True)
class Turn:
    """What one turn gave.

    Attributes:
        seconds: each call's time.
        wall: seconds that all of them took.
        cpu: CPU seconds of the process meanwhile.
    """

    seconds: tuple[float, ...]
    wall: float
    cpu: float


@runtime_checkable
class TimesItself(Protocol):
    """A `Run` that is in another process, where its clock is, too."""

    def turn(self, calls: int) -> Turn:
        """Times so many calls."""
        ...


@dataclass(frozen=True)
class Timed:
    """What the rounds gave for one contender.

    Attributes:
        seconds: a call's median time in each round.
        cpu: CPU seconds of the process per second, over all rounds.
    """

    seconds: tuple[float, ...]
    cpu: float


@dataclass(frozen=True)
class Ratio:
    """Another's time divided by ours, round by round: the median and the 10th and 90th percentile."""

    median: float
    low: float
    high: float


def interleave(runs: Mapping[str, Run], rounds: int, fill_s: float) -> dict[str, Timed]:
    """Times every contender in every round; each round starts with another one.

    Args:
        runs: the contenders by key.
        rounds: how often each has its turn.
        fill_s: about how many seconds a turn lasts.

    Returns:
        The times by key.
    """
    keys = list(runs)
    calls = {key: max(FEWEST, round(fill_s / _rough(run))) for key, run in runs.items()}
    seconds: dict[str, list[float]] = {key: [] for key in keys}
    spent = {key: np.zeros(2) for key in keys}  # seconds of the wall clock, and of the CPU
    with no_garbage_collection():
        for number in range(rounds):
            first = number % max(1, len(keys))
            for key in keys[first:] + keys[:first]:
                runs[key]()  # brings back into the caches what the one before pushed out
                turn = take_turn(runs[key], calls[key])
                seconds[key].append(float(np.median(turn.seconds)))
                spent[key] += turn.wall, turn.cpu
    return {key: Timed(tuple(seconds[key]), float(spent[key][1] / spent[key][0])) for key in keys}


def compare(theirs: Timed, ours: Timed) -> Ratio:
    """How many times as long as ours theirs takes."""
    ratios = np.asarray(theirs.seconds) / np.asarray(ours.seconds)
    low, median, high = np.percentile(ratios, [10, 50, 90])
    return Ratio(float(median), float(low), float(high))


def take_turn(run: Run, calls: int) -> Turn:
    """Times so many calls, wherever they run."""
    if isinstance(run, TimesItself):
        return run.turn(calls)
    seconds = []
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return Turn(tuple(seconds), time.perf_counter() - wall, time.process_time() - cpu)


def _rough(run: Run) -> float:
    """About how long a call takes, in seconds."""
    take_turn(run, WARM_UP)
    return float(np.median(take_turn(run, FEWEST).seconds))


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Collects once before, and not in between."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
