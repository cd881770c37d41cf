import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import InputError
from zoo.core.events import Event, EventDetector, EventRule, detect

RATE_HZ = 10.0


def rule(**changes: float) -> EventRule:
    values = {"threshold": 0.5, "release": 0.3, "min_duration_s": 0.0, "cooldown_s": 0.0}
    return EventRule("bed-exit", **{**values, **changes})


@pytest.mark.parametrize(
    ("scores", "changes", "expected"),
    [
        pytest.param([0.1, 0.49, 0.2], {}, [], id="never reached"),
        pytest.param([0.1, 0.5, 0.1], {}, [(0.1, 0.2, 0.5)], id="the threshold itself counts"),
        pytest.param([0.6, 0.3, 0.9, 0.29], {}, [(0.0, 0.3, 0.9)], id="lasts until the score is below release"),
        pytest.param([0.1, 0.9, 0.7], {}, [(0.1, 0.3, 0.9)], id="ends with the recording"),
        pytest.param([0.9, 0.1, 0.8, 0.1], {}, [(0.0, 0.1, 0.9), (0.2, 0.3, 0.8)], id="two events"),
        pytest.param([0.9, 0.9, 0.1, 0.9, 0.1], {"min_duration_s": 0.3}, [], id="too short, twice"),
        pytest.param([0.9, 0.9, 0.6, 0.1], {"min_duration_s": 0.3}, [(0.2, 0.3, 0.6)], id="alarm when long enough"),
        pytest.param([0.9, 0.1, 0.9, 0.1, 0.1], {"cooldown_s": 0.4}, [(0.0, 0.1, 0.9)], id="within the cooldown"),
        pytest.param([0.9, 0.1, 0.9, 0.1], {"warm_up_s": 0.2}, [(0.2, 0.3, 0.9)], id="not during the warm-up"),
        pytest.param([0.9, 0.9, 0.9, 0.1], {"warm_up_s": 0.2}, [(0.2, 0.3, 0.9)], id="raised after the warm-up"),
        pytest.param(
            [0.9, 0.1, 0.9, 0.9, 0.9, 0.1],
            {"cooldown_s": 0.4},
            [(0.0, 0.1, 0.9), (0.4, 0.5, 0.9)],
            id="raised after the cooldown",
        ),
        pytest.param(
            [0.9, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1],
            {"merge_s": 0.2},
            [(0.0, 0.4, 0.9)],
            id="merged, and ends when the score fell",
        ),
        pytest.param(
            [0.9, 0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1],
            {"merge_s": 0.2},
            [(0.0, 0.1, 0.9), (0.4, 0.5, 0.8)],
            id="too far apart to be merged",
        ),
        pytest.param(
            [0.9, 0.1, 0.4, 0.1], {"merge_s": 0.2}, [(0.0, 0.1, 0.9)], id="merged only by reaching the threshold"
        ),
        pytest.param(
            [0.9, 0.1], {"merge_s": 0.2}, [(0.0, 0.1, 0.9)], id="ends when the score fell, even at the recording's end"
        ),
        pytest.param([], {}, [], id="no scores"),
    ],
)
def test_hand_made_scores_give_the_expected_events(scores, changes, expected):
    detected = detect(scores, rule(**changes), RATE_HZ)
    assert [(event.label, event.start_s, event.end_s, event.score) for event in detected] == [
        ("bed-exit", pytest.approx(start), pytest.approx(end), pytest.approx(score)) for start, end, score in expected
    ]


def test_the_cooldown_ends_at_its_step_however_the_times_round():
    """At 5 scores per second, 2.8 - 0.8 is 1.9999999999999998."""
    scores = [0.0, 0.0, 0.0, 0.0, 0.9] + [0.0] * 9 + [0.9, 0.0]
    detected = detect(scores, rule(cooldown_s=2.0), 5.0)
    assert [event.start_s for event in detected] == pytest.approx([0.8, 2.8])


def test_the_detector_is_active_during_an_event():
    detector = EventDetector(rule(), RATE_HZ)
    assert not detector.active
    assert detector.push(0.9) == Event("bed-exit", 0.0, None, 0.9)
    assert detector.active
    assert detector.push(0.1) == Event("bed-exit", 0.0, 0.1, 0.9)
    assert not detector.active
    assert detector.flush() is None


@given(
    st.lists(st.floats(0, 1, width=32), max_size=60),
    st.floats(0, 0.5),
    st.floats(0, 2),
)
def test_events_are_in_order_and_obey_the_rule(scores, min_duration_s, cooldown_s):
    event_rule = rule(min_duration_s=min_duration_s, cooldown_s=cooldown_s)
    detected = detect(scores, event_rule, RATE_HZ)
    for event in detected:
        assert event.start_s < event.end_s
        assert event.score >= event_rule.threshold
        inside = scores[round(event.start_s * RATE_HZ) : round(event.end_s * RATE_HZ)]
        assert min(inside) >= event_rule.release
        assert max(inside) == event.score
    starts = np.diff([event.start_s for event in detected])
    assert (starts >= cooldown_s - 1e-6).all()
    for earlier, later in itertools.pairwise(detected):
        assert earlier.end_s <= later.start_s


@given(st.lists(st.floats(0, 1, width=32), max_size=60), st.floats(0, 1), st.integers(0, 60))
def test_a_restored_detector_continues_like_the_saved_one(scores, merge_s, cut):
    event_rule = rule(min_duration_s=0.2, cooldown_s=0.5, merge_s=merge_s)
    whole, first, second = (EventDetector(event_rule, RATE_HZ) for _ in range(3))
    expected = [whole.push(score) for score in scores]
    events = [first.push(score) for score in scores[:cut]]
    second.restore(json.loads(json.dumps(first.save())))
    assert second.active == first.active
    assert events + [second.push(score) for score in scores[cut:]] == expected
    assert second.flush() == whole.flush()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"threshold": 0.0}, r"^threshold: expected a score in \(0, 1\], got 0\.0\.$"),
        ({"threshold": 1.1}, r"^threshold: expected a score in \(0, 1\], got 1\.1\.$"),
        ({"release": 0.6}, r"^release: expected a score in \[0, threshold\], got 0\.6\.$"),
        ({"release": -0.1}, r"^release: expected a score in \[0, threshold\], got -0\.1\.$"),
        ({"cooldown_s": -1.0}, r"^cooldown_s: expected 0 to 86400 seconds, got -1\.$"),
        ({"merge_s": -1.0}, r"^merge_s: expected 0 to 86400 seconds, got -1\.$"),
        ({"warm_up_s": 86401.0}, r"^warm_up_s: expected 0 to 86400 seconds, got 86401\.$"),
        ({"min_duration_s": math.nan}, r"^min_duration_s: expected 0 to 86400 seconds, got nan\.$"),
    ],
)
def test_impossible_rules_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        rule(**changes)
