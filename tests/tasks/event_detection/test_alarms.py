"""The matching rule of `zoo.tasks.event_detection.alarms`, with a hand-made case for each of its clauses."""

import numpy as np
import pytest

from zoo.core.events import EventRule
from zoo.core.progress import SILENT
from zoo.data.records import Recording
from zoo.inputs.recording.tracks import Track
from zoo.tasks.event_detection.alarms import METRICS, EventOutcome, Matches, Steps, match
from zoo.tasks.event_detection.marks import Mark, count_matches, hours, step_scores
from zoo.tasks.metric import measured

ONE = np.asarray([[100.0, 104.0]])
TWO = np.asarray([[100.0, 104.0], [150.0, 153.0]])


@pytest.mark.parametrize(
    ("alarms", "truths", "right", "false", "missed"),
    [
        pytest.param([101.0], ONE, 1, 0, 0, id="inside"),
        pytest.param([97.0], ONE, 1, 0, 0, id="at the tolerance before the start"),
        pytest.param([96.9], ONE, 0, 1, 1, id="just too early"),
        pytest.param([107.0], ONE, 1, 0, 0, id="at the tolerance after the end"),
        pytest.param([107.1], ONE, 0, 1, 1, id="just too late"),
        pytest.param([101.0, 103.0], ONE, 1, 1, 0, id="a second alarm for one event is false"),
        pytest.param([], TWO, 0, 0, 2, id="without alarms all are missed"),
        pytest.param([50.0], np.zeros((0, 2)), 0, 1, 0, id="no events"),
        pytest.param([101.0, 151.0], TWO, 2, 0, 0, id="one each"),
        pytest.param([151.0], TWO, 1, 0, 1, id="only the second"),
        pytest.param([1.0, 101.0, 120.0, 151.0], TWO, 2, 2, 0, id="two false among them"),
        pytest.param([104.0, 105.0], np.asarray([[100.0, 104.0], [105.0, 109.0]]), 2, 0, 0, id="neighbours, one each"),
    ],
)
def test_alarms_match_events(alarms: list[float], truths: np.ndarray, right: int, false: int, missed: int) -> None:
    matches = match(alarms, truths, 3.0)
    assert (matches.right, matches.false, matches.missed) == (right, false, missed)


def test_the_delay_is_measured_from_the_events_start() -> None:
    assert match([101.5, 149.0], TWO, 3.0).delays_s == (1.5, -1.0)


def test_precision_recall_and_f1_of_matches() -> None:
    matches = Matches(right=8, false=2, missed=4)
    assert matches.precision == pytest.approx(0.8)
    assert matches.recall == pytest.approx(2 / 3)
    assert matches.f1 == pytest.approx(16 / 22)
    assert (Matches().recall, Matches().f1) == (1.0, 1.0)
    assert np.isnan(Matches().precision), "who says nothing is not precise"
    assert Matches(0, 0, 3).f1 == 0.0


def marked(name: str, length: int, events: list[tuple[int, int]]) -> Mark:
    """A recording at 10 Hz with these events, in steps; its first feature is 1 during an event."""
    target = np.zeros(length, np.int8)
    for start, stop in events:
        target[start:stop] = 1
    values = np.repeat(target[:, None], 2, axis=1).astype(np.float32)
    recording = Recording(name, name, np.arange(length) / 10, values, target.astype(np.int16))
    return Mark(
        Track(values, recording.labels, 0.0, recording), target, np.asarray(events, float).reshape(-1, 2) / 10.0
    )


def copies_first_feature(batch: np.ndarray) -> np.ndarray:
    return batch[..., :1]


@pytest.mark.parametrize("padded", [True, False])
def test_scores_have_the_length_of_their_recording(padded: bool) -> None:
    marks = [marked("a", 30, [(5, 9)]), marked("b", 50, [(40, 50)]), marked("c", 10, [])]
    scores = step_scores(marks, copies_first_feature, SILENT, padded=padded)
    assert [len(row) for row in scores] == [30, 50, 10]
    assert all((row == mark.target).all() for row, mark in zip(scores, marks, strict=True))


def scored(marks: list[Mark], scores: list[np.ndarray], rule: EventRule) -> dict[str, float]:
    matches = count_matches(marks, scores, rule, 10.0, 3.0)
    true = np.concatenate([mark.target for mark in marks]) > 0
    steps = Steps.of(np.concatenate(scores) >= rule.threshold, true)
    return measured(METRICS, EventOutcome(matches, hours(marks, 10.0), steps=steps))


def test_metrics_of_a_perfect_and_of_a_silent_model() -> None:
    marks = [marked("a", 400, [(100, 140), (300, 320)]), marked("b", 3200, [(50, 90)])]
    rule = EventRule("exit", 0.5, 0.25, 0.2, 1.0)
    perfect = scored(marks, [mark.target.astype(float) for mark in marks], rule)
    assert perfect["event_f1"] == 1.0
    assert perfect["false_alarms_per_hour"] == 0.0
    assert perfect["delay_median_s"] == pytest.approx(0.1)
    assert perfect["hours"] == pytest.approx(0.1)
    assert perfect["step_f1"] == 1.0
    silent = scored(marks, [np.zeros(len(mark.target)) for mark in marks], rule)
    assert (silent["event_recall"], silent["event_f1"], silent["alarms"]) == (0.0, 0.0, 0)
    assert np.isnan(silent["event_precision"])
    assert silent["step_recall"] == 0.0


def test_false_alarms_are_counted_per_hour() -> None:
    noisy = np.zeros(3600)
    noisy[[100, 2000]] = 1.0
    metrics = scored([marked("a", 3600, [])], [noisy], EventRule("exit", 0.5, 0.25))
    assert metrics["false_alarms_per_hour"] == pytest.approx(20.0)


def test_recall_on_time_is_measured_only_if_the_target_limits_the_delay() -> None:
    matches = Matches(3, 1, 1, (0.5, 2.0, 2.5))
    assert matches.on_time(2.0) == Matches(2, 1, 2, (0.5, 2.0))
    assert measured(METRICS, EventOutcome(matches, 1.0, within_s=2.0))["event_recall_on_time"] == pytest.approx(0.5)
    assert "event_recall_on_time" not in measured(METRICS, EventOutcome(matches, 1.0))


def test_step_metrics_match_a_hand_count() -> None:
    predicted, true = np.asarray([1, 1, 0, 0, 1], bool), np.asarray([1, 0, 1, 0, 1], bool)
    metrics = measured(METRICS, EventOutcome(Matches(), 1.0, steps=Steps.of(predicted, true)))
    assert metrics["step_accuracy"] == pytest.approx(3 / 5)
    assert metrics["step_precision"] == metrics["step_recall"] == metrics["step_f1"] == pytest.approx(2 / 3)
    assert not [name for name in measured(METRICS, EventOutcome(Matches(), 1.0)) if name.startswith("step_")]
