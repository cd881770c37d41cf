"""Times of calls: percentiles of each round, medians over rounds, and the ratio of two that were timed in turns.

A machine that does other things beside slows whole stretches of time. So what is compared is timed in turns, round
after round, and a round is compared with itself only.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

#: Calls that are not timed: the first ones find memory and caches cold.
WARM_UP = 3

Clock = Callable[[], float]
Call = Callable[[], object]
Name = TypeVar("Name")


@dataclass(frozen=True)
class Times:
    """Seconds of one call: percentiles of a round, each the median over rounds.

    Attributes:
        calls: how many were timed in all.
        per_second: calls a second, back to back.
    """

    p50: float
    p95: float
    p99: float
    calls: int
    per_second: float


@dataclass(frozen=True)
class Ratio:
    """How many times as long one call took as another, over rounds: the middle, and where 8 of 10 rounds lie."""

    median: float
    p10: float
    p90: float


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of 100 lie, on the straight line between the two nearest.

    Args:
        values: one at least.
        percent: 0 to 100.
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def time_round(call: Call, seconds: float, clock: Clock) -> list[float]:
    """The seconds of each call, one after the other until `seconds` are over; one at least."""
    times: list[float] = []
    first = clock()
    while True:
        before = clock()
        call()
        after = clock()
        times.append(after - before)
        if after - first >= seconds:
            return times


def time_in_turns(
    calls: Mapping[Name, Call],
    seconds: float,
    rounds: int,
    clock: Clock,
    after_each: Callable[[], None] = lambda: None,
) -> dict[Name, list[list[float]]]:
    """Times each call in every round, in turns; every other round in the opposite order.

    Args:
        calls: by a name.
        seconds: for each call, over all rounds.
        rounds: how often each has its turn.
        clock: seconds that only grow.
        after_each: called after each turn, for a progress bar.

    Returns:
        For each name the rounds, and in each round the seconds of each call.
    """
    for call in calls.values():
        for _ in range(WARM_UP):
            call()
    found: dict[Name, list[list[float]]] = {name: [] for name in calls}
    for turn in range(rounds):
        for name in list(calls)[:: 1 if turn % 2 == 0 else -1]:
            found[name].append(time_round(calls[name], seconds / rounds, clock))
            after_each()
    return found


def summarised(rounds: Sequence[Sequence[float]]) -> Times:
    """What rounds of timed calls say."""

    def middle(percent: float) -> float:
        return statistics.median(percentile(times, percent) for times in rounds)

    per_second = statistics.median(len(times) / max(sum(times), 1e-9) for times in rounds)
    return Times(middle(50), middle(95), middle(99), sum(map(len, rounds)), per_second)


def ratio(rounds: Sequence[Sequence[float]], to: Sequence[Sequence[float]]) -> Ratio:
    """How many times as long the calls of `rounds` took as those of `to`, timed in turns with them."""
    ratios = [
        percentile(first, 50) / max(percentile(second, 50), 1e-9) for first, second in zip(rounds, to, strict=True)
    ]
    return Ratio(statistics.median(ratios), percentile(ratios, 10), percentile(ratios, 90))
