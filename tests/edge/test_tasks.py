"""The two tables of a device: every row is complete."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edge.conftest import Parts, manifest

from zoo.core.errors import InputError
from zoo.core.manifest import Output
from zoo.edge import Prediction, Runner, load
from zoo.edge.inputs import INPUTS
from zoo.edge.tasks import TASKS, DeviceTask


@pytest.fixture
def runners(
    threshold_parts: Parts, tagging_parts: Parts, sentiment_parts: Parts, typing_parts: Parts, tmp_path: Path
) -> dict[str, Runner]:
    made = {
        "threshold": threshold_parts,
        "tagging": tagging_parts,
        "sentiment": sentiment_parts,
        "typing": typing_parts,
    }
    opened = (load(parts.write(tmp_path / name)) for name, parts in made.items())
    return {runner.task.name: runner for runner in opened}


def test_every_task_reads_existing_kinds_and_shares_no_options_with_them() -> None:
    for name, task in TASKS.items():
        assert (task.name, bool(task.reads), task.axes in (2, 3)) == (name, True, True)
        assert task.reads <= set(INPUTS)
        assert set(task.flags.values()) <= set(task.options)
        for kind in task.reads:
            assert not set(task.options) & set(INPUTS[kind].options)
            assert not set(task.flags) & set(INPUTS[kind].flags)


def test_every_answer_has_json_values_and_lines(runners: dict[str, Runner]) -> None:
    assert set(runners) == set(TASKS)
    raw: dict[str, Any] = {"recording": np.zeros((5, 2)), "text": "thank you"}
    for runner in runners.values():
        answer = runner.predict(raw[runner.kind.kind])
        assert isinstance(answer, Prediction)
        assert dataclasses.is_dataclass(answer)
        plain = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
        assert (plain["label"], plain["score"]) == (answer.label, pytest.approx(answer.score))
        assert all(isinstance(line, str) and line for line in answer.lines("the input"))
        with pytest.raises(dataclasses.FrozenInstanceError):
            answer.label = "other"  # pyright: ignore[reportAttributeAccessIssue]


def test_a_new_task_needs_only_a_table_row(
    sentiment_parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loudest(opened: Any, output: np.ndarray, where: str, at_least: float | None = None) -> Prediction:
        return Prediction("loud" if output.max() > (at_least or 0) else "quiet", float(output.max()))

    row = DeviceTask("loudness", frozenset({"text"}), 2, lambda manifest: iter(()), loudest, options=("at_least",))
    monkeypatch.setitem(TASKS, "loudness", row)
    described = manifest("loudness", sentiment_parts.manifest.input, Output(("quiet", "loud")))
    runner = load(dataclasses.replace(sentiment_parts, manifest=described).write(tmp_path / "b"))
    assert runner.predict("thank you").label == "loud"
    assert runner.predict("thank you", at_least=3).label == "quiet"
    with pytest.raises(InputError, match=r"^top: a model for loudness does not take this option\. Leave it out\.$"):
        runner.predict("thank you", top=3)
    assert [answer.label for answer in runner.predict_batch(["thank you", "very much"])] == ["loud", "loud"]
