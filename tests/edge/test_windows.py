"""Recordings that are labelled window by window: the label of each window, and of the recording."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from edge.conftest import Parts

from zoo.core.errors import BundleError
from zoo.core.manifest import Output
from zoo.edge import Runner, load


@pytest.fixture
def runner(window_parts: Parts, tmp_path: Path) -> Runner:
    return load(window_parts.write(tmp_path / "b"))


def multi_label(parts: Parts, folder: Path) -> Runner:
    """The same, but both labels may apply."""
    output = dataclasses.replace(parts.manifest.output, thresholds=(0.9, 0.6))
    return load(
        dataclasses.replace(parts, manifest=dataclasses.replace(parts.manifest, output=output)).write(
            folder / "several"
        )
    )


def moving(steps: int, *stretches: slice) -> np.ndarray:
    values = np.zeros((steps, 2), np.float32)
    for stretch in stretches:
        values[stretch, 0] = 1
    return values


def test_printed_stretches_do_not_overlap_and_windows_keep_their_spans(runner: Runner) -> None:
    answer = runner.predict(moving(37, slice(10, 20)))
    spans = [(0, 1), (0.5, 1.5), (1, 2), (1.5, 2.5), (2, 3), (2.5, 3.5), (2.7, 3.7)]
    assert [(window.start_s, window.end_s) for window in answer.windows] == [pytest.approx(span) for span in spans]
    assert answer.lines("a.csv") == [
        "a.csv: on average still in 4 s (7 windows)",
        "  0:00.0 to 0:01.0  still",
        "  0:01.0 to 0:01.5  moving",
        "  0:01.5 to 0:03.7  still",
    ]


def test_the_label_of_a_recording_is_that_of_the_mean_not_of_most_windows(runner: Runner) -> None:
    values = np.zeros((20, 2), np.float32)
    values[:15, 0] = 0.52  # barely "moving", then clearly "still"
    answer = runner.predict(values)
    assert [window.label for window in answer.windows] == ["moving", "moving", "still"]
    assert answer.label == "still"
    assert answer.lines("a.csv")[0] == "a.csv: on average still in 2 s (3 windows)"


def test_a_short_recording_is_one_window(runner: Runner) -> None:
    assert runner.predict(moving(7)).lines("a.csv") == [
        "a.csv: on average still in 1 s (1 window)",
        "  0:00.0 to 0:00.7  still",
    ]


def test_each_window_has_a_list_of_labels_where_several_may_apply(window_parts: Parts, tmp_path: Path) -> None:
    runner = multi_label(window_parts, tmp_path)
    for steps, labels in ((moving(10), ["still"]), (moving(10, slice(0, 5)), []), (moving(10, slice(10)), ["moving"])):
        answer = runner.predict(steps)
        plain = json.loads(json.dumps(answer.to_dict()))
        assert plain["labels"] == labels
        assert plain["label"] == plain["windows"][0]["label"] == (", ".join(labels) or "none")
        assert plain["windows"][0]["labels"] == labels
        assert answer.labels == answer.windows[0].labels == tuple(labels)


def test_there_is_no_list_of_labels_where_only_one_applies(runner: Runner) -> None:
    plain = runner.predict(moving(20)).to_dict()
    assert plain.keys() == {"label", "score", "scores", "windows"}
    assert plain["windows"][0].keys() == {"label", "score", "start_s", "end_s"}


def test_texts_have_no_windows(sentiment_parts: Parts, tmp_path: Path) -> None:
    output = Output(("negative", "positive"), window_steps=4)
    parts = dataclasses.replace(sentiment_parts, manifest=dataclasses.replace(sentiment_parts.manifest, output=output))
    message = r"manifest\.output\.window_steps: expected null, because the input kind text has no windows"
    with pytest.raises(BundleError, match=message):
        load(parts.write(tmp_path / "b"))
