"""The programs in examples/ say of a bundle what the package says of it: labels, scores and events."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edge.conftest import STATE, Parts, gru_weights, streaming_graph, streaming_nodes
from examples.conftest import EXAMPLES, Program
from onnx import helper

from benchmarks.portability import web
from zoo.core.manifest import Streaming
from zoo.edge.runner import Runner, load
from zoo.edge.stream import Stream

WAYS = ("whole", "sample by sample")
#: Changes to the rule of `live_parts`, each of which makes other events of the same scores.
RULES = {
    "as it is": {},
    "lower threshold": {"threshold": 0.4, "release": 0.4},
    "lower release": {"release": 0.1},
    "no minimum": {"min_duration_s": 0.0},
    "half a step more than four": {"min_duration_s": 0.45},
    "long cooldown": {"cooldown_s": 4.0},
    "long warm-up": {"warm_up_s": 9.0},
    "no merging": {"merge_s": 0.0},
    "merging half a step more than six": {"merge_s": 0.65},
}


def recordings(count: int, steps: int = 160) -> list[list[list[float]]]:
    """Made-up motion: slow enough for scores to stay high, and low, for a while."""
    random = np.random.default_rng(7)
    made = np.cumsum(random.normal(0, 0.6, (count, steps, 2)), axis=1)
    return np.round(3.9 * np.sin(made), 3).tolist()


def write(parts: Parts, folder: Path, inputs: list[Any], **wrong: Any) -> Path:
    """A bundle with a self-test of these inputs; `wrong` answers instead of the package's own."""
    runner = load(parts.write(folder / "without"))
    answers = [runner.predict(x) for x in inputs]
    cases = [
        {"input": x, "label": answer.label, "score": answer.score, **wrong}
        for x, answer in zip(inputs, answers, strict=True)
    ]
    return dataclasses.replace(parts, selftest=cases).write(folder / "with") / "model.onnx"


def ruled(parts: Parts, **changes: float) -> Parts:
    (rule,) = (dataclasses.replace(rule, **changes) for rule in parts.manifest.events)
    return dataclasses.replace(parts, manifest=dataclasses.replace(parts.manifest, events=(rule,)))


def lines(program: Program, path: Path) -> list[Mapping[str, Any]]:
    """What the program prints of a bundle whose self-test it passes, case after case, way after way."""
    done = program(path)
    assert done.returncode == 0, done.stderr + done.stdout
    said = sorted(map(json.loads, done.stdout.splitlines()), key=lambda one: (one["case"], WAYS.index(one["way"])))
    assert [one["way"] for one in said] == list(WAYS) * (len(said) // 2)
    return said


def spans(events: list[Mapping[str, Any]]) -> list[tuple[str, float, float]]:
    return [(event["label"], event["start_s"], event["end_s"]) for event in events]


def streamed(runner: Runner, x: list[list[float]]) -> list[dict[str, Any]]:
    """The package's own events of a recording, sample by sample."""
    stream = runner.stream()
    assert isinstance(stream, Stream)
    events = [*(event for sample in x for event in stream.push(sample)), *stream.flush()]
    return [dataclasses.asdict(event) for event in events if event.end_s is not None]


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_labels_scores_and_events_are_the_packages_own(
    program: Program, rule: dict[str, float], live_parts: Parts, tmp_path: Path
) -> None:
    inputs = recordings(4)
    path = write(ruled(live_parts, **rule), tmp_path, inputs)
    runner = load(path)
    for one in lines(program, path):
        expected = runner.predict(inputs[one["case"]])
        events = [dataclasses.asdict(event) for event in expected.events]
        assert events
        assert one["equal"] is True
        assert one["label"] == expected.label == "bed-exit"
        assert one["score"] == pytest.approx(expected.score, abs=1e-4)
        assert spans(one["events"]) == spans(events)
        assert [event["score"] for event in one["events"]] == pytest.approx([e["score"] for e in events], abs=1e-4)


def test_every_rule_makes_other_events(live_parts: Parts, tmp_path: Path) -> None:
    found: dict[str, str] = {}
    for name, rule in RULES.items():
        runner = load(ruled(live_parts, **rule).write(tmp_path / name))
        found[name] = str([spans(streamed(runner, x)) for x in recordings(4)])
    assert len(set(found.values())) == len(RULES), found


@pytest.mark.parametrize(("min_duration_s", "need"), [(0.2, 2), (0.28, 4)])
def test_halves_of_a_step_are_rounded_to_even(
    program: Program, min_duration_s: float, need: int, live_parts: Parts, tmp_path: Path
) -> None:
    """At 12.5 Hz, 0.2 s are two steps and a half, and 0.28 s are three and a half."""
    spec = dataclasses.replace(live_parts.manifest.input, sample_rate_hz=12.5)
    faster = dataclasses.replace(live_parts, manifest=dataclasses.replace(live_parts.manifest, input=spec))
    path = write(ruled(faster, min_duration_s=min_duration_s), tmp_path, recordings(4))
    detectors = load(path)
    for one in lines(program, path):
        assert spans(one["events"]) == spans(streamed(detectors, recordings(4)[one["case"]]))
        first = one["events"][0]["start_s"]
        scores = detectors.predict(recordings(4)[one["case"]]).steps
        assert (scores[round(first * 12.5) - need + 1 : round(first * 12.5) + 1] >= 0.6).all()


def test_a_recording_without_an_event_has_the_label_none(program: Program, live_parts: Parts, tmp_path: Path) -> None:
    path = write(ruled(live_parts, threshold=1.0), tmp_path, recordings(1))
    said = lines(program, path)
    assert [(one["label"], one["events"]) for one in said] == [("none", [])] * 2


def test_an_event_that_goes_on_at_the_end_ends_with_the_recording(
    program: Program, live_parts: Parts, tmp_path: Path
) -> None:
    path = write(ruled(live_parts, threshold=0.01, release=0.0), tmp_path, recordings(1))
    assert [one["events"][-1]["end_s"] for one in lines(program, path)] == [16.0, 16.0]


def test_pieces_of_several_samples_wait_until_they_are_whole(
    program: Program, live_parts: Parts, tmp_path: Path
) -> None:
    """One score for two samples: a single one gives none, and events come in steps of 0.2 s."""
    random = np.random.default_rng(3)
    one = np.array([1], np.int64)
    weights = {**gru_weights(random, 2, 3), "k": 3 * random.normal(size=(3, 1)).astype(np.float32)}
    weights |= {"direction": one, "first": one - 1, "two": one + 1, "end": one * 2**40}
    nodes = [
        helper.make_node("Slice", ["input", "direction", "end", "direction", "two"], ["second"]),
        *streaming_nodes("second"),
        helper.make_node("Sigmoid", ["logit"], ["output"]),
    ]
    described = dataclasses.replace(live_parts.manifest, streaming=Streaming((STATE,), piece=2))
    parts = dataclasses.replace(live_parts, graph=streaming_graph(nodes, weights, 2, 1), manifest=described)
    inputs = recordings(3)
    path = write(ruled(parts, min_duration_s=0.4), tmp_path, inputs)
    runner = load(path)
    for said in lines(program, path):
        events = streamed(runner, inputs[said["case"]])
        assert events
        assert spans(said["events"]) == spans(events)


@pytest.mark.parametrize("wrong", [{"label": "fall"}, {"score": 0.5}])
def test_another_answer_than_the_recorded_one_fails(
    program: Program, wrong: dict[str, Any], live_parts: Parts, tmp_path: Path
) -> None:
    done = program(write(live_parts, tmp_path, recordings(1), **wrong))
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [one["equal"] for one in said] == [False, False]
    assert all(wrong.items() <= one["expected"].items() for one in said)


def test_scores_may_differ_by_the_tolerance_and_no_more(program: Program, live_parts: Parts, tmp_path: Path) -> None:
    score = load(live_parts.write(tmp_path / "plain")).predict(recordings(1)[0]).score
    for number, (off, status) in enumerate([(0.9e-4, 0), (1.1e-4, 1)]):
        path = write(live_parts, tmp_path / str(number), recordings(1), score=score + off)
        assert program(path).returncode == status


def refused(program: Program, path: Path) -> str:
    done = program(path)
    assert done.returncode == 2, done.stdout
    assert done.stdout == ""
    assert done.stderr.startswith(f"{path}: ")
    return done.stderr


def test_files_that_are_no_streaming_sensor_bundle_are_refused(
    program: Program, live_parts: Parts, gru_parts: Parts, sentiment_parts: Parts, tmp_path: Path
) -> None:
    def path(name: str, parts: Parts) -> Path:
        return parts.write(tmp_path / name) / "model.onnx"

    other = "expected a streaming sensor model with an even rate, got another one"
    assert other in refused(program, path("whole", gru_parts))
    assert other in refused(program, path("text", sentiment_parts))
    held = dataclasses.replace(live_parts.manifest.input, fill="hold")
    held_parts = dataclasses.replace(live_parts, manifest=dataclasses.replace(live_parts.manifest, input=held))
    assert other in refused(program, path("held", held_parts))
    for version in (2, 4):
        changed = dataclasses.replace(live_parts.manifest, format_version=version)
        parts = dataclasses.replace(live_parts, manifest=changed)
        assert "expected bundle format 3, got another" in refused(program, path(str(version), parts))
    several = dataclasses.replace(live_parts.manifest, events=2 * live_parts.manifest.events)
    assert other in refused(program, path("several", dataclasses.replace(live_parts, manifest=several)))
    assert "expected a self-test in the bundle, got none" in refused(program, path("bare", live_parts))
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(path("cut", live_parts).read_bytes()[:400])
    refused(program, cut)
    refused(program, tmp_path / "nothing.onnx")


@pytest.mark.parametrize("sample", [[4.5, 0.0], [0.0], [0.0, 0.0, 0.0]])
def test_samples_that_the_sensor_cannot_give_are_refused(
    program: Program, sample: list[float], live_parts: Parts, tmp_path: Path
) -> None:
    case = {"input": [[0.0, 0.0], sample], "label": "none", "score": 0.5}
    path = dataclasses.replace(live_parts, selftest=[case]).write(tmp_path / "bundle") / "model.onnx"
    assert "expected" in refused(program, path)


def test_both_places_name_one_version_of_the_runtime() -> None:
    """So that one installation serves both."""
    package = json.loads((EXAMPLES / "javascript/package.json").read_text("utf-8"))
    assert package["dependencies"] == {web.PACKAGE: web.version()}


def test_the_programs_stay_short() -> None:
    files = [*EXAMPLES.glob("*/*.mjs"), *EXAMPLES.glob("*/*.[ch]pp")]
    assert len(files) == 5
    assert max(len(file.read_text("utf-8").splitlines()) for file in files) <= 150
