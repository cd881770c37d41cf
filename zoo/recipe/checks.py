"""Checks of parts of a recipe that are valid by themselves but do not fit each other."""

from collections.abc import Iterator

from zoo.data.sources import SOURCES
from zoo.inputs import INPUTS, InputKind
from zoo.schema.architecture import at, settings, stream_problems
from zoo.schema.data import Data, FromFiles, FromSource
from zoo.schema.draft import Draft
from zoo.schema.problems import MISSING, Problem, listed, root_problems
from zoo.schema.vocabulary import missing
from zoo.tasks import TASKS, Task


def cross_check(draft: Draft) -> list[Problem]:
    """All parts of a draft that do not fit together; one problem per place, the first to fix."""
    problems: list[Problem] = []
    task = TASKS.get(draft.task or "")
    if task is not None:
        problems += [*foreign_sections(draft), *_check_section(draft, task)]
    if draft.data is not None:
        problems += _check_split(draft.data)
    if task is not None:
        if draft.data is not None:
            problems += _check_data(draft.data, task)
        if draft.kind is not None:
            problems += [*INPUTS[draft.kind].problems(draft), *_check_reading(draft, INPUTS[draft.kind])]
        problems += task.problems(draft)
        if draft.tie_embeddings and not task.ties:
            tasks = listed(name for name, row in TASKS.items() if row.ties)
            problems.append(
                Problem(
                    ("model", "tie_embeddings"), f"expected only with task: {tasks}, got task: {task.name}. Remove it."
                )
            )
    if draft.streaming:
        problems += stream_problems(draft.layers)
    return root_problems([*problems, *settings(draft.layers)])


def _check_section(draft: Draft, task: Task) -> Iterator[Problem]:
    """Requires the task's section if the task needs one."""
    section = task.section
    if section is not None and section.missing is not None and section.key not in draft.sections:
        yield Problem((section.key,), section.missing)


def foreign_sections(draft: Draft) -> Iterator[Problem]:
    """Finds sections that belong to other tasks."""
    expected = TASKS[draft.task].section if draft.task is not None else None
    for task in TASKS.values():
        section = task.section
        if (
            draft.task
            and section
            and section.key in draft.sections
            and (expected is None or section.key != expected.key)
        ):
            yield Problem((section.key,), f"expected only with task: {task.name}, got task: {draft.task}. Remove it.")


def _check_data(data: Data, task: Task) -> Iterator[Problem]:
    """Requires data of a kind that the task reads, with labels if it needs them."""
    readable = {INPUTS[kind].words for kind in task.device.reads if kind in INPUTS}
    if isinstance(data, FromSource) and (source := SOURCES.get(data.source)) and source.kind not in task.device.reads:
        words = INPUTS[source.kind].words
        yield Problem(
            ("data", "source"), f"'{source.name}' holds {words}, but {task.name} reads {listed(readable, 'and')}."
        )
    if isinstance(data, FromFiles) and task.labelled and data.label is None:
        yield Problem(("data", "label"), missing(type(data), "label"))


def _check_reading(draft: Draft, kind: InputKind) -> Iterator[Problem]:
    """Finds layers that read another kind of input, or that must be the first layer and are not."""
    for index, layer in enumerate(draft.layers):
        if layer is None or layer.reads == "anything":
            continue
        if layer.reads != kind.layers:
            yield Problem(at(index, layer), f"reads {layer.reads}, but this model reads {kind.words}. Remove it.")
        elif index > 0:
            yield Problem(at(index, layer), f"expected as the first layer: {layer.first}. Move it up.")


def _check_split(data: Data) -> Iterator[Problem]:
    split = data.split
    if split.validation + split.test >= 1:
        total = split.validation + split.test
        yield Problem(
            ("data", "split", "validation"),
            f"expected validation + test < 1, so that some data are left to train on, got {total:g}.",
        )
    if (split.fold is None) != (split.folds is None):
        absent, present = ("folds", "fold") if split.folds is None else ("fold", "folds")
        yield Problem(("data", "split", absent), f"{MISSING}: {present} requires it.")
    elif split.fold is not None and split.folds is not None and split.fold > split.folds:
        yield Problem(("data", "split", "fold"), f"expected 1 to {split.folds} (data.split.folds), got {split.fold}.")
    if isinstance(data, FromFiles):
        if split.by == "given" and data.split_column is None:
            yield Problem(
                ("data", "split", "by"),
                "given requires data.split_column, the column that says train, validation or test.",
            )
        if split.by in ("subject", "time") and data.split_column is not None:
            yield Problem(
                ("data", "split_column"), f"expected only with split: {{by: given}}, got by: {split.by}. Remove one."
            )
