"""The table of tasks: every row is whole, and nothing else names one."""

from collections import Counter
from string import Formatter

import pytest
from naming import quoting

from zoo.core.events import EventRule
from zoo.edge import tasks as device
from zoo.inputs import INPUTS
from zoo.recipe import Recipe
from zoo.schema.spec import Spec
from zoo.tasks import METRICS, TASKS, Metric, Task
from zoo.tasks.metric import measured, named
from zoo.tasks.task import Fitted


@pytest.fixture(params=TASKS)
def task(request: pytest.FixtureRequest) -> Task:
    return TASKS[request.param]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_a_device_knows_the_same_tasks() -> None:
    assert list(TASKS) == list(device.TASKS)
    assert all(row.device is device.TASKS[name] and row.name == name for name, row in TASKS.items())


def test_a_task_reads_kinds_that_there_are(task: Task) -> None:
    assert task.device.reads
    assert task.device.reads <= set(INPUTS)


def test_the_first_metric_of_a_task_is_a_share_of_which_more_is_better(task: Task) -> None:
    first = task.scoring.metrics[0]
    assert task.headline == first.name
    assert (first.less_is_better, first.each, first.counts, first.unit) == (False, False, False, "")


def test_the_metrics_of_a_task_have_different_names(task: Task) -> None:
    assert not [name for name, count in Counter(row.name for row in task.scoring.metrics).items() if count > 1]
    for row in task.scoring.metrics:
        assert named(task.scoring.metrics, row.name) is row


def test_tasks_that_share_a_metric_share_its_row(task: Task) -> None:
    for row in task.scoring.metrics:
        assert METRICS[row.name] is row


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_whole(name: str) -> None:
    row = METRICS[name]
    assert row.name == name
    assert callable(row.value)
    assert row.words.strip() == row.words != ""
    assert not (row.counts and (row.each or row.less_is_better)), "what is counted is neither good nor bad"


def test_the_parts_of_a_recipe_belong_to_one_task_each() -> None:
    sections = [row.section for row in TASKS.values() if row.section is not None]
    keys = [section.key for section in sections]
    assert sections
    assert len(set(keys)) == len(keys)
    shared = {"name", "task", "summary", "data", "model", "training", "export"}
    assert set(Recipe.model_fields) == shared | set(keys)
    for section in sections:
        assert issubclass(section.spec, Spec)
        assert section.missing is None or section.missing.startswith("missing. Add it")
        assert section.missing is not None or section.spec(), "what may be left out has defaults"


def test_a_card_tells_what_a_task_does(task: Task) -> None:
    assert placeholders(task.card.does) <= {"noun", "along"}
    assert placeholders(task.card.output) <= {"labels", "classes", "causal"}
    for noun in (INPUTS[kind].card.noun for kind in task.device.reads):
        assert task.card.does.format(noun=noun, along="").endswith(".")
    assert "{" not in task.card.output.format(labels="a, b", classes=2, causal="")
    assert task.card.answer


def test_what_is_measured_is_named_by_its_row_and_left_out_if_it_does_not_apply() -> None:
    rows = (
        Metric("share", lambda outcome: outcome, "a share"),
        Metric("late", lambda outcome: None, "does not apply"),
        Metric("of", lambda outcome: {"a": 1.0, "b-c": 2.0}, "of each label", each=True),
    )
    found = measured(rows, 0.5)
    assert found == {"share": 0.5, "of_a": 1.0, "of_b-c": 2.0}
    assert [named(rows, name) for name in found] == [rows[0], rows[2], rows[2]]


def test_what_was_fitted_is_recorded_and_read_again() -> None:
    rule = EventRule("exit", 0.5, 0.25)
    for fitted in (Fitted(), Fitted(events=(rule,)), Fitted(thresholds=(0.3, 0.6))):
        assert Fitted.of({**fitted.record, "test": {"events": 3}}) == fitted
    assert Fitted().record == {}
    assert Fitted.of({"events": vars(rule)}) == Fitted(events=(rule,)), "as older runs wrote it"


@pytest.mark.parametrize("name", TASKS)
def test_no_other_file_names_a_task(name: str) -> None:
    own = name.replace("-", "_")
    naming = quoting(name)
    assert f"edge/tasks/{own}.py" in naming
    assert not {path for path in naming if not path.startswith((f"tasks/{own}/", f"edge/tasks/{own}."))}


@pytest.mark.parametrize("name", [former for row in device.TASKS.values() for former in row.formerly])
def test_no_other_file_names_a_task_as_it_was_called_before(name: str) -> None:
    (own,) = {row.name.replace("-", "_") for row in device.TASKS.values() if name in row.formerly}
    # A recipe and a data set may be called so, too.
    assert quoting(name) == {f"edge/tasks/{own}.py"}
