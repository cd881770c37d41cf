"""Times calls: percentiles of each round, medians over rounds, and the ratio of two calls that are timed in turns.

Other load on the machine slows whole stretches of time. Calls to be compared are therefore timed in turns, round
after round, and only times of the same round are compared.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

#: Number of calls before timing starts, because memory and caches are cold at first.
WARM_UP = 3

Clock = Callable[[], float]
Call = Callable[[], object]
Name = TypeVar("Name")


@dataclass(frozen=True)
class Times:
    """Seconds of one call: percentiles of a round, each the median over rounds.

    Attributes:
        calls: total number of timed calls.
        per_second: calls per second, back to back.
    """

    p50: float
    p95: float
    p99: float
    calls: int
    per_second: float


@dataclass(frozen=True)
class Ratio:
    """Ratio of the times of two calls over rounds: the median, and the range that contains 8 of 10 rounds."""

    median: float
    p10: float
    p90: float


def percentile(values: Sequence[float], percent: float) -> float:
    """The given percentile, interpolated linearly between the two nearest values.

    Args:
        values: at least one value.
        percent: 0 to 100.
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def time_round(call: Call, seconds: float, clock: Clock) -> list[float]:
    """The seconds of each call, repeated back to back until `seconds` have passed; at least one call."""
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
        calls: the calls by name.
        seconds: time for each call, over all rounds.
        rounds: number of turns of each call.
        clock: returns monotonic seconds.
        after_each: called after each turn, for a progress bar.

    Returns:
        For each name, the rounds, each with the seconds of its calls.
    """
    for call in calls.values():
        for _ in range(WARM_UP):
            call()
    times: dict[Name, list[list[float]]] = {name: [] for name in calls}
    for turn in range(rounds):
        for name in list(calls)[:: 1 if turn % 2 == 0 else -1]:
            times[name].append(time_round(calls[name], seconds / rounds, clock))
            after_each()
    return times


def summarised(rounds: Sequence[Sequence[float]]) -> Times:
    """Summarises rounds of timed calls."""

    def middle(percent: float) -> float:
        return statistics.median(percentile(times, percent) for times in rounds)

    per_second = statistics.median(len(times) / max(sum(times), 1e-9) for times in rounds)
    return Times(middle(50), middle(95), middle(99), sum(map(len, rounds)), per_second)


def ratio(rounds: Sequence[Sequence[float]], to: Sequence[Sequence[float]]) -> Ratio:
    """Ratio of the times of `rounds` to those of `to`, which were timed in turns with them."""
    ratios = [
        percentile(first, 50) / max(percentile(second, 50), 1e-9) for first, second in zip(rounds, to, strict=True)
    ]
    return Ratio(statistics.median(ratios), percentile(ratios, 10), percentile(ratios, 90))
