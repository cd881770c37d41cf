from zoo.evaluation.events import Matches
from zoo.evaluation.threshold import Point, choose


def point(threshold: float, right: int, false: int, missed: int) -> Point:
    return Point(threshold, Matches(right, false, missed), float(false))


def test_the_best_f1_within_the_target_wins() -> None:
    points = [point(0.1, 10, 5, 0), point(0.3, 9, 1, 1), point(0.5, 8, 0, 2), point(0.7, 5, 0, 5)]
    assert choose(points, bearable=1.0) == 0.3
    assert choose(points, bearable=0.0) == 0.5


def test_of_equally_good_thresholds_the_middle_of_the_longest_row_is_taken() -> None:
    flags = [0, 1, 0, 1, 1, 1, 1, 1, 0]
    points = [point(n / 10, 10 if good else 5, 0, 0 if good else 5) for n, good in enumerate(flags, 1)]
    assert choose(points, bearable=0.0) == 0.6


def test_if_no_threshold_keeps_the_target_the_quietest_is_taken() -> None:
    points = [point(0.2, 10, 9, 0), point(0.4, 10, 4, 0), point(0.6, 6, 4, 4)]
    assert choose(points, bearable=0.0) == 0.4
