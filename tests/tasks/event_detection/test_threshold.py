from zoo.tasks.event_detection.alarms import Matches
from zoo.tasks.event_detection.section import Events
from zoo.tasks.event_detection.threshold import Point, choose


def point(threshold: float, right: int, false: int, missed: int, delays_s: tuple[float, ...] = ()) -> Point:
    return Point(threshold, Matches(right, false, missed, delays_s), float(false))


def events(target: str) -> Events:
    return Events(labels=("exit",), target=target)


NO_FALSE_ALARMS = events("<= 0 false alarms per h")


def test_the_best_f1_within_the_target_wins() -> None:
    points = [point(0.1, 10, 5, 0), point(0.3, 9, 1, 1), point(0.5, 8, 0, 2), point(0.7, 5, 0, 5)]
    assert choose(points, events("<= 1 false alarm per h")) == 0.3
    assert choose(points, NO_FALSE_ALARMS) == 0.5


def test_among_equally_good_thresholds_the_middle_of_the_longest_run_is_chosen() -> None:
    flags = [0, 1, 0, 1, 1, 1, 1, 1, 0]
    points = [point(n / 10, 10 if good else 5, 0, 0 if good else 5) for n, good in enumerate(flags, 1)]
    assert choose(points, NO_FALSE_ALARMS) == 0.6


def test_if_no_threshold_meets_the_target_the_one_with_the_fewest_false_alarms_is_chosen() -> None:
    points = [point(0.2, 10, 9, 0), point(0.4, 10, 4, 0), point(0.6, 6, 4, 4)]
    assert choose(points, NO_FALSE_ALARMS) == 0.4


def test_an_alarm_that_comes_too_late_counts_as_missed() -> None:
    points = [
        point(0.2, 4, 2, 0, (0.5, 1.0, 1.5, 2.0)),
        point(0.5, 4, 0, 0, (1.0, 2.5, 3.0, 4.0)),
        point(0.8, 3, 0, 1, (5.0, 5.0, 5.0)),
    ]
    assert choose(points, events("detect within 10 s")) == 0.5
    assert choose(points, events("detect within 2 s")) == 0.2
    assert choose(points, events("<= 1 false alarm per h, detect within 2 s")) == 0.5
