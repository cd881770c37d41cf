"""The page about metrics defines every metric of every task as its row in the table says."""

import re
from pathlib import Path

import pytest

from zoo.tasks import METRICS, TASKS, Metric

PAGE = (Path(__file__).parents[2] / "docs/reference/metrics.md").read_text("utf-8")


def title(metric: Metric) -> str:
    return f"{metric.name}_LABEL" if metric.each else metric.name


def section(metric: Metric) -> str:
    found = re.findall(rf"^### `{title(metric)}`$(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"expected one section about {title(metric)}, got {len(found)}"
    return found[0]


def test_there_are_metrics() -> None:
    assert len(METRICS) > 20


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_every_metric_has_its_formula_unit_and_direction(metric: Metric) -> None:
    text = section(metric)
    if metric.counts:
        assert "A count; no direction." in text
        assert not metric.unit or f"Unit: {metric.unit}." in text
        return
    assert "```math" in text
    better = "Lower" if metric.less_is_better else "Higher"
    assert f"Unit: {metric.unit or 'none'}. {better} is better." in text


@pytest.mark.parametrize("task", TASKS)
def test_the_overview_has_the_metrics_of_every_task_the_first_one_first(task: str) -> None:
    names = [title(metric) for metric in TASKS[task].scoring.metrics]
    rows = re.findall(rf"^\| `{task}` \| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 1
    assert rows[0][0] == names[0]
    assert [name for name in re.findall(r"`(\w+)`", rows[0][1]) if name != "steps"] == names[1:]


def test_no_section_is_about_a_metric_that_is_gone() -> None:
    described = set(re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE))
    assert described == {title(metric) for metric in METRICS.values()}
