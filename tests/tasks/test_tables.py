"""The table of tasks: every row is complete, and no other code names a task."""

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


def test_the_device_table_has_the_same_tasks() -> None:
    assert list(TASKS) == list(device.TASKS)
    assert all(row.device is device.TASKS[name] and row.name == name for name, row in TASKS.items())


def test_a_task_reads_existing_kinds_of_input(task: Task) -> None:
    assert task.device.reads
    assert task.device.reads <= set(INPUTS)


def test_the_first_metric_of_a_task_is_a_share_where_more_is_better(task: Task) -> None:
    first = task.scoring.metrics[0]
    assert task.headline == first.name
    assert (first.less_is_better, first.each, first.counts, first.unit) == (False, False, False, "")


def test_the_metrics_of_a_task_have_unique_names(task: Task) -> None:
    assert not [name for name, count in Counter(row.name for row in task.scoring.metrics).items() if count > 1]
    for row in task.scoring.metrics:
        assert named(task.scoring.metrics, row.name) is row


def test_tasks_that_share_a_metric_share_its_row(task: Task) -> None:
    for row in task.scoring.metrics:
        assert METRICS[row.name] is row


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_complete(name: str) -> None:
    row = METRICS[name]
    assert row.name == name
    assert callable(row.value)
    assert row.words.strip() == row.words != ""
    assert not (row.counts and (row.each or row.less_is_better)), "a count is neither good nor bad"


def test_each_section_of_a_recipe_belongs_to_one_task() -> None:
    sections = [row.section for row in TASKS.values() if row.section is not None]
    keys = [section.key for section in sections]
    assert sections
    assert len(set(keys)) == len(keys)
    shared = {"name", "task", "summary", "data", "model", "training", "export"}
    assert set(Recipe.model_fields) == shared | set(keys)
    for section in sections:
        assert issubclass(section.spec, Spec)
        assert section.missing is None or section.missing.startswith("missing. Add it")
        assert section.missing is not None or section.spec(), "an optional section has defaults"


def test_the_card_texts_of_a_task_can_be_filled_in(task: Task) -> None:
    assert placeholders(task.card.does) <= {"noun", "along"}
    assert placeholders(task.card.output) <= {"labels", "classes", "causal"}
    for noun in (INPUTS[kind].card.noun for kind in task.device.reads):
        assert task.card.does.format(noun=noun, along="").endswith(".")
    assert "{" not in task.card.output.format(labels="a, b", classes=2, causal="")
    assert task.card.answer


def test_measured_numbers_are_named_by_their_row_and_left_out_if_they_do_not_apply() -> None:
    rows = (
        Metric("share", lambda outcome: outcome, "a share"),
        Metric("late", lambda outcome: None, "does not apply"),
        Metric("of", lambda outcome: {"a": 1.0, "b-c": 2.0}, "of each label", each=True),
    )
    numbers = measured(rows, 0.5)
    assert numbers == {"share": 0.5, "of_a": 1.0, "of_b-c": 2.0}
    assert [named(rows, name) for name in numbers] == [rows[0], rows[2], rows[2]]


def test_fitted_settings_survive_a_round_trip_through_their_record() -> None:
    rule = EventRule("exit", 0.5, 0.25)
    for fitted in (Fitted(), Fitted(events=(rule,)), Fitted(thresholds=(0.3, 0.6))):
        assert Fitted.of({**fitted.record, "test": {"events": 3}}) == fitted
    assert Fitted().record == {}
    assert Fitted.of({"events": vars(rule)}) == Fitted(events=(rule,)), "as older runs wrote it"


@pytest.mark.parametrize("name", TASKS)
def test_no_other_file_names_a_task(name: str) -> None:
    module = name.replace("-", "_")
    files = quoting(name)
    assert f"edge/tasks/{module}.py" in files
    assert not {path for path in files if not path.startswith((f"tasks/{module}/", f"edge/tasks/{module}."))}


@pytest.mark.parametrize("name", [former for row in device.TASKS.values() for former in row.formerly])
def test_no_other_file_uses_the_former_name_of_a_task(name: str) -> None:
    (module,) = {row.name.replace("-", "_") for row in device.TASKS.values() if name in row.formerly}
    # Outside the package a recipe or a data set may have the same name.
    assert quoting(name) == {f"edge/tasks/{module}.py"}
